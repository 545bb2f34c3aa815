"""Arrays of a capture, recognised as rows of one data set: each is looked at once, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.capture import Part
from grader.data import RawData
from grader.recognise import Encoding, Seen, TargetEncoding, recognise, recognise_targets, rows_by_labels
from grader.recognise.encodings import UNKNOWN_ROW

Array = np.ndarray[Any, Any]
WIDEST_TARGETS = 2048  # columns


@dataclass(frozen=True)
class Known:
    """Arrays recognised so far, by what they are: recognising one takes up to a second."""

    raw: RawData
    classes: int | None
    seen: dict[str, Seen | None] = field(default_factory=dict)

    def look_pair(self, x: Part | None, y: Part | None) -> Seen | None:
        """Return the encoding and raw rows of inputs; of an unknown encoding, the rows that their labels tell."""
        seen = self.look(x)
        if seen is not None or x is None or y is None or y.tensor is None or x.shape[:1] != y.shape[:1]:
            return seen
        if x.tensor is None or y.kind not in {"dense", "levels", "sparse"} or too_wide(y):
            return None
        rows = rows_by_labels(dense(y), self.raw.y, classes=self.classes)
        return None if rows is None else Seen(encoding=Encoding(kind="unknown"), positions=rows)

    def look(self, part: Part | None) -> Seen | None:
        """Return the encoding and raw rows of a part of a stored array, or None."""
        if part is None or part.tensor is None or part.kind == "too_large":
            return None
        key = f"{part.tensor.id}/{part.tensor.shape}"
        if key not in self.seen:
            self.seen[key] = recognise(part.tensor, self.raw)
        whole = self.seen[key]
        return None if whole is None else Seen(encoding=whole.encoding, positions=whole.positions[part.rows])

    def on_test(self, x: Part | None, y: Part | None) -> Seen | None:
        """Return what is known of an array of inputs whose rows are mostly test rows, else None."""
        seen = self.look_pair(x, y)
        return seen if seen is not None and are_test_rows(seen.positions, self.raw) else None

    def targets(self, part: Part | None, positions: Array) -> TargetEncoding:
        """Return how targets of rows at ``positions``, (rows,), are encoded."""
        if part is None or part.tensor is None or part.tensor.kind == "too_large" or too_wide(part):
            return TargetEncoding(kind="unknown")
        return recognise_targets(dense(part), positions, self.raw.y, classes=self.classes)

    def with_test_rows(self, rows: Array) -> Known:
        """Return the same with other rows as test rows, (rows,); what was recognised is moved, not looked at again."""
        raw = self.raw
        test = np.isin(np.arange(len(raw.y)), rows)
        place = np.where(test, (~test).sum() + np.cumsum(test), np.cumsum(~test)) - 1  # of each row in the new order
        moved = {key: None if seen is None else _moved(seen, place) for key, seen in self.seen.items()}
        return Known(raw.with_test_rows(rows), self.classes, moved)


def _moved(seen: Seen, place: Array) -> Seen:
    """Return what was recognised with its rows at their new places."""
    known = seen.positions != UNKNOWN_ROW
    return replace(seen, positions=np.where(known, place[seen.positions], UNKNOWN_ROW))


def are_test_rows(positions: Array, raw: RawData) -> bool:
    """Say whether most rows are test rows; equal rows of the training set count as those."""
    return bool(len(positions) and (positions >= raw.train_rows).mean() > 0.5)


def too_wide(part: Part) -> bool:
    """Say whether targets have more columns than any task has classes: only a forged table promises so many."""
    return any(size > WIDEST_TARGETS for size in part.shape[1:])


def dense(part: Part) -> Array:
    """Return the rows of a target array; large one-hot matrices are stored sparse."""
    if part.tensor is None:  # pragma: no cover - callers have checked
        return np.empty(0)
    if part.tensor.full:
        return part.tensor.values()[part.rows]
    sparse = part.tensor.sparse() or {}
    values = np.zeros(part.tensor.shape, np.float32)
    rows = np.repeat(np.arange(len(values)), np.diff(sparse["starts"]))
    values[rows, sparse["columns"]] = sparse.get("values", 1.0)
    return values[part.rows]
