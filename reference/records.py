"""What a solved task hands back: figures, curves, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Data", "Panel", "Result"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Data:
    """One task's data, encoded and ready to train on; the first axis counts samples."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]


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
    """Measured figures by name; accuracies are shares of 1, MAE is in 100,000 dollars."""
    panels: tuple[Panel, ...]
    predictions: NDArray[Any]
    """The final model's output on the test data, of shape ``(samples, outputs)``."""
