"""Arrays that a recorder stored, read back without trust: what was handed to fit, evaluate and predict."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import CaptureInvalid
from grader.trusted import read_array

Array = np.ndarray[Any, Any]


PARTS = {
    "dense": ("values",),
    "sparse": ("columns", "starts", "values"),
    "ragged": ("tokens", "starts"),
    "levels": ("codes", "levels"),
}


@dataclass(frozen=True)
class Tensor:
    """One stored array.

    ``kind`` is dense, sparse, ragged (lists), levels (few different values), or too_large (only its shape is known).
    """

    folder: Path
    id: str
    kind: str
    shape: tuple[int, ...]
    dtype: str

    @cached_property
    def _parts(self) -> dict[str, Array]:
        names = PARTS.get(self.kind, ())
        paths = {name: self.folder / f"{self.id}.{name}.npy" for name in names}
        return {name: read_array(path) for name, path in paths.items() if os.path.lexists(path)}

    @property
    def full(self) -> bool:
        """Whether every value was stored, in one way or another."""
        return self.kind in {"dense", "levels"}

    def values(self) -> Array:
        """Return a dense array as it was handed over."""
        if self.kind == "levels":
            codes, levels = self.levels()
            return levels[codes]
        values = self._parts.get("values")
        if self.kind != "dense" or values is None or values.shape != self.shape:
            message = f"tensor {self.id}: stored values do not have the noted shape {self.shape}"
            raise CaptureInvalid(message)
        return values

    def levels(self) -> tuple[Array, Array]:
        """Return ``codes``, of the array's shape, and the ``levels``, (256,), that they stand for, checked."""
        codes, levels = self._parts.get("codes"), self._parts.get("levels")
        good = (
            codes is not None
            and levels is not None
            and (codes.dtype, codes.shape) == (np.uint8, self.shape)
            and (levels.dtype.kind, levels.shape) == ("f", (256,))
        )
        if not good or codes is None or levels is None:
            message = f"tensor {self.id}: its levels contradict each other or its shape {self.shape}"
            raise CaptureInvalid(message)
        return codes, levels

    def ragged(self) -> dict[str, Array]:
        """Return ``tokens`` and ``starts`` of lists of whole numbers, checked."""
        tokens, starts = self._parts.get("tokens"), self._parts.get("starts")
        if tokens is None or starts is None or not _rows_fit(starts, len(tokens), self.shape[0]):
            message = f"tensor {self.id}: its lists contradict each other or its shape {self.shape}"
            raise CaptureInvalid(message)
        return {"tokens": tokens, "starts": starts}

    def sparse(self) -> dict[str, Array] | None:
        """Return ``columns``, ``starts`` and perhaps ``values`` of a table's nonzeros, checked; None if too large."""
        if self.kind == "sparse":
            return _checked_sparse(self._parts, self.shape, self.id)
        if not self.full or len(self.shape) != 2:
            return None
        return _to_sparse(self.values())


def _rows_fit(starts: Array, items: int, rows: int) -> bool:
    """Say whether ``starts`` (rows + 1,) cuts ``items`` things into rows."""
    return (
        starts.dtype == np.int64
        and starts.shape == (rows + 1,)
        and starts[0] == 0
        and starts[-1] == items
        and bool((np.diff(starts) >= 0).all())
    )


def _checked_sparse(parts: dict[str, Array], shape: tuple[int, ...], name: str) -> dict[str, Array]:
    columns, starts = parts.get("columns"), parts.get("starts")
    good = (
        columns is not None
        and starts is not None
        and columns.dtype.kind == "u"
        and columns.ndim == 1
        and _rows_fit(starts, len(columns), shape[0])
        and int(columns.max(initial=0)) < shape[1]
        and ("values" not in parts or parts["values"].shape == columns.shape)
    )
    if not good:
        message = f"tensor {name}: its sparse parts contradict each other or its shape {shape}"
        raise CaptureInvalid(message)
    return parts


def _to_sparse(values: Array) -> dict[str, Array]:
    rows, columns = np.nonzero(values)
    starts = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(values)), out=starts[1:])
    return {"columns": columns.astype(np.uint32), "starts": starts, "values": values[rows, columns]}
