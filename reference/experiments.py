"""Run a task's edition and its exercises, and gather what they measured; imports no Keras by itself."""

from __future__ import annotations

import dataclasses
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reference.editions import choose, default, limit_epochs, limit_rows, seeded, vary
from reference.errors import UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from _typeshed import DataclassInstance

    from reference.records import Data, Result

__all__ = ["BASE", "TASKS", "Plan", "Shelf", "as_record", "final_runs"]

TASKS = {
    "imdb": "reference.imdb",
    "reuters": "reference.reuters",
    "california-housing": "reference.california_housing",
    "boston-housing": "reference.boston_housing",
    "california-housing-full": "reference.california_full",
    "fashion-mnist": "reference.fashion_mnist",
    "breast-cancer": "reference.breast_cancer",
}
BASE = "base"
"""Name of the edition's own model among the experiments."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be run of one task."""

    name: str
    """The task's, one of :data:`TASKS`."""
    edition: str | None = None
    """None for the task's own default."""
    seed: int = 0
    most_epochs: int | None = None
    most_rows: int | None = None
    """Bounds for a quick look."""

    def module(self) -> ModuleType:
        """Return the task's module; imports Keras.

        Raises:
            UnknownChoiceError: There is no such task.
        """
        if self.name not in TASKS:
            raise UnknownChoiceError(kind="task", name=self.name, choices=TASKS)
        return importlib.import_module(TASKS[self.name])

    def settings(self, experiment: str | None = None) -> DataclassInstance:
        """Return the edition's settings with the experiment's changes, within the plan's bounds.

        Raises:
            UnknownChoiceError: The task has no such edition or experiment.
        """
        task = self.module()
        settings: DataclassInstance = choose(task.EDITIONS, self.edition or default(task.EDITIONS))
        if experiment is not None and experiment != BASE:
            settings = vary(settings, task.EXERCISES, experiment)
        if self.most_epochs is not None:
            settings = limit_epochs(settings, self.most_epochs)
        if self.most_rows is not None:
            settings = limit_rows(settings, self.most_rows)
        return seeded(settings, self.seed)


class Shelf:
    """Keeps the data loaded last, and loads anew when a setting changes that loading depends on."""

    def __init__(self, task: ModuleType, most_rows: int | None = None) -> None:
        """Start without data; ``most_rows`` bounds how many rows are kept."""
        self._task, self._most_rows = task, most_rows
        self._key: tuple[Any, ...] | None = None
        self._data: Data | None = None

    def data(self, settings: DataclassInstance) -> Data:
        """Return the task's data for these settings."""
        key = tuple(getattr(settings, name) for name in self._task.READS)
        if self._data is None or key != self._key:
            self._data = None  # two sets at once may not fit into the memory
            loaded: Data = self._task.load(settings)
            self._data = loaded if self._most_rows is None else loaded.first(self._most_rows)
            self._key = key
        return self._data


def final_runs(
    task: ModuleType, settings: DataclassInstance, shelf: Shelf, *, first_seed: int, seeds: int
) -> Iterator[dict[str, float]]:
    """Repeat the last training with one seed after another; yield each one's seed and scores.

    Data is encoded once, unless a run splits the rows by its own seed.
    """
    for seed in range(first_seed, first_seed + seeds):
        varied = seeded(settings, seed)
        _, scores = task.train_final(varied, shelf.data(varied))
        yield {"seed": seed, **scores}


def as_record(result: Result) -> dict[str, Any]:
    """Return a result's figures, curves and report as plain values, for JSON."""
    record: dict[str, Any] = {
        "figures": result.figures,
        "curves": [dataclasses.asdict(panel) for panel in result.panels],
    }
    if result.report is not None:
        record["report"] = result.report.as_dict()
    return record
