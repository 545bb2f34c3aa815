"""Data sets that come in one piece: which rows a student set aside as test rows, told from what was done with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SHARED = 0.05  # rows in both of two sets, beyond which they are not two sets; equal rows are on both sides
SMALLEST, LARGEST = 0.5, 2.5  # of the assignment's own number of test rows: fewer tell too little about a model


@dataclass(frozen=True, kw_only=True)
class Handling:
    """Which rows one training run fitted, validated on, and was evaluated or predicted on afterwards, as places."""

    fitted: Array
    validated: Array
    used: Sequence[Array]


def own_test_rows(runs: Sequence[Handling], expected: int, total: int) -> Array | None:
    """Return the places of a student's own test rows, or None where nothing says that there are any.

    These are the last rows that a model was used on without having been fitted to them. Rows that also served as
    validation data only count when there are no others: then the student validated on the test rows. Where no
    model was used in the end, the rows left out of all training and validation were set aside for it.

    Args:
        runs: all runs on this data set, in order.
        expected: number of test rows in the assignment's own split.
        total: number of rows.
    """
    if not runs:
        return None
    used = [(run, np.unique(rows[rows >= 0])) for run in reversed(runs) for rows in reversed(run.used)]
    enough = [(run, rows) for run, rows in used if SMALLEST * expected <= len(rows) <= LARGEST * expected]
    unseen = [rows for run, rows in enough if not _overlap(rows, [run.fitted])]
    untouched = [rows for rows in unseen if not _overlap(rows, [run.validated for run in runs])]
    if untouched or unseen:
        return (untouched or unseen)[0]
    touched = np.concatenate([rows for run in runs for rows in (run.fitted, run.validated)])
    left = np.setdiff1d(np.arange(total), touched)
    return left if SMALLEST * expected <= len(left) <= LARGEST * expected else None


def _overlap(rows: Array, others: Iterable[Array]) -> bool:
    return any(np.isin(rows, other).mean() > SHARED for other in others)


__all__ = ["Handling", "own_test_rows"]
