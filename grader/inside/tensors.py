"""Store the arrays a student hands to Keras: once each, small where they allow it, views as rows of their base."""

from __future__ import annotations

import functools
import hashlib
import weakref
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

CHUNK_BYTES = 4 << 20  # scanned at a time: the recorder's extra memory stays near this
SPARSE_FROM_BYTES = 4 << 20  # smaller arrays are stored as they are
SPARSE_DENSITY = 0.1
RAGGED_CAP = 50_000_000  # numbers in all lists together
LEVELS = 256
DENSE_CAP_BYTES = 256 << 20  # larger dense arrays are kept as digest and summary


class Tensors:
    """A content-addressed store of arrays, written as plain ``.npy`` files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._known: dict[tuple[Any, ...], _Known] = {}
        self.passed: dict[tuple[Any, ...], tuple[Any, Any]] = {}  # what passed in batches, by its rows in any order

    def note(self, value: object, *, check: bool = True) -> dict[str, Any] | None:
        """Store what ``value`` holds and return a JSON reference to it, or None for None.

        ``check=False`` trusts that an array seen before is unchanged (used when over budget).
        """
        if value is None:
            return None
        array = as_array(value)
        if array is None:
            return {
                "kind": "stream",
                "type": f"{type(value).__module__}.{type(value).__qualname__}",
            }
        ragged = _ragged(array) if array.dtype == object else None
        if ragged is not None:
            whole = {"shape": [len(array)], "rows": [0, len(array), 1]}
            return {"kind": "ragged", "id": self._write(ragged), "dtype": "object", **whole}
        if array.dtype.kind not in "biuf":
            return {"kind": "other", "dtype": str(array.dtype), "shape": list(array.shape)}
        base, rows = _row_view(array)
        return self._note_rows(base, rows, check=check)

    def note_sparse(self, parts: dict[str, Array], shape: tuple[int, ...], dtype: str) -> dict[str, Any]:
        """Store sparse rows that were made elsewhere, as `sparse_rows` makes them, and return a reference."""
        reference = {"kind": "sparse", "id": self._write(parts), "shape": list(shape), "dtype": dtype}
        return _reference(reference, slice(0, shape[0], 1))

    def _note_rows(self, base: Array, rows: slice, *, check: bool) -> dict[str, Any]:
        if base.nbytes < SPARSE_FROM_BYTES:  # hashing it whole is cheaper than remembering it
            return _reference(self._store(base)[0], rows)
        key = (base.__array_interface__["data"][0], base.shape, base.strides, base.dtype.str)
        known = self._known.get(key)
        if known is not None and known.alive() and (not check or known.unchanged(base, rows)):
            return _reference(known.reference, rows)
        if known is not None and known.alive() and rows != slice(0, base.shape[0], 1):
            # the base changed since it was stored: keep the rows used now, as an array of their own
            part = np.ascontiguousarray(base[rows])
            return _reference(self._store(part)[0], slice(0, part.shape[0], 1))
        reference, sums = self._store(base)
        self._known[key] = _Known(base, reference, sums)
        return _reference(reference, rows)

    def _store(self, array: Array) -> tuple[dict[str, Any], Array]:
        sums = row_sums(array)
        facts = {"shape": list(array.shape), "dtype": str(array.dtype)}
        if array.ndim == 2 and array.nbytes >= SPARSE_FROM_BYTES:
            sparse = sparse_rows(array)
            if sparse is not None:
                return {"kind": "sparse", "id": self._write(sparse), **facts}, sums
        if array.dtype.itemsize > 1 and array.nbytes >= SPARSE_FROM_BYTES:
            levels = _levels(array)
            if levels is not None:
                return {"kind": "levels", "id": self._write(levels), **facts}, sums
        if array.nbytes > DENSE_CAP_BYTES:
            digest = hashlib.blake2b(sums.tobytes(), digest_size=16).hexdigest()
            return {"kind": "too_large", "id": digest, **facts}, sums
        return {
            "kind": "dense",
            "id": self._write({"values": np.ascontiguousarray(array)}),
            **facts,
        }, sums

    def _write(self, parts: dict[str, Array]) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for name, part in sorted(parts.items()):
            digest.update(f"{name}{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
        name = digest.hexdigest()
        for part_name, part in parts.items():
            path = self._folder / f"{name}.{part_name}.npy"
            if not path.exists():
                whole = path.with_name("unfinished.npy")  # a full disk must not leave half an array under its name
                np.save(whole, part, allow_pickle=False)
                whole.replace(path)
        return name


class _Known:
    """An array stored before: where, and what its rows summed to then."""

    def __init__(self, base: Array, reference: dict[str, Any], sums: Array) -> None:
        self._ref = weakref.ref(base)
        self._sums = sums
        self.reference = reference

    def alive(self) -> bool:
        return self._ref() is not None

    def unchanged(self, base: Array, rows: slice) -> bool:
        return bool(np.array_equal(row_sums(base[rows]), self._sums[rows]))


def _reference(reference: dict[str, Any], rows: slice) -> dict[str, Any]:
    return {**reference, "rows": [rows.start, rows.stop, rows.step]}


def as_array(value: object) -> Array | None:
    """Return the array that a list, DataFrame, Series or tensor holds; None for data sets and generators."""
    if isinstance(value, (list, tuple)):
        return _listed(value)
    if isinstance(value, dict):  # Keras takes one array for each named input
        return as_array(next(iter(value.values()))) if len(value) == 1 else np.empty(len(value), object)
    for convert in ("to_numpy", "numpy"):  # pandas; TensorFlow and Torch
        if hasattr(value, convert) and hasattr(value, "shape"):
            return np.asarray(getattr(value, convert)())
    return np.asarray(value) if hasattr(value, "__array__") and hasattr(value, "shape") else None


def _listed(value: list[Any] | tuple[Any, ...]) -> Array | None:
    """Return numbers as one array, ragged ones as objects; to Keras, a list of arrays is one for each input."""
    if value and hasattr(value[0], "ndim") and value[0].ndim:
        return as_array(value[0]) if len(value) == 1 else np.empty(len(value), object)
    return _plain(value)


def _plain(value: list[Any] | tuple[Any, ...]) -> Array:
    try:
        return np.asarray(value)
    except ValueError:  # ragged: lists of unequal length
        return np.empty(len(value), dtype=object)


def row_sums(array: Array) -> Array:
    """Return one 64-bit sum per row, (rows,), that changes with a row's place, content, or order of columns."""
    row_bytes = array.nbytes // array.shape[0] if array.shape[0] else 0
    if row_bytes == 0:
        return np.zeros(array.shape[0], np.uint64)
    word = next(size for size in (8, 4, 2, 1) if row_bytes % size == 0)
    weights = _weights(row_bytes // word)
    step = max(1, CHUNK_BYTES // row_bytes)
    out = np.empty(array.shape[0], np.uint64)
    for start in range(0, array.shape[0], step):
        part = np.ascontiguousarray(array[start : start + step]).reshape(-1).view(f"u{word}")
        grid = part.reshape(-1, len(weights))
        out[start : start + step] = np.einsum("ij,j->i", grid, weights, dtype=np.uint64)
    return out


@functools.lru_cache(maxsize=8)
def _weights(words: int) -> Array:
    """Return a fixed random factor for each place in a row, (words,): values that trade places change the sum."""
    return np.random.default_rng(words).integers(1, 1 << 63, words, np.uint64) | np.uint64(1)


def _row_view(array: Array) -> tuple[Array, slice]:
    """Return the array whose rows ``array`` shows, and which: a slice of a slice leads to the first."""
    everything = slice(0, array.shape[0] if array.ndim else 0, 1)
    if array.ndim == 0:
        return array.reshape(1), slice(0, 1, 1)
    base = array.base
    while isinstance(base, np.ndarray):
        rows = _rows_in(array, base)
        if rows is not None:
            deeper, outer = _row_view(base)
            return (base, rows) if outer != slice(0, base.shape[0], 1) else (deeper, rows)
        base = base.base
    return array, everything


def _rows_in(view: Array, base: Array) -> slice | None:
    """Return the rows of ``base`` that ``view`` is, when it is whole rows in rising order."""
    if base.ndim != view.ndim or base.shape[1:] != view.shape[1:] or base.dtype != view.dtype:
        return None
    if view.shape[0] == 0 or base.strides[1:] != view.strides[1:] or base.strides[0] <= 0:
        return None
    offset = view.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    start, odd = divmod(offset, base.strides[0])
    step, odd_step = divmod(view.strides[0], base.strides[0])
    stop = start + step * (view.shape[0] - 1) + 1
    if odd or odd_step or step <= 0 or start < 0 or stop > base.shape[0]:
        return None
    return slice(start, stop, step)


def _ragged(array: Array) -> dict[str, Array] | None:
    """Return lists of whole numbers one after another, or None: ``tokens`` (of all rows,), ``starts`` (rows + 1,)."""
    if array.ndim != 1 or not all(_is_list(item) for item in array):
        return None
    starts = np.zeros(len(array) + 1, np.int64)
    np.cumsum([len(item) for item in array], out=starts[1:])
    if starts[-1] > RAGGED_CAP:
        return None
    try:
        tokens = np.fromiter((token for item in array for token in item), np.int32, count=int(starts[-1]))
    except (TypeError, ValueError, OverflowError):  # not whole numbers
        return None
    return {"starts": starts, "tokens": tokens}


def _is_list(item: object) -> bool:
    return isinstance(item, (list, tuple)) or (isinstance(item, np.ndarray) and item.ndim == 1)


def sparse_rows(array: Array) -> dict[str, Array] | None:
    """Return compressed sparse rows of a 2-D array, or None when it isn't sparse.

    ``columns`` (nonzeros,), ``starts`` (rows + 1,), and ``values`` (nonzeros,) unless all are 1.
    """
    rows, width = array.shape
    step = max(1, CHUNK_BYTES // max(1, array.nbytes // rows))
    columns: list[Array] = []
    counts: list[Array] = []
    values: list[Array] = []
    ones = True
    found = 0
    column_type = np.uint16 if width <= 1 << 16 else np.uint32
    for start in range(0, rows, step):
        part = array[start : start + step]
        flat = np.flatnonzero(part != 0)
        found += len(flat)
        if found > SPARSE_DENSITY * (start + part.shape[0]) * width:
            return None
        row, column = np.divmod(flat, width)
        columns.append(column.astype(column_type))
        counts.append(np.bincount(row, minlength=part.shape[0]))
        content = part.ravel()[flat]
        ones = ones and bool((content == 1).all())
        values.append(content)
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(np.concatenate(counts), out=starts[1:])
    parts = {"columns": np.concatenate(columns), "starts": starts}
    return parts if ones else {**parts, "values": np.concatenate(values)}


def _levels(array: Array) -> dict[str, Array] | None:
    """Return an array of few different values, evenly spaced as the pixels of scaled images are, or None.

    ``codes``, of the array's shape, uint8, are places in ``levels`` (256,): ``levels[codes]`` is the array again,
    bit by bit. Levels that don't occur are NaN.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    some = np.unique(flat[: CHUNK_BYTES // array.dtype.itemsize]) if len(np.unique(flat[:4096])) <= LEVELS else flat
    if array.dtype.kind != "f" or not 1 < len(some) <= LEVELS or not np.isfinite(some).all():
        return None
    low, unit = float(some[0]), float(np.diff(some).min())
    codes, levels = np.empty(flat.size, np.uint8), np.full(LEVELS, np.nan, array.dtype)
    step = CHUNK_BYTES // array.dtype.itemsize
    for start in range(0, flat.size, step):
        part = flat[start : start + step]
        place = np.rint((part - low) / unit)
        if not (place.min() >= 0 and place.max() < LEVELS):  # NaN fails, too
            return None
        own = place.astype(np.uint8)
        before = levels.copy()
        levels[own] = part
        if not np.array_equal(levels[own], part) or ((levels != before) & ~np.isnan(before)).any():
            return None
        codes[start : start + step] = own
    return {"codes": codes.reshape(array.shape), "levels": levels}
