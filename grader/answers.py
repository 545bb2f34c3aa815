"""What is wrong with what a student's function returned, in a sentence: answers are compared as data, in any form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.calls import Returned

Array = np.ndarray[Any, Any]
Judge = Callable[[Returned], str | None]
SHOWN = 24  # numbers of an array that are told


def differs(expected: Array, *, exact: bool = True) -> Judge:
    """Return a judge who holds an answer of any number type against an array; ``exact=False`` allows for rounding."""

    def problem(returned: Returned) -> str | None:
        found = returned.array
        if found is None:
            return f"{told(returned)} Expected: an array of shape {expected.shape}{_written(expected)}."
        if not exact and found.shape == (len(expected), 1):
            found = found[:, 0]
        if found.shape != expected.shape:
            return (
                f"It returned an array of shape {_shape(found)}. Expected: shape {expected.shape}{_written(expected)}."
            )
        if _equal(found, expected, exact=exact):
            return None
        if expected.size <= SHOWN:
            return f"It returned {_numbers(found)}. Expected: {_numbers(expected)}."
        return _first_difference(found, expected, exact=exact)

    return problem


def _equal(found: Array, expected: Array, *, exact: bool) -> bool:
    numbers = found.astype(np.float64)
    close = np.array_equal(numbers, expected) if exact else np.allclose(numbers, expected, rtol=1e-5, atol=1e-6)
    return bool(close)


def _first_difference(found: Array, expected: Array, *, exact: bool) -> str:
    same = (found == expected) if exact else np.isclose(found.astype(np.float64), expected, rtol=1e-5, atol=1e-6)
    place = tuple(int(each) for each in np.argwhere(~same)[0])
    where = ", ".join(map(str, place))
    return f"At [{where}] it returned {_number(found[place])}. Expected there: {_number(expected[place])}."


def told(returned: Returned) -> str:
    """Return what a function returned where it is no array, in a sentence."""
    if returned.kind == "none":
        return "It returned nothing (None): a line with return is missing."
    if returned.shape:
        return f"It returned an array of shape {returned.shape}."
    if returned.kind == "items":
        return f"It returned {len(returned.items)} things ({returned.type}) that are no array together."
    return f"It returned something of type {returned.type}."


# --- folds ----------------------------------------------------------------------------------------


def folds_problem(data: Array, count: int) -> Judge:
    """Return a judge of ``count`` folds of the rows of ``data``, given as indices, masks or rows.

    Every validation part differs from all others, together they are all rows but fewer than ``count`` (the book's
    ``len // k`` drops a remainder), and each training part is what its validation part leaves.
    """

    def problem(returned: Returned) -> str | None:
        folds = _parts(returned)
        if folds is None:
            return f"{told(returned)} Expected: {count} pairs of training and validation rows."
        if len(folds) != count:
            return f"It returned {len(folds)} folds. Expected: {count}."
        rows = [_fold_rows(fold, data) for fold in folds]
        broken = next((number for number, fold in enumerate(rows) if fold is None), None)
        if broken is not None:
            return (
                f"Fold {broken} is no pair of training and validation rows. Expected: indices from 0 to "
                f"{len(data) - 1}, masks, or rows of the data."
            )
        return _overlaps([fold for fold in rows if fold is not None], len(data))

    return problem


def _parts(returned: Returned) -> tuple[Returned, ...] | None:
    """Return the parts of several things, also where equal sizes made one array of them."""
    if returned.kind == "items":
        return returned.items
    if returned.array is None or returned.array.ndim < 2:
        return None
    return tuple(Returned(kind="array", shape=part.shape, array=part) for part in returned.array)


def _fold_rows(fold: Returned, data: Array) -> tuple[Array, Array] | None:
    parts = [_rows(part, data) for part in _parts(fold) or ()]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    return parts[0], parts[1]


def _rows(part: Returned, data: Array) -> Array | None:
    """Return the rows that a part stands for."""
    array = part.array
    if array is None:
        return None
    if array.ndim == 1 and array.dtype == bool and len(array) == len(data):
        return np.flatnonzero(array)
    if array.ndim == 1 and array.dtype.kind in "iu":
        return array if len(array) and array.min() >= 0 and array.max() < len(data) else None
    if array.ndim == 2 and array.shape[1] == data.shape[1]:
        same = (array[:, None, :] == data[None]).all(axis=2)  # (rows given, rows)
        return same.argmax(axis=1) if len(array) and same.any(axis=1).all() else None
    return None


def _overlaps(folds: Sequence[tuple[Array, Array]], rows: int) -> str | None:
    seen: set[int] = set()
    for number, (train, validation) in enumerate(folds):
        both = np.intersect1d(train, validation)
        if len(both):
            return f"In fold {number}, row {both[0]} is among the training and the validation rows. Expected: in one."
        if seen & set(validation.tolist()):
            again = min(seen & set(validation.tolist()))
            return f"Row {again} is a validation row in two folds. Expected: in one, so that the folds differ."
        if len(train) <= len(validation) and len(folds) > 2:
            return f"In fold {number} there are fewer training than validation rows. Expected: training rows first."
        used = len(np.union1d(train, validation))
        if rows - used >= len(folds):
            return f"Fold {number} uses {used} of {rows} rows. Expected: each row is in one of its two parts."
        seen |= set(validation.tolist())
    if rows - len(seen) >= len(folds):
        return f"All validation rows together are {len(seen)} of {rows}. Expected: every row is in one of them."
    return None


# --- scaling --------------------------------------------------------------------------------------


def scaled_problem(train: Array, test: Array) -> Judge:
    """Return a judge of two arrays that have to be standardised by the statistics of the first."""

    def problem(returned: Returned) -> str | None:
        parts = _parts(returned)
        arrays = [part.array for part in parts or ()]
        shapes = f"two arrays, of shapes {train.shape} and {test.shape}"
        if len(arrays) != 2 or arrays[0] is None or arrays[1] is None:
            return f"{told(returned)} Expected: {shapes}."
        first, second = arrays[0], arrays[1]
        if first.shape != train.shape or second.shape != test.shape:
            return f"It returned arrays of shapes {_shape(first)} and {_shape(second)}. Expected: {shapes}."
        if not any(np.allclose(first, _scaled(train, by=train, ddof=ddof), rtol=1e-4, atol=1e-5) for ddof in (0, 1)):
            return (
                f"The first column of train became {_numbers(first[:4, 0])}. Expected: "
                f"{_numbers(_scaled(train, by=train)[:4, 0])}."
            )
        if any(np.allclose(second, _scaled(test, by=train, ddof=ddof), rtol=1e-4, atol=1e-5) for ddof in (0, 1)):
            return None
        own = any(np.allclose(second, _scaled(test, by=test, ddof=ddof), rtol=1e-4, atol=1e-5) for ddof in (0, 1))
        how = "with statistics of test itself" if own else f"to {_numbers(second[:4, 0])} in its first column"
        return f"It scaled test {how}. Expected: by those of train, {_numbers(_scaled(test, by=train)[:4, 0])}."

    return problem


def _scaled(array: Array, *, by: Array, ddof: int = 0) -> Array:
    spread = by.std(axis=0, ddof=ddof)
    return np.asarray((array - by.mean(axis=0)) / np.where(spread > 0, spread, 1))


# --- words ----------------------------------------------------------------------------------------


def _shape(array: Array) -> str:
    return str(tuple(array.shape))


def _written(array: Array) -> str:
    return f", {_numbers(array)}" if array.size <= SHOWN else ""


def _numbers(array: Array) -> str:
    """Return an array's numbers as a list, to four digits."""
    if array.ndim > 1:
        return "[" + ", ".join(_numbers(row) for row in array) + "]"
    return "[" + ", ".join(_number(value) for value in array.reshape(-1)) + "]"


def _number(value: Any) -> str:  # noqa: ANN401 - any number of NumPy's
    return f"{float(value):.4g}"
