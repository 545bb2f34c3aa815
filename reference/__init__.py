"""The chapter's solutions in backend-neutral Keras 3: IMDb, Reuters, California housing.

Modules are imported one by one (``from reference import imdb``): those that generate data or
read arguments work without Keras.
"""

__all__ = [
    "california_housing",
    "curves",
    "data",
    "editions",
    "encoding",
    "errors",
    "imdb",
    "records",
    "reuters",
    "standin",
    "training",
]
