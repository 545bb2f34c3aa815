"""The course's solutions in backend-neutral Keras 3, one module for each task.

Modules are imported one by one (``from reference import imdb``): those that generate data, choose
devices or read arguments work without Keras.
"""

__all__ = [
    "boston_housing",
    "breast_cancer",
    "california_full",
    "california_housing",
    "curves",
    "data",
    "devices",
    "editions",
    "encoding",
    "errors",
    "experiments",
    "fashion_mnist",
    "imdb",
    "records",
    "report",
    "reuters",
    "standin",
    "tables",
    "training",
]
