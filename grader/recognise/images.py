"""Recognise images: which ones, by which factor and shift their pixels were scaled, and how they were laid out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.recognise.encodings import Encoding, Seen
from grader.recognise.texts import MATCHED, match
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]
BRIGHTEST = 255
SEED = 20_261_121  # any fixed number: keys are compared within one process only
ROWS = 4096  # images at a time: their pixels become 64-bit numbers for a moment
WHOLE = 0.02  # scaled pixels, scaled back, stay this near to whole numbers


def recognise(tensor: Tensor, train: Array, test: Array) -> Seen | None:
    """Return the scaling and places of images, flat or not, or None; raw ones are (rows, height, width), uint8."""
    pixels = math.prod(train.shape[1:])
    if not tensor.full or len(tensor.shape) < 2 or math.prod(tensor.shape[1:]) != pixels or not tensor.shape[0]:
        return None
    found = _pixels(tensor)
    if found is None:
        return None
    values, scale, shift = found
    positions = match(_keys(values), np.concatenate([_keys(train), _keys(test)]))
    if (positions >= 0).mean() < MATCHED:
        return None
    kind = "raw" if (scale, shift) == (1.0, 0.0) else "pixels"
    encoding = Encoding(
        kind=kind, width=pixels, scale=np.array([scale]), shift=np.array([shift]), layout=tensor.shape[1:]
    )
    return Seen(encoding=encoding, positions=positions)


def _pixels(tensor: Tensor) -> tuple[Array, float, float] | None:
    """Return pixels from 0 to 255 (uint8), with the scale and shift that were applied to them.

    The darkest value stands for 0: every image of these data sets has black in it.
    """
    if tensor.kind == "levels":
        codes, table = tensor.levels()
        found = _affine(table[~np.isnan(table)])
        if found is None:
            return None
        scale, shift = found
        places = np.nan_to_num(np.rint((table.astype(np.float64) - shift) / scale)).clip(0, BRIGHTEST)
        return places.astype(np.uint8)[codes], scale, shift
    values = tensor.values()
    if values.dtype.kind not in "uif" or (values.dtype.kind == "f" and not np.isfinite(values).all()):
        return None
    if values.dtype == np.uint8:
        return values, 1.0, 0.0
    found = _affine(np.unique(values))
    if found is None:
        return None
    scale, shift = found
    return np.rint((values.astype(np.float64) - shift) / scale).astype(np.uint8), scale, shift


def _affine(levels: Array) -> tuple[float, float] | None:
    """Return scale and shift of evenly spaced levels, at most 256 of them, or None."""
    ordered = np.unique(levels.astype(np.float64))
    if not 1 < len(ordered) <= BRIGHTEST + 1:
        return None
    steps = (ordered - ordered[0]) / np.diff(ordered).min()
    if steps[-1] > BRIGHTEST + WHOLE or np.abs(steps - np.rint(steps)).max() > WHOLE:
        return None
    scale = float((ordered[-1] - ordered[0]) / np.rint(steps[-1]))
    shift = float(ordered[0])
    return (1.0, 0.0) if abs(scale - 1) < WHOLE / BRIGHTEST and abs(shift) < WHOLE else (scale, shift)


def _keys(images: Array) -> Array:
    """Return one 64-bit sum of random multiples of its pixels for each image, (rows,)."""
    flat = images.reshape(len(images), -1)
    factors = np.random.default_rng(SEED).integers(1, 1 << 63, flat.shape[1], np.uint64)
    parts = [flat[start : start + ROWS].astype(np.uint64) @ factors for start in range(0, len(flat), ROWS)]
    return np.concatenate(parts)


def encode(encoding: Encoding, raw: Array) -> dict[str, Any] | None:
    """Return raw images in an encoding, as the predictor takes them."""
    if encoding.scale is None or encoding.shift is None or encoding.layout is None:
        return None
    values = (raw.astype(np.float32) * np.float32(encoding.scale[0]) + np.float32(encoding.shift[0])).reshape(
        len(raw), *encoding.layout
    )
    return {"kind": "dense", "rows": len(values), "row_items": math.prod(encoding.layout), "values": values}
