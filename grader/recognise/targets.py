"""Recognise target arrays: integers, one-hot vectors, scaled numbers, and labels on the wrong rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.recognise.encodings import UNKNOWN_ROW, TargetEncoding

Array = np.ndarray[Any, Any]
MATCHED = 0.98
CLOSE = 1e-3
ROUNDED = 0.025  # of the range: prices may be rounded, or cut to whole thousands
ALIKE = 0.9  # a correlation that targets of other rows never reach


def recognise_targets(values: Array, positions: Array, labels: Array, *, classes: int | None) -> TargetEncoding:
    """Return how the targets of rows at ``positions`` encode ``labels``.

    ``values`` is (rows,), (rows, 1) or (rows, width); ``labels`` are the raw labels of all rows;
    ``classes`` is None for regression.
    """
    known = positions != UNKNOWN_ROW
    if len(values) != len(positions) or not known.any():
        return TargetEncoding(kind="unknown")
    expected = labels[positions[known]]
    given = values[known]
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if classes is None:
        return _numbers(given, expected.astype(np.float64))
    return _classes(given, expected)


def _classes(given: Array, expected: Array) -> TargetEncoding:
    width = given.shape[1] if given.ndim == 2 else None
    if given.ndim == 2:
        if not (np.isin(given, (0, 1)).all() and (given.sum(axis=1) == 1).all()):
            return TargetEncoding(kind="unknown", width=width)
        given = given.argmax(axis=1)
    kind = "one_hot" if width else "integers"
    if given.ndim == 1 and (given == expected).mean() >= MATCHED:
        return TargetEncoding(kind=kind, width=width)
    shuffled = given.ndim == 1 and np.array_equal(np.sort(given), np.sort(expected))
    return TargetEncoding(kind="shuffled" if shuffled else "unknown", width=width)


def _numbers(given: Array, expected: Array) -> TargetEncoding:
    if given.ndim != 1 or not np.isfinite(given).all() or not np.ptp(given):
        return TargetEncoding(kind="unknown")
    given = given.astype(np.float64)
    centred = expected - expected.mean()
    scale = float((centred * given).sum() / max((centred**2).sum(), 1e-30))
    shift = float(given.mean() - scale * expected.mean())
    span = max(float(np.ptp(given)), 1e-12)
    if np.abs(expected * scale + shift - given).max() <= ROUNDED * span:
        raw = abs(scale - 1) < CLOSE and abs(shift) < CLOSE * span
        return TargetEncoding(kind="raw" if raw else "scaled", scale=scale, shift=shift)
    if abs(np.corrcoef(given, expected)[0, 1]) >= ALIKE:  # logarithms, say: of the right rows, but of no known unit
        return TargetEncoding(kind="unknown")
    aligned = np.abs(_standard(np.sort(given)) - _standard(np.sort(expected))).max()
    return TargetEncoding(kind="shuffled" if aligned < CLOSE * 10 else "unknown")


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-12))
