"""Data sets: which folder, which source, and their raw rows as plain arrays."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from grader.errors import DataMissing
from grader.loaders import LOADERS
from grader.records import DataSource
from grader.sandbox.box import Box
from grader.sandbox.helper import run_helper
from grader.sandbox.parent import LoaderCall
from grader.sandbox.session import Sandbox

Array = np.ndarray[Any, Any]

MOST_WORDS = 1 << 18  # of any vocabulary here
RAW_SECONDS = 300  # unpickling the reviews takes about ten
ARGUMENTS = {
    "num_words", "skip_top", "maxlen", "seed", "start_char", "oov_char", "index_from", "test_split", "version",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """A folder of data sets in the layout of a Keras cache, and where they came from."""

    root: Path  # as the user names it: a Keras cache
    folder: Path  # the one that holds imdb.npz and the others
    standin: str | None  # 'small' or 'full' for generated data

    @property
    def trusted(self) -> bool:
        """Whether the files are stand-ins, whose hashes Keras doesn't know."""
        return self.standin is not None

    def source(self, loader: str) -> DataSource:
        """Return where a loader's data comes from; DataMissing when the file isn't there or isn't Keras's."""
        known = LOADERS[loader]
        if not known.files:
            text = f"the data set that comes with {known.maker}"
            return DataSource(source=known.package, description=text, digests={known.package: version(known.package)})
        digests = {name: self._digest(name) for name in known.files}
        if self.standin is not None:
            text = f"generated stand-in data ({self.standin} size)"
            return DataSource(source=f"standin-{self.standin}", description=text, digests=digests)
        for name, expected in known.files.items():
            if expected not in (None, digests[name]):
                message = (
                    f"{self.folder / name}: its SHA-256 is {digests[name][:12]}…, expected {expected[:12]}…; the file "
                    f"is damaged or another one. {remedies(self.root)}"
                )
                raise DataMissing(message)
        return DataSource(source=known.package, description=f"the real data set, from {known.maker}", digests=digests)

    def _digest(self, name: str) -> str:
        path = self.folder / name
        if not path.is_file():
            message = f"{path}: not found. {remedies(self.root)}"
            raise DataMissing(message)
        return _sha256(path, path.stat().st_mtime_ns)


def shared_calls(data: DataFolder, calls: Iterable[LoaderCall]) -> tuple[LoaderCall, ...]:
    """Return the calls that take seconds, since they make Python lists of texts; DataMissing like source."""
    for call in calls:
        data.source(call.loader)
    return tuple({call.loader: call for call in calls if LOADERS[call.loader].pickled}.values())


def remedies(folder: Path) -> str:
    """Return what to do about missing data, in a sentence."""
    return (
        f"Get the real data with 'grader data fetch --data {folder}' (needs a network), or generate stand-ins with "
        "'grader data standin --data standin' and use them with --data standin."
    )


def default_root() -> Path:
    """Return the user's own Keras cache (``KERAS_HOME``, default ``~/.keras``)."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def open_folder(path: Path | None) -> DataFolder:
    """Return a data folder: ``path`` or the user's own Keras cache; its ``datasets`` or the folder itself."""
    root = path or default_root()
    if not root.is_dir():
        message = f"{root}: no such folder. {remedies(root)}"
        raise DataMissing(message)
    datasets = root / "datasets" if (root / "datasets").is_dir() else root
    for place in dict.fromkeys((root, datasets, datasets.parent)):
        if (place / "standin.json").is_file():
            return DataFolder(root=root, folder=datasets, standin=_standin(place / "standin.json"))
    return DataFolder(root=root, folder=datasets, standin=None)


def _standin(manifest: Path) -> str:
    """Return which stand-ins these are: their size, and their seed unless it is the one everything is measured on."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        size, seed = str(content["size"]), int(content["seed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{manifest}: not a stand-in's manifest ({type(error).__name__}); run 'grader data standin' again"
        raise DataMissing(message) from error
    return size if seed == 0 else f"{size}-seed{seed}"


_digests: dict[tuple[Path, int], str] = {}


def _sha256(path: Path, stamp: int) -> str:
    key = (path.resolve(), stamp)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Texts as word indices, rows one after another."""

    tokens: Array  # (words of all rows,)
    starts: Array  # (rows + 1,)
    words: Array  # (different words of all rows,), rising within a row
    counts: Array  # as words: how often
    word_starts: Array  # (rows + 1,)

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, kw_only=True)
class RawData:
    """A data set as its loader returns it for certain arguments."""

    loader: str
    arguments: Mapping[str, Any]  # of the loader's call
    x_train: Texts | Array
    y_train: Array  # (train rows,)
    x_test: Texts | Array
    y_test: Array  # (test rows,)
    split: Literal["loader", "assignment", "own"] = "loader"  # who shared out the rows; own: the student

    @property
    def train_rows(self) -> int:
        """Number of training rows."""
        return len(self.y_train)

    @property
    def test_rows(self) -> int:
        """Number of test rows."""
        return len(self.y_test)

    @cached_property
    def repeated(self) -> Array:
        """Whether each row, training rows first, has the same words as another: its place can't be told from those."""
        if not isinstance(self.x_train, Texts) or not isinstance(self.x_test, Texts):
            return np.zeros(len(self.y), bool)
        keys = np.concatenate([_word_keys(part) for part in (self.x_train, self.x_test)])
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return np.asarray(counts[inverse] > 1)

    @cached_property
    def y(self) -> Array:
        """Labels of all rows, training rows first."""
        return np.concatenate([self.y_train, self.y_test])

    def with_test_rows(self, places: Array) -> RawData:
        """Return the same rows with those at ``places`` as test rows, as a student shared them out."""
        x = np.concatenate([np.asarray(self.x_train), np.asarray(self.x_test)])
        test = np.isin(np.arange(len(x)), places)
        return replace(
            self, x_train=x[~test], y_train=self.y[~test], x_test=x[test], y_test=self.y[test], split="own",
        )  # fmt: skip


def _word_keys(texts: Texts) -> Array:
    """Return one 64-bit sum of random numbers per row's set of words, (rows,): equal for equal sets."""
    random = np.random.default_rng(0).integers(1, 2**63, MOST_WORDS, dtype=np.uint64)
    total = np.zeros(len(texts.words) + 1, np.uint64)
    np.cumsum(random[texts.words % MOST_WORDS], out=total[1:], dtype=np.uint64)
    return np.asarray(total[texts.word_starts[1:]] - total[texts.word_starts[:-1]])


def cache_folder() -> Path:
    """Return where derived data is kept between runs (``GRADER_CACHE``, default ``~/.cache/grader``)."""
    return Path(os.environ.get("GRADER_CACHE", Path.home() / ".cache" / "grader"))


def raw_rows(
    data: DataFolder, loader: str, arguments: Mapping[str, Any], sandbox: Sandbox, *,
    split: Mapping[str, Any] | None = None,
) -> RawData:  # fmt: skip
    """Return the rows that ``load_data(**arguments)`` gives, made by a process without student code; cached.

    ``split`` are the arguments of ``train_test_split`` for a loader that returns all rows together.
    """
    kept = {name: arguments[name] for name in sorted(arguments) if name in ARGUMENTS}
    digests = data.source(loader).digests
    call = {"loader": loader, "arguments": kept, "split": dict(split) if split else None}
    text = json.dumps([3, call, digests], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:24]
    folder = cache_folder() / "raw" / key
    if not folder.is_dir():
        _make_raw(data, call, folder, sandbox)
    raw = _read_raw(folder, loader, kept)
    return replace(raw, split="assignment") if split else raw


def _make_raw(data: DataFolder, call: dict[str, Any], folder: Path, sandbox: Sandbox) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))

    def job(box: Box) -> dict[str, Any]:
        return {**call, "data": box.data_at, "trusted_data": data.trusted}

    try:
        run_helper(sandbox, "rawdata", job, out=scratch, seconds=RAW_SECONDS, data=data.folder.resolve())
        try:
            scratch.rename(folder)
        except OSError:  # another process made it at the same time
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _read_raw(folder: Path, loader: str, arguments: Mapping[str, Any]) -> RawData:
    def array(name: str) -> Array:
        return np.asarray(np.load(folder / f"{name}.npy", allow_pickle=False))

    def rows(name: str) -> Texts | Array:
        if (folder / f"{name}.npy").exists():
            return array(name)
        parts = {part: array(f"{name}.{part}") for part in ("tokens", "starts", "words", "counts", "word_starts")}
        return Texts(**parts)

    return RawData(
        loader=loader, arguments=arguments, x_train=rows("x_train"), y_train=array("y_train"),
        x_test=rows("x_test"), y_test=array("y_test"),
    )  # fmt: skip
