"""What a solved task hands back: figures, curves, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from reference.report import ClassReport

__all__ = ["Data", "Panel", "Result"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Data:
    """One task's data, encoded and ready to train on; the first axis counts samples."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]

    def first(self, rows: int) -> Data:
        """Return no more than the first ``rows`` training and test rows, for a quick look."""
        parts = (self.x_train, self.y_train, self.x_test, self.y_test)
        # Copies, so that the whole can be forgotten.
        x_train, y_train, x_test, y_test = (part[:rows].copy() for part in parts)
        return Data(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One plot of a task: curves over epochs."""

    title: str
    label: str
    """What the vertical axis measures, with its unit."""
    curves: Mapping[str, list[float]]
    """One value per epoch, by the curve's name."""
    first_epoch: int = 1
    """The epoch of the first value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """All that the book reports of a task."""

    figures: dict[str, float]
    """Measured figures by name; accuracies are shares of 1, MAE is in the unit of the task's targets."""
    panels: tuple[Panel, ...]
    predictions: NDArray[Any]
    """The final model's output on the test data, of shape ``(samples, outputs)``."""
    report: ClassReport | None = None
    """Of a classification: which class was taken for which."""
