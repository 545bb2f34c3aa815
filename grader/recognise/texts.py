"""Recognise texts: multi-hot and count vectors, and padded word indices, row by row.

Rows are compared by 64-bit sums of one random number per word, so that 50,000 reviews are matched in
a second; two different rows agree with a probability of about 2 ** -64.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from grader.data import Texts
from grader.recognise.encodings import UNKNOWN_ROW, Encoding, Seen
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]
MATCHED = 0.98  # an array is a data set's when at least this share of its rows is
SEED = 20_240_811  # any fixed number: signatures are compared within one process only
WHOLE = 0.01  # float32 word indices, divided and multiplied again, stay this near to whole numbers
LONGEST = 4096  # columns: wider arrays of word indices are not padded texts


def recognise(tensor: Tensor, train: Texts, test: Texts) -> Seen | None:
    """Return the encoding and raw rows of an array made of texts, or None."""
    if tensor.kind == "ragged":
        return _lists(tensor.ragged(), train, test)
    if len(tensor.shape) != 2 or 0 in tensor.shape:
        return None
    sparse = tensor.sparse()
    if sparse is not None:
        seen = _vectors(sparse, tensor.shape[1], train, test)
        if seen is not None:
            return seen
    if tensor.shape[1] <= LONGEST and tensor.full:
        return _padded(tensor.values(), train, test)
    return None


def _random(size: int) -> Array:
    return np.random.default_rng(SEED).integers(1, 2**63, size, dtype=np.uint64)


def _sums(values: Array, starts: Array) -> Array:
    """Return the sum of each row's values, (rows,), wrapping at 64 bits."""
    total = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values, out=total[1:], dtype=np.uint64)
    return np.asarray(total[starts[1:]] - total[starts[:-1]])


def _vectors(sparse: dict[str, Array], width: int, train: Texts, test: Texts) -> Seen | None:
    """Match rows of word vectors by their sets of words; then look at the values."""
    random = _random(max(width, _vocabulary(train), _vocabulary(test)))
    mine = _sums(random[sparse["columns"]], sparse["starts"])
    raw = np.concatenate([_set_sums(part, width, random) for part in (train, test)])
    positions = match(mine, raw)
    if (positions != UNKNOWN_ROW).mean() < MATCHED:
        return None
    values = sparse.get("values")
    if values is None or bool((values == 1).all()):
        kind = "multi_hot"
    else:
        kind = "counts" if _are_counts(sparse, positions, random, train, test) else "word_weights"
    return Seen(encoding=Encoding(kind=kind, width=width), positions=positions)


def _are_counts(sparse: dict[str, Array], positions: Array, random: Array, *parts: Texts) -> bool:
    """Say whether the values are how often each word occurs: other weights can't be made again for the test rows."""
    with np.errstate(invalid="ignore"):
        whole = sparse["values"].astype(np.int64)
    if (whole != sparse["values"]).any():
        return False
    width = int(sparse["columns"].max(initial=0)) + 1
    mine = _sums(random[sparse["columns"]] * whole.astype(np.uint64), sparse["starts"])
    raw = np.concatenate([_set_sums(part, width, random, times=part.counts) for part in parts])
    known = positions != UNKNOWN_ROW
    return bool((mine[known] == raw[positions[known]]).mean() >= MATCHED)


def _lists(ragged: dict[str, Array], train: Texts, test: Texts) -> Seen | None:
    """Match lists of word indices, not encoded at all, by the sum of all their words."""
    tokens = ragged["tokens"]
    if not len(tokens) or int(tokens.min()) < 0:
        return None
    random = _random(max(int(tokens.max()) + 1, _vocabulary(train), _vocabulary(test)))
    raw = np.concatenate([_sums(random[part.tokens], part.starts) for part in (train, test)])
    positions = match(_sums(random[tokens], ragged["starts"]), raw)
    known = (positions != UNKNOWN_ROW).mean() >= MATCHED
    return Seen(encoding=Encoding(kind="lists"), positions=positions) if known else None


def _vocabulary(texts: Texts) -> int:
    return int(texts.words.max(initial=0)) + 1


def _set_sums(texts: Texts, width: int, random: Array, *, times: Array | None = None) -> Array:
    values = np.where(texts.words < width, random[texts.words], np.uint64(0))
    values = values if times is None else values * times.astype(np.uint64)
    return _sums(values, texts.word_starts)


def match(mine: Array, raw: Array) -> Array:
    """Return for each signature a position in ``raw``, or UNKNOWN_ROW.

    Where several raw rows are equal, the one after the previous row's is taken, else the first: a
    training row rather than a test row, so that equal rows are never evidence of leakage.
    """
    order = np.argsort(raw, kind="stable")
    ranked = raw[order]
    low = np.searchsorted(ranked, mine, side="left")
    high = np.searchsorted(ranked, mine, side="right")
    found = high > low
    positions = np.where(found, order[np.minimum(low, len(order) - 1)], UNKNOWN_ROW)
    for row in np.flatnonzero(high - low > 1):
        following = positions[row - 1] + 1 if row else 0
        choices = order[low[row] : high[row]]
        if following in choices:
            positions[row] = following
    return np.asarray(positions)


def _padded(values: Array, train: Texts, test: Texts) -> Seen | None:
    vocabulary = max(_vocabulary(train), _vocabulary(test))
    whole, factor = _whole(values, vocabulary)
    if whole is None:
        return None
    for padding, truncating in itertools.product(("pre", "post"), repeat=2):
        encoding = Encoding(
            kind="padded", width=values.shape[1], padding=padding, truncating=truncating, scale=np.array([factor])
        )
        raw = np.concatenate([_grid_sums(pad(part, encoding)) for part in (train, test)])
        positions = match(_grid_sums(whole), raw)
        if (positions != UNKNOWN_ROW).mean() >= MATCHED:
            return Seen(encoding=encoding, positions=positions)
    return None


def _whole(values: Array, vocabulary: int) -> tuple[Array | None, float]:
    """Return a grid as word indices, and the factor that it was multiplied by; None where it holds none.

    The least number above 0 is one of the first few words: every text begins with word 1.
    """
    some = values[values > 0] if values.dtype.kind in "iuf" else values[:0]
    if not some.size or not np.isfinite(some.min()):
        return None, 1.0
    for factor in (1.0, *(float(some.min()) / word for word in range(1, 5))):
        scaled = values / factor
        whole = np.rint(scaled)
        if (
            np.isfinite(scaled).all()
            and np.abs(scaled - whole).max() < WHOLE
            and whole.min() >= 0
            and whole.max() < vocabulary
        ):
            return whole.astype(np.int64), factor
    return None, 1.0


def _grid_sums(grid: Array) -> Array:
    weights = _random(grid.shape[1])
    return np.asarray((grid.astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64))


def pad(texts: Texts, encoding: Encoding) -> Array:
    """Return texts as a grid of word indices, (rows, width), padded with 0 and cut as Keras does."""
    width = encoding.width or 0
    lengths = np.diff(texts.starts)
    kept = np.minimum(lengths, width)
    first = texts.starts[:-1] + (np.maximum(lengths - width, 0) if encoding.truncating == "pre" else 0)
    offset = width - kept if encoding.padding == "pre" else np.zeros_like(kept)
    rows = np.repeat(np.arange(len(texts)), kept)
    place = np.arange(int(kept.sum())) - np.repeat(np.cumsum(kept) - kept, kept)
    grid = np.zeros((len(texts), width), np.int32)
    grid[rows, np.repeat(offset, kept) + place] = texts.tokens[np.repeat(first, kept) + place]
    return grid


def encode(encoding: Encoding, texts: Texts) -> dict[str, Any] | None:
    """Return texts in an encoding, as the predictor takes them: a sparse or dense array with its facts."""
    if encoding.kind == "padded":
        grid, factor = pad(texts, encoding), 1.0 if encoding.scale is None else float(encoding.scale[0])
        values = grid if factor == 1.0 else (grid * factor).astype(np.float32)
        return {"kind": "dense", "rows": len(texts), "row_items": encoding.width, "values": values}
    if encoding.kind not in {"multi_hot", "counts"} or encoding.width is None:
        return None
    inside = texts.words < encoding.width
    total = np.zeros(len(inside) + 1, np.int64)
    np.cumsum(inside, out=total[1:])
    arrays = {"columns": texts.words[inside], "starts": total[texts.word_starts]}
    if encoding.kind == "counts":
        arrays["values"] = texts.counts[inside].astype(np.float32)
    return {"kind": "sparse", "rows": len(texts), "row_items": encoding.width, **arrays}
