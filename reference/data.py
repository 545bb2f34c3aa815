"""Point Keras at the folder that holds the chapter's data, without ever downloading."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["describe", "keras_cache", "use"]

MANIFEST = "standin.json"
LOADERS = ("boston_housing", "california_housing", "imdb", "reuters")
REMEDIES = (
    "run 'grader data fetch' to download it through Keras's own loaders, "
    "or 'grader data standin' to write generated data"
)

FILES = {
    "imdb": "imdb.npz",
    "reuters": "reuters.npz",
    "california-housing": "california_housing.npz",
}
"""The file that each task reads."""
MD5_DIGITS = 32
"""Keras promises SHA-256 or, for the word lists, the shorter MD5."""


def keras_cache() -> Path:
    """Return the folder that Keras itself would use: ``KERAS_HOME`` or ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def use(directory: Path, *, task: str | None = None) -> dict[str, Any]:
    """Let Keras's loaders read from ``directory``, which may be read-only.

    To be called before data is loaded. Every file is verified by its hash: Keras's own for real
    data, the manifest's for stand-ins.

    Args:
        directory: A Keras cache, or its folder ``datasets``.
        task: If given, the files of this task have to be there.

    Returns:
        What :func:`describe` says of the folder.

    Raises:
        DataError: The folder, or a file of the task, is missing.
    """
    datasets = _datasets_folder(directory)
    if task is not None:
        _existing(datasets, FILES[task])
    found = describe(directory)
    _replace_get_file(datasets, found["files"] if found["source"] == "standin" else {})
    return found


def describe(directory: Path) -> dict[str, Any]:
    """Return where the data comes from: ``{"source": "keras"}``, or a stand-in's manifest.

    Raises:
        DataError: The folder is missing, or its manifest can't be read.
    """
    manifest = _datasets_folder(directory).parent / MANIFEST
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


def _replace_get_file(datasets: Path, promised: Mapping[str, str]) -> None:
    """Put a reader of ``datasets`` in the place of Keras's downloader.

    The downloader would fetch again what has another hash, over the user's own file, and it
    ignores a cache that it can't write to.
    """

    def get_file(fname: str, origin: str, file_hash: str | None = None, **_: object) -> str:
        del origin
        path = _existing(datasets, fname)
        _verify(path, promised.get(fname, file_hash))
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
