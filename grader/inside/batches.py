"""Pile up the batches of one pass over a data set, small where they allow it, until they are noted as two arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tensors import SPARSE_FROM_BYTES, Tensors, as_array, row_sums, sparse_rows

Array = np.ndarray[Any, Any]
Json = dict[str, Any]
CAP_BYTES = 512 << 20  # of all that is piled up: beyond it, nothing is noted


class Batches:
    """Inputs and targets in the order they passed by; ``distinct`` leaves out rows that have passed before."""

    def __init__(self, *, distinct: bool = False, most: int | None = None) -> None:
        self._distinct = distinct
        self._most = most  # batches that make one pass
        self.restart()
        self.passed = 0  # rows, each time they passed
        self.batch_size: int | None = None
        self.done = False
        self.settled = False  # the last batch held nothing new

    def restart(self) -> None:
        """Forget what is piled up: a new pass begins."""
        self._x, self._y = _Pile(), _Pile()
        self._sums: list[Array] = []
        self._known: set[int] = set()
        self.count = 0
        self.lost = False

    def add(self, x: object, y: object) -> None:
        """Pile up one batch; what is no array of numbers, or too much, spoils the pile."""
        if self.done or self.lost:
            return
        inputs, targets = single(x), None if y is None else single(y)
        if inputs is None or not inputs.ndim or (y is not None and targets is None) or _unequal(inputs, targets):
            self._lose()
            return
        self.batch_size = self.batch_size or len(inputs)
        self.passed += len(inputs)
        self._pile(inputs, targets)
        self.count += 1
        self.done = self._most is not None and self.count >= self._most

    def _pile(self, x: Array, y: Array | None) -> None:
        sums = _pair_sums(x, y)
        if self._distinct:
            new = np.array([key not in self._known for key in sums.tolist()], bool)
            self.settled = not new.any()
            if self.settled:
                return
            self._known.update(sums.tolist())
            x, y, sums = x[new], None if y is None else y[new], sums[new]
        self._sums.append(sums)
        good = self._x.add(x) and (y is None or self._y.add(y))
        if not good or self._x.held + self._y.held > CAP_BYTES:
            self._lose()

    def _lose(self) -> None:
        self.restart()
        self.lost = True

    def expect(self, count: int | None) -> None:
        """Forget everything where fewer batches passed than a whole pass has."""
        if count is not None and self.count < min(count, self._most or count):
            self._lose()

    def note(self, tensors: Tensors) -> tuple[Json | None, Json | None]:
        """Store the two arrays and return references to them; rows noted before, in any order, are the same arrays."""
        if self.lost or not self._sums:
            return None, None
        sums = np.concatenate(self._sums)
        key = (len(sums), self._x.facts(), self._y.facts(), int(sums.sum()), int((sums * sums).sum()))
        if key not in tensors.passed:
            tensors.passed[key] = (self._x.note(tensors), self._y.note(tensors))
        return tensors.passed[key]


class _Pile:
    """Batches of one array: those of mostly zeros are kept as their nonzeros."""

    def __init__(self) -> None:
        self._parts: list[Array | dict[str, Array]] = []
        self._row: tuple[int, ...] = ()
        self._dtype: Any = None
        self._rows = 0
        self._whole = 0  # bytes, were all of it dense
        self.held = 0  # bytes

    def facts(self) -> tuple[Any, ...]:
        return self._row, str(self._dtype)

    def add(self, batch: Array) -> bool:
        """Keep a copy of a batch and say whether it fits to those before."""
        if batch.dtype.kind not in "biuf" or (
            self._parts and (batch.shape[1:], batch.dtype) != (self._row, self._dtype)
        ):
            return False
        self._row, self._dtype = batch.shape[1:], batch.dtype
        if not len(batch):
            return True
        sparse = sparse_rows(batch) if batch.ndim == 2 else None
        part = np.array(batch) if sparse is None else sparse  # a copy: its memory may be used for the next batch
        self._parts.append(part)
        self._rows += len(batch)
        self._whole += batch.nbytes
        self.held += sum(array.nbytes for array in sparse.values()) if sparse is not None else batch.nbytes
        return True

    def note(self, tensors: Tensors) -> Json | None:
        if not self._parts:
            return None
        sparse = [part for part in self._parts if isinstance(part, dict)]
        if len(sparse) == len(self._parts) and self._whole >= SPARSE_FROM_BYTES:
            return tensors.note_sparse(_joined(sparse, self._dtype), (self._rows, *self._row), str(self._dtype))
        if self._whole > CAP_BYTES:
            return None
        dense = [_dense(part, self._row[0], self._dtype) if isinstance(part, dict) else part for part in self._parts]
        return tensors.note(np.concatenate(dense))


def single(value: object) -> Array | None:
    """Return the one array that an input is, alone in a dict or list too; None for several or none."""
    if isinstance(value, dict):
        return single(next(iter(value.values()))) if len(value) == 1 else None
    if isinstance(value, tuple) and len(value) == 1:
        return single(value[0])
    array = as_array(value)
    return array if array is not None and array.dtype.kind in "biuf" else None


def _unequal(x: Array, y: Array | None) -> bool:
    return y is not None and (not y.ndim or len(x) != len(y))


def _pair_sums(x: Array, y: Array | None) -> Array:
    """Return one 64-bit number for each pair of inputs and targets, (rows,)."""
    sums = row_sums(x)
    return sums if y is None else sums * np.uint64(0x9E3779B97F4A7C15) + row_sums(y)


def _joined(parts: list[dict[str, Array]], dtype: Any) -> dict[str, Array]:
    """Return sparse rows one after another; values are left out where all are 1."""
    offsets = np.cumsum([0, *(part["starts"][-1] for part in parts)])
    starts = [part["starts"][1:] + offset for part, offset in zip(parts, offsets, strict=False)]
    whole = {
        "columns": np.concatenate([part["columns"] for part in parts]),
        "starts": np.concatenate([np.zeros(1, np.int64), *starts]),
    }
    if all("values" not in part for part in parts):
        return whole
    values = [part.get("values", np.ones(len(part["columns"]), dtype)) for part in parts]
    return {**whole, "values": np.concatenate(values)}


def _dense(part: dict[str, Array], width: int, dtype: Any) -> Array:
    rows = len(part["starts"]) - 1
    grid = np.zeros((rows, width), dtype)
    grid[np.repeat(np.arange(rows), np.diff(part["starts"])), part["columns"]] = part.get("values", 1)
    return grid
