"""The data sets that assignments can be about: which files their loaders read, and what those files must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Loader:
    """One data-set loader of Keras or scikit-learn.

    ``files`` maps the files it reads, as paths in the data folder, to the SHA-256 of the real ones: Keras's own
    (keras/src/datasets/*.py, Keras 3) or, where its loader verifies none, that of the file it downloads. None where
    a file is made on the user's machine from what scikit-learn has downloaded and verified.
    """

    files: Mapping[str, str | None] = field(default_factory=dict)  # none: the data come with a package
    pickled: bool = False  # rows are Python lists, which take seconds to read
    package: str = "keras"  # that the loader belongs to, by the name it is installed by

    @property
    def maker(self) -> str:
        """Name of the package in a sentence."""
        return self.package.replace("keras", "Keras")


LOADERS = {
    "imdb": Loader(
        files={"imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"},
        pickled=True,
    ),
    "reuters": Loader(
        files={"reuters.npz": "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"},
        pickled=True,
    ),
    "california_housing": Loader(
        files={"california_housing.npz": "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"},
    ),
    "boston_housing": Loader(
        files={"boston_housing.npz": "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"},
    ),
    "fashion_mnist": Loader(
        files={
            "fashion-mnist/train-images-idx3-ubyte.gz": (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
            ),
            "fashion-mnist/train-labels-idx1-ubyte.gz": (
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
            ),
            "fashion-mnist/t10k-images-idx3-ubyte.gz": (
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
            ),
            "fashion-mnist/t10k-labels-idx1-ubyte.gz": (
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
            ),
        },
    ),
    "load_breast_cancer": Loader(package="scikit-learn"),
    "fetch_california_housing": Loader(files={"cal_housing_py3.pkz": None}, package="scikit-learn"),
}


__all__ = ["LOADERS", "Loader"]
