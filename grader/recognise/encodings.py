"""The words for encodings: what was done to raw rows and labels before a model saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
UNKNOWN_ROW = -1


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How raw rows became the columns of an array.

    ``kind`` is one of: multi_hot, counts, word_weights (other numbers in the places of a text's words),
    padded (word indices), lists (word
    indices, rows of unequal length), raw (numbers as loaded), columns (each column multiplied and shifted:
    ``encoded = raw * scale + shift``), pixels (all of them multiplied and shifted alike), unknown.
    """

    kind: str
    width: int | None = None
    padding: str = "pre"
    truncating: str = "pre"
    scale: Array | None = None  # (columns,), or (1,) for pixels
    shift: Array | None = None  # as scale
    layout: tuple[int, ...] | None = None  # shape of one image as it was handed over


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An array's encoding and, per row, its place in the raw data: training rows first, then test rows."""

    encoding: Encoding
    positions: Array  # (rows,), UNKNOWN_ROW where no raw row fits


@dataclass(frozen=True, kw_only=True)
class TargetEncoding:
    """How labels were encoded.

    ``kind`` is one of: integers, one_hot, raw (numbers as loaded), scaled (``encoded = raw * scale +
    shift``), shuffled (the right labels on the wrong rows), unknown.
    """

    kind: str
    width: int | None = None
    scale: float = 1.0
    shift: float = 0.0
