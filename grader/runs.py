"""What a submission did on one data set: training runs, the rounds of K-fold among them, and which may be graded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from grader.calls import Calls
from grader.capture import FitRecord, UseRecord
from grader.data import RawData
from grader.events import Figure
from grader.recognise import Encoding, Seen, TargetEncoding
from grader.records import Evidence, Execution
from grader.structure import Structure
from grader.writing import Line

Array = np.ndarray[Any, Any]
MOST_ROWS = 0.75  # of the training rows: K-fold on fewer is K-fold of a sample
FEWEST_FOLDS = 3  # two halves are two hold-outs
Validation = Literal["held_out", "training_rows", "test_rows", "unknown", "none"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """One evaluate or predict with the weights a run ended with, and the raw rows it was on, where recognised."""

    use: UseRecord
    seen: Seen | None


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """One training of one model on rows of this task's data set."""

    number: int  # in order of training, from 1
    fit: FitRecord
    inputs: Encoding
    input_shape: tuple[int, ...]  # of all rows handed to fit
    targets: TargetEncoding
    target_shape: tuple[int, ...]
    rows: Array  # (fitted rows,): places in the raw data, training rows first, then test rows
    held_out: Array  # (rows,): validation rows given to fit, or evaluated right after it
    validation: Validation
    fresh: bool  # started from weights that no earlier fit had left behind
    tested: bool  # evaluated or predicted on test rows by the student
    test_inputs: tuple[Encoding, ...]  # encodings of the test arrays it was used on
    structure: Structure
    structure_evidence: Evidence
    looks: tuple[Look, ...] = ()  # what the student used it on
    scores: Mapping[str, float] = field(default_factory=dict)
    scores_evidence: Evidence = Evidence.NONE
    observed: bool = True  # False: only the model was seen, used on test rows; nothing is known of its training
    restored: bool = False  # its weights were saved during the training and loaded back

    @property
    def finished(self) -> bool:
        """Whether the training ended without an exception."""
        return self.fit.finished

    @property
    def best_epoch(self) -> int | None:
        """Epoch, from 1, with the least validation loss."""
        series = self.fit.history.get("val_loss")
        return int(np.argmin(np.nan_to_num(series, nan=np.inf))) + 1 if series else None


@dataclass(frozen=True, kw_only=True)
class TaskCapture:
    """What a submission did on one data set; ``graded`` is the run that all questions about a model are about."""

    raw: RawData
    runs: tuple[TrainingRun, ...]
    figures: tuple[Figure, ...]
    execution: Execution
    unseen: int = 0  # trainings that could not be observed: data that can't be read, custom loops, faults
    graded: TrainingRun | None = None
    writing: tuple[Line, ...] = ()  # of markdown cells
    calls: Calls | None = None  # of functions that the assignment asks for; None: none were called

    @cached_property
    def folds(self) -> tuple[tuple[TrainingRun, ...], ...]:
        """Rounds of K-fold validation, each the runs of its folds in order."""
        return tuple(_rounds(self.runs, self.train_rows))

    @cached_property
    def candidates(self) -> tuple[TrainingRun, ...]:
        """Runs that may be the graded one: those used on test rows, else all that were trained."""
        trained = [run for run in self.runs if run.finished]
        tested = [run for run in trained if run.tested]
        folded = {run.number for group in self.folds for run in group}
        alone = [run for run in trained if run.number not in folded]
        return tuple(tested or alone or trained or self.runs)

    @property
    def train_rows(self) -> int:
        """Number of training rows of the data set."""
        return self.raw.train_rows


def _rounds(runs: Iterable[TrainingRun], train_rows: int) -> list[tuple[TrainingRun, ...]]:
    """Find k fits of fresh models whose validation rows are disjoint and cover all but fewer than k rows."""
    rounds: list[tuple[TrainingRun, ...]] = []
    begun: list[list[TrainingRun]] = []  # several at a time: a loop over folds may try several models in each
    for run in runs:
        if not (run.fresh and run.finished and run.validation == "held_out"):
            continue
        group = next((group for group in reversed(begun) if _belongs(run, group)), [])
        if not group:
            begun.append(group)
        group.append(run)
        if len(group) >= FEWEST_FOLDS and _covers(group, train_rows):
            rounds.append(tuple(group))
            begun = [other for other in begun if other is not group]
    return rounds


def _belongs(run: TrainingRun, group: list[TrainingRun]) -> bool:
    """Say whether a run is one more fold: the same layers, validated on other rows."""
    return run.structure.blocks == group[0].structure.blocks and _disjoint(group, run)


def _disjoint(group: list[TrainingRun], run: TrainingRun) -> bool:
    return all(not np.intersect1d(other.held_out, run.held_out).size for other in group)


def _covers(group: list[TrainingRun], train_rows: int) -> bool:
    """Say whether folds cover the rows they use, and those are most training rows; a final test part may be set aside.

    The book's ``len // k`` rows a fold drop a remainder of fewer than k rows.
    """
    everything = np.unique(np.concatenate([np.concatenate([run.rows, run.held_out]) for run in group]))
    covered = sum(len(np.unique(run.held_out)) for run in group)
    return len(everything) - covered < len(group) and covered >= MOST_ROWS * train_rows
