"""Make a data set's raw rows readable without unpickling: the loader's own call, made again without student code."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import datasets


def enter(job: dict[str, Any], places: dict[str, str], tell: Callable[[dict[str, Any]], None]) -> None:
    """Call a loader and write what it returns.

    The job: ``loader``, ``arguments``, ``split``, ``data``, ``trusted_data``. Writes plain arrays: ``x_train`` and
    ``x_test`` (rows, features) or (rows, height, width), or for texts ``*.tokens`` (all word indices in a row, int32)
    and ``*.starts`` (rows + 1,), with ``*.words`` and ``*.counts`` (each row's different words, rising, and how
    often) and ``*.word_starts``; and ``y_train`` / ``y_test`` (rows,).
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    data = Path(job["data"]) if job["data"] else None
    datasets.prepare(Path(places["home"]) / "keras", data)
    datasets.redirect(data, trusted=bool(job["trusted_data"]))
    (x_train, y_train), (x_test, y_test) = datasets.load(job["loader"], job["arguments"], job["split"])
    out = Path(places["out"])
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        _write(out, f"x_{part}", x)
        np.save(out / f"y_{part}.npy", np.asarray(y), allow_pickle=False)
    tell({"done": True})


def _write(out: Path, name: str, x: Any) -> None:
    if x.dtype != object:
        np.save(out / f"{name}.npy", x, allow_pickle=False)
        return
    starts = np.zeros(len(x) + 1, np.int64)
    np.cumsum([len(row) for row in x], out=starts[1:])
    tokens = np.fromiter((word for row in x for word in row), np.int32, count=int(starts[-1]))
    np.save(out / f"{name}.tokens.npy", tokens, allow_pickle=False)
    np.save(out / f"{name}.starts.npy", starts, allow_pickle=False)
    _write_sets(out, name, tokens, starts)


def _write_sets(out: Path, name: str, tokens: Any, starts: Any) -> None:
    width = int(tokens.max(initial=0)) + 1
    row = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    keys, counts = np.unique(row * width + tokens, return_counts=True)
    rows, words = np.divmod(keys, width)
    word_starts = np.zeros(len(starts), np.int64)
    np.cumsum(np.bincount(rows, minlength=len(starts) - 1), out=word_starts[1:])
    np.save(out / f"{name}.words.npy", words.astype(np.int32), allow_pickle=False)
    np.save(out / f"{name}.counts.npy", counts.astype(np.int32), allow_pickle=False)
    np.save(out / f"{name}.word_starts.npy", word_starts, allow_pickle=False)
