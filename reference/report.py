"""Say of a classifier's answers which class was taken for which: confusion matrix, per-class report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Counts = NDArray[np.int64]
    Shares = NDArray[np.float64]

__all__ = ["ClassReport", "confusion_matrix", "most_common"]


def confusion_matrix(truth: ArrayLike, answers: ArrayLike, classes: Sequence[int]) -> Counts:
    """Count how often each class was answered with each.

    Args:
        truth: Class of each sample, of shape ``(samples,)``.
        answers: Class that was answered, of the same shape.
        classes: The classes in the order of rows and columns.

    Returns:
        Counts of shape ``(classes, classes)``; rows are the truth, columns the answers.
    """
    truth, answers = np.asarray(truth), np.asarray(answers)
    return np.array([[np.sum((truth == row) & (answers == column)) for column in classes] for row in classes])


def most_common(y_train: ArrayLike, y_test: ArrayLike) -> float:
    """Return the share of test labels, ``(samples,)``, that the commonest training label gets right."""
    classes, counts = np.unique(np.asarray(y_train), return_counts=True)
    return float(np.mean(np.asarray(y_test) == classes[counts.argmax()]))


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassReport:
    """How well each class was recognised; shares without any sample to take them of are 0."""

    names: tuple[str, ...]
    confusion: Counts
    """Counts of shape ``(classes, classes)``; rows are the truth, columns the answers."""

    @classmethod
    def of(cls, truth: ArrayLike, answers: ArrayLike, classes: Sequence[int], names: Sequence[str] = ()) -> ClassReport:
        """Compare answers with the truth; arguments as of :func:`confusion_matrix`, and the classes' names."""
        return cls(names=tuple(names or map(str, classes)), confusion=confusion_matrix(truth, answers, classes))

    @property
    def support(self) -> Counts:
        """Number of samples of each class, ``(classes,)``."""
        return np.asarray(self.confusion.sum(axis=1))

    @property
    def precision(self) -> Shares:
        """Of the samples that were given a class, the share that is of it, ``(classes,)``."""
        return _share(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @property
    def recall(self) -> Shares:
        """Of the samples of a class, the share that was given it, ``(classes,)``."""
        return _share(self.confusion.diagonal(), self.support)

    @property
    def f1(self) -> Shares:
        """Harmonic mean of precision and recall, ``(classes,)``."""
        return _share(2 * self.precision * self.recall, self.precision + self.recall)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain lists, for JSON."""
        return {
            "classes": list(self.names),
            "confusion": self.confusion.tolist(),
            "precision": self.precision.tolist(),
            "recall": self.recall.tolist(),
            "f1": self.f1.tolist(),
            "support": self.support.tolist(),
        }


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Shares:
    return np.asarray(np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0))
