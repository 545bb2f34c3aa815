"""Point Keras and scikit-learn at the folder that holds the course's data, without ever downloading."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["describe", "keras_cache", "reading", "use"]

MANIFEST = "standin.json"
LOADERS = ("boston_housing", "california_housing", "fashion_mnist", "imdb", "reuters")
REMEDIES = (
    "run 'grader data fetch' to download it through the libraries' own loaders, "
    "or 'grader data standin' to write generated data"
)

HOUSES = "cal_housing_py3.pkz"
"""The file of scikit-learn's loader, which keeps it in a folder of its own."""
CLOTHES = {
    "fashion-mnist/t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "fashion-mnist/t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    "fashion-mnist/train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "fashion-mnist/train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
}
"""Fashion-MNIST's files with their SHA-256; Keras's loader verifies none."""

FILES: dict[str, tuple[str, ...]] = {
    "imdb": ("imdb.npz",),
    "reuters": ("reuters.npz",),
    "california-housing": ("california_housing.npz",),
    "boston-housing": ("boston_housing.npz",),
    "california-housing-full": (),
    "fashion-mnist": tuple(CLOTHES),
    "breast-cancer": (),
}
"""The files that each task reads through Keras, as paths in the folder ``datasets``."""
SCIKIT_LEARN = ("california-housing-full", "breast-cancer")
"""Tasks whose data scikit-learn loads."""
MD5_DIGITS = 32
"""Keras promises SHA-256 or, for the word lists, the shorter MD5."""
OWN_HOME = os.environ.get("SCIKIT_LEARN_DATA")
"""Where the user keeps scikit-learn's data, if it isn't the usual place."""


def keras_cache() -> Path:
    """Return the folder that Keras itself would use: ``KERAS_HOME`` or ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def use(directory: Path, *, task: str | None = None) -> dict[str, Any]:
    """Let the loaders of Keras and scikit-learn read from ``directory``, which may be read-only.

    To be called before data is loaded. Every file is verified by its hash: the real one's, or the
    manifest's for stand-ins. scikit-learn's houses may lie in a folder ``scikit_learn`` inside or
    beside ``directory``, or in the user's own scikit-learn data home, too.

    Args:
        directory: A Keras cache, or its folder ``datasets``.
        task: If given, the files of this task have to be there.

    Returns:
        What :func:`describe` says of the folder.

    Raises:
        DataError: The folder, or a file of the task, is missing.
    """
    if task == "breast-cancer":  # comes with scikit-learn itself
        return {"source": "scikit-learn"}
    try:
        datasets = _datasets_folder(directory)
    except DataError:
        if task != "california-housing-full":
            raise
        datasets = directory  # the houses may lie in scikit-learn's own folder
    for name in FILES[task] if task is not None else ():
        _existing(datasets, name)
    found = _read_manifest(datasets.parent / MANIFEST)
    promised: dict[str, str] = found.get("files", {})
    _point_scikit_learn(datasets, promised, required=task == "california-housing-full")
    _replace_get_file(datasets, promised)
    return {"source": "scikit-learn"} if task in SCIKIT_LEARN and not promised else found


@contextmanager
def reading(name: str, shape: tuple[int, ...]) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Turn whatever goes wrong while a loader reads ``name`` into one clear error.

    Yields:
        A function that refuses an array of another shape than ``shape``.

    Raises:
        DataError: The file is missing, damaged or another one.
    """

    def check(rows: NDArray[Any]) -> None:
        if rows.shape != shape:
            message = f"{name} holds rows of shape {rows.shape} instead of {shape}; {REMEDIES}"
            raise DataError(message)

    try:
        yield check
    except DataError:
        raise
    except Exception as error:  # unpickling what is no pickle can raise anything
        message = f"{name} can't be read ({type(error).__name__}); {REMEDIES}"
        raise DataError(message) from error


def describe(directory: Path) -> dict[str, Any]:
    """Return where the data comes from: ``{"source": "keras"}``, or a stand-in's manifest.

    Raises:
        DataError: The folder is missing, or its manifest can't be read.
    """
    return _read_manifest(_datasets_folder(directory).parent / MANIFEST)


def _read_manifest(manifest: Path) -> dict[str, Any]:
    if not manifest.is_file():
        return {"source": "keras"}
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        return {
            "source": "standin",
            "size": str(entries["size"]),
            "seed": int(entries["seed"]),
            "files": {str(name): str(digest) for name, digest in entries["files"].items()},
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{manifest} is no manifest of stand-ins; {REMEDIES}"
        raise DataError(message) from error


def _datasets_folder(directory: Path) -> Path:
    for folder in (directory / "datasets", directory):
        if folder.is_dir() and (folder.name == "datasets" or any(folder.glob("*.npz"))):
            return folder
    message = f"{directory} holds no folder 'datasets'; {REMEDIES}"
    raise DataError(message)


def _existing(datasets: Path, name: str) -> Path:
    path = datasets / name
    if not path.is_file():
        message = f"{path} is missing; {REMEDIES}"
        raise DataError(message)
    return path


def _point_scikit_learn(datasets: Path, promised: Mapping[str, str], *, required: bool) -> None:
    """Name the folder of scikit-learn's houses in its environment variable; stand-ins are taken from nowhere else."""
    own = Path(OWN_HOME or Path.home() / "scikit_learn_data")
    cache = datasets.parent
    others = [cache / "scikit_learn", datasets / "scikit_learn", cache.parent / "scikit_learn", own]
    for folder in [datasets] if promised else [datasets, *others]:
        if (folder / HOUSES).is_file():
            _verify(folder / HOUSES, promised.get(HOUSES))
            os.environ["SCIKIT_LEARN_DATA"] = str(folder)
            return
    os.environ["SCIKIT_LEARN_DATA"] = str(datasets)
    if required:
        _existing(datasets, HOUSES)


def _replace_get_file(datasets: Path, promised: Mapping[str, str]) -> None:
    """Put a reader of ``datasets`` in the place of Keras's downloader.

    The downloader would fetch again what has another hash, over the user's own file, and it
    ignores a cache that it can't write to.
    """

    def get_file(
        fname: str, origin: str, file_hash: str | None = None, cache_subdir: str = "datasets", **_: object
    ) -> str:
        del origin
        name = (Path(cache_subdir).relative_to("datasets") / fname).as_posix()
        path = _existing(datasets, name)
        _verify(path, promised.get(name, file_hash or CLOTHES.get(name)))
        return str(path)

    for name in LOADERS:
        module = importlib.import_module(f"keras.src.datasets.{name}")
        vars(module)["get_file"] = get_file


def _verify(path: Path, expected: str | None) -> None:
    if expected is None:
        return
    algorithm = "md5" if len(expected) == MD5_DIGITS else "sha256"
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != expected:
        message = f"{path} is not the file that its hash promises; {REMEDIES}"
        raise DataError(message)
