"""Recognise tables of numbers: which rows, and by which factor and shift each column was scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from grader.recognise.encodings import UNKNOWN_ROW, Encoding, Seen
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]
CLOSE = 2e-4  # of a column's range: float32 arithmetic stays well below
PAIRS_UP_TO = 3000  # raw rows: all pairs of them are tried
PROBES = 12
SURVIVORS = 4000
FAR_APART = 0.02  # of a column's range
TURNS = 12  # of matching rows and measuring the scaling; a few are enough, or it doesn't end


def recognise(tensor: Tensor, train: Array, test: Array) -> Seen | None:
    """Return the column-wise scaling and raw rows of a table, or None."""
    if len(tensor.shape) != 2 or not tensor.full or tensor.shape[1] != train.shape[1]:
        return None
    table = tensor.values().astype(np.float64)
    raw = np.concatenate([train, test]).astype(np.float64)
    if not np.isfinite(table).all() or len(table) < 3 or not np.ptp(table, axis=0).any():
        return None
    guess = _same_order(table, train.astype(np.float64), test.astype(np.float64), raw)
    if guess is None:
        guess = _any_order(table, raw) if len(raw) <= PAIRS_UP_TO else _closest_rows(table, raw)
    return None if guess is None else _seen(table, raw, *guess)


def _same_order(table: Array, *parts: Array) -> tuple[Array, Array] | None:
    """Try the training rows, the test rows, and both, in the loader's order."""
    for part in parts:
        if len(part) == len(table):
            scale, shift = _line(part, table)
            if _fits(part * scale + shift, table):
                return scale, shift
    return None


def _line(raw: Array, table: Array) -> tuple[Array, Array]:
    """Return least-squares scale and shift of each column, both (columns,)."""
    centred = raw - raw.mean(axis=0)
    spread = np.maximum((centred**2).sum(axis=0), 1e-30)
    scale = (centred * (table - table.mean(axis=0))).sum(axis=0) / spread
    return scale, table.mean(axis=0) - scale * raw.mean(axis=0)


def _fits(expected: Array, table: Array) -> bool:
    span = np.maximum(np.ptp(table, axis=0), 1e-12)
    return bool((np.abs(expected - table) <= CLOSE * span).all())


def _any_order(table: Array, raw: Array) -> tuple[Array, Array] | None:
    """Try every pair of raw rows as two rows of the table that lie far apart: scale and shift follow from two.

    A pair survives a probe row when, in every column that tells the two apart, that row's value scaled back is a
    value of the raw column. One column alone is not enough: where most values lie close together (crime rates),
    thousands of wrong pairs survive it.
    """
    columns = np.argsort([-len(np.unique(column)) for column in raw.T], kind="stable")
    low, high = int(np.argmin(table[:, columns[0]])), int(np.argmax(table[:, columns[0]]))
    if table[high, columns[0]] <= table[low, columns[0]]:
        return None
    order = raw[:, columns[0]]
    first, second = np.nonzero(order[None, :] > order[:, None])
    for column in columns:
        first, second = _surviving(table[:, column], raw[:, column], (low, high), (first, second))
    return _first_that_fits(table, raw, list(zip(first[:SURVIVORS], second[:SURVIVORS], strict=True)), (low, high))


def _surviving(table: Array, raw: Array, ends: tuple[int, int], pairs: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the pairs of raw rows that one column, table (rows,) and raw (raw rows,), leaves possible."""
    low, high = ends
    first, second = pairs
    reach = table[high] - table[low]
    if reach == 0:
        same = raw[first] == raw[second]
        return first[same], second[same]
    if abs(reach) < FAR_APART * np.ptp(table):  # rounding would be drawn out over the whole column
        return pairs
    values = np.sort(raw)
    for probe in np.linspace(0, len(table) - 1, PROBES).astype(int):
        share = (table[probe] - table[low]) / reach
        near = _near(values, raw[first] + share * (raw[second] - raw[first]))
        first, second = first[near], second[near]
    return first, second


def _near(values: Array, wanted: Array) -> Array:
    place = np.clip(np.searchsorted(values, wanted), 1, len(values) - 1)
    distance = np.minimum(np.abs(values[place] - wanted), np.abs(values[place - 1] - wanted))
    return np.asarray(distance <= CLOSE / 4 * (values[-1] - values[0]))


def _first_that_fits(
    table: Array, raw: Array, pairs: list[tuple[int, int]], rows: tuple[int, int]
) -> tuple[Array, Array] | None:
    low, high = rows
    for first, second in pairs:
        span = raw[second] - raw[first]
        change = table[high] - table[low]
        usable = span != 0
        if not usable.any() or ((span == 0) != (change == 0)).any():
            continue
        scale = np.where(usable, change / np.where(usable, span, 1), np.nan)
        positions = _nearest(table[:PROBES], raw, scale, table[low] - scale * raw[first])
        if (positions == UNKNOWN_ROW).any():
            continue
        whole = _nearest(table, raw, scale, table[low] - scale * raw[first])
        if (whole != UNKNOWN_ROW).all():
            return _line(raw[whole], table)
    return None


def _closest_rows(table: Array, raw: Array) -> tuple[Array, Array] | None:
    """Match many rows in any order: guess the scaling by quantiles, then match rows and measure it again, in turns.

    This is the iterative closest point method (Besl and McKay 1992) with a scale and a shift for each column.
    """
    if not (np.ptp(raw, axis=0) > 0).all():
        return None
    scale, shift = _by_quantiles(table, raw)
    spread = raw.std(axis=0)
    tree = cKDTree(raw / spread)
    for _ in range(TURNS):
        if not np.isfinite(scale).all() or not scale.all():
            return None
        distance, positions = tree.query((table - shift) / scale / spread)
        if _fits(raw[positions] * scale + shift, table):
            return scale, shift
        near = distance <= np.median(distance)
        if not np.ptp(raw[positions[near]], axis=0).all():
            return None
        scale, shift = _line(raw[positions[near]], table[near])
    return None


def _by_quantiles(table: Array, raw: Array) -> tuple[Array, Array]:
    """Return the line through most quantiles of each column, or through its ends where those are all equal."""
    shares = np.linspace(0.02, 0.98, 49)
    theirs, ours = np.quantile(raw, shares, axis=0), np.quantile(table, shares, axis=0)
    scale, shift = _line(theirs, ours)
    flat = ~np.ptp(theirs, axis=0).astype(bool)
    scale[flat] = np.ptp(table, axis=0)[flat] / np.ptp(raw, axis=0)[flat]
    shift[flat] = table.min(axis=0)[flat] - scale[flat] * raw.min(axis=0)[flat]
    return scale, shift


def _nearest(table: Array, raw: Array, scale: Array, shift: Array) -> Array:
    """Return the raw row of each table row, scaled back; columns whose scale isn't known (NaN) don't count."""
    known = ~np.isnan(scale) & (scale != 0)
    span = np.maximum(np.ptp(raw[:, known], axis=0), 1e-12)
    back, rows = (table[:, known] - shift[known]) / scale[known] / span, raw[:, known] / span
    if len(table) > PROBES and np.isfinite(back).all():
        distance, positions = cKDTree(rows).query(back, p=np.inf)
    else:  # a tree isn't worth its growing
        apart = np.abs(rows[None] - back[:, None]).max(axis=2)
        distance, positions = apart.min(axis=1), apart.argmin(axis=1)
    return np.where(distance <= 5 * CLOSE, positions, UNKNOWN_ROW)


def _seen(table: Array, raw: Array, scale: Array, shift: Array) -> Seen:
    same = bool(np.allclose(scale, 1, rtol=1e-4) and np.allclose(shift, 0, atol=1e-3 * np.ptp(raw, axis=0).max()))
    encoding = Encoding(kind="raw" if same else "columns", width=raw.shape[1], scale=scale, shift=shift)
    return Seen(encoding=encoding, positions=_nearest(table, raw, scale, shift))


def encode(encoding: Encoding, raw: Array) -> dict[str, Any] | None:
    """Return raw rows in an encoding, as the predictor takes them."""
    if encoding.scale is None or encoding.shift is None:
        return None
    values = (raw.astype(np.float64) * encoding.scale + encoding.shift).astype(np.float32)
    return {"kind": "dense", "rows": len(values), "row_items": values.shape[1], "values": values}


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Which statistics a column-wise scaling used, and of which rows.

    ``kind``: standardised, min_max, robust, none, or other; ``rows``: train, fit, test, all, or '' when
    the scaling belongs to none of these.
    """

    kind: str
    rows: str


def scaling(encoding: Encoding, raw: dict[str, Array]) -> Scaling:
    """Return the statistics that explain a scaling; ``raw`` maps names of row sets to their raw rows."""
    if encoding.kind == "raw":
        return Scaling(kind="none", rows="")
    if encoding.scale is None or encoding.shift is None:
        return Scaling(kind="other", rows="")
    for rows, part in raw.items():
        for kind, centre, spread in _statistics(part.astype(np.float64)):
            usable = spread > 0
            scale = 1 / spread[usable]
            close = np.allclose(encoding.scale[usable], scale, rtol=1e-3)
            if close and np.allclose(encoding.shift[usable], -centre[usable] * scale, rtol=1e-3, atol=2e-3):
                return Scaling(kind=kind, rows=rows)
    return Scaling(kind="other", rows="")


def _statistics(part: Array) -> list[tuple[str, Array, Array]]:
    mean, low = part.mean(axis=0), part.min(axis=0)
    quarter, middle, three = np.percentile(part, [25, 50, 75], axis=0)
    return [
        ("standardised", mean, part.std(axis=0)),
        ("standardised", mean, part.std(axis=0, ddof=1)),
        ("min_max", low, np.ptp(part, axis=0)),
        ("robust", middle, three - quarter),
    ]
