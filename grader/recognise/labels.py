"""Find rows by their labels alone, for inputs that were encoded in a way that can't be recognised."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
FEWEST = 50  # labels: fewer could agree by chance
LARGEST = 5000  # rows of a regression's data, compared at every place
CLOSE = 1e-4


def rows_by_labels(values: Array, labels: Array, *, classes: int | None) -> Array | None:
    """Return the places of a run of consecutive labels among all ``labels``, (rows,), or None.

    ``values`` is as handed to fit: class numbers, one-hot vectors, or numbers scaled by one factor and
    shift. Only one place where all of them agree counts; shuffled rows are not found.
    """
    given = _flat(values)
    if given is None or len(given) < FEWEST or len(given) > len(labels) or len(np.unique(given)) < 2:
        return None
    starts = _same(given, labels) if classes is not None else _same_up_to_scale(given, labels)
    return np.arange(starts[0], starts[0] + len(given)) if len(starts) == 1 else None


def _flat(values: Array) -> Array | None:
    if values.ndim == 2 and values.shape[1] > 1:
        return np.asarray(values.argmax(axis=1)) if ((values != 0).sum(axis=1) == 1).all() else None
    return values.reshape(-1) if values.ndim in (1, 2) else None


def _same(given: Array, labels: Array) -> Array:
    """Return the places where ``given`` stands in ``labels``; few survive the first labels, compared first."""
    starts = np.arange(len(labels) - len(given) + 1)
    for place in range(FEWEST):
        starts = starts[labels[starts + place] == given[place]]
    return starts[[bool(np.array_equal(labels[start : start + len(given)], given)) for start in starts]]


def _same_up_to_scale(given: Array, labels: Array) -> Array:
    if len(labels) > LARGEST:
        return np.empty(0, np.int64)
    wanted = _standard(given.astype(np.float64))
    starts = range(len(labels) - len(given) + 1)
    windows = (_standard(labels[start : start + len(given)].astype(np.float64)) for start in starts)
    return np.flatnonzero([np.abs(window - wanted).max() < CLOSE for window in windows])


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-12))
