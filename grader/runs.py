"""Capture + raw data → training runs of one task: which rows, which encoding, validated on what, fresh or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from grader.capture import Capture, FitRecord, Part, UseRecord
from grader.data import RawData
from grader.events import Figure, StructureNote
from grader.recognise import Encoding, Seen, TargetEncoding, recognise, recognise_targets, rows_by_labels
from grader.recognise.encodings import UNKNOWN_ROW
from grader.records import Evidence, Execution
from grader.splits import Handling, own_test_rows
from grader.structure import Structure, structure

Array = np.ndarray[Any, Any]
MOST_ROWS = 0.75  # of the training rows: K-fold on fewer is K-fold of a sample
FEWEST_FOLDS = 3  # two halves are two hold-outs
WIDEST_TARGETS = 2048  # columns
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
    unseen: int = 0  # trainings that could not be observed: tf.data sets, generators, custom loops, faults
    graded: TrainingRun | None = None

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


@dataclass(frozen=True)
class _Known:
    """Arrays recognised so far, by what they are: recognising one takes up to a second."""

    raw: RawData
    classes: int | None
    seen: dict[str, Seen | None] = field(default_factory=dict)

    def look_pair(self, x: Part | None, y: Part | None) -> Seen | None:
        """Return the encoding and raw rows of inputs; of an unknown encoding, the rows that their labels tell."""
        seen = self.look(x)
        if seen is not None or x is None or y is None or y.tensor is None or x.shape[:1] != y.shape[:1]:
            return seen
        if x.tensor is None or y.kind not in {"dense", "levels", "sparse"} or _too_wide(y):
            return None
        rows = rows_by_labels(target_values(y), self.raw.y, classes=self.classes)
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


def task_capture(capture: Capture, raw: RawData, execution: Execution, *, classes: int | None) -> TaskCapture:
    """Return a submission's work on one data set, not yet scored; runs on other data are left out."""
    known = _Known(raw, classes)
    if raw.split == "assignment":
        known = _with_own_split(capture, known)
        raw = known.raw
    runs: list[TrainingRun] = []
    after: set[str] = set()
    for fit in capture.fits:
        run = _run(len(runs) + 1, fit, capture, known, after=frozenset(after))
        if fit.after not in (None, fit.before):  # a fit that failed before its first step taught the model nothing
            after.add(fit.after)
        if run is not None:
            runs.append(run)
    return TaskCapture(
        raw=raw, runs=tuple(runs), figures=capture.figures, execution=execution, unseen=_unseen(capture, known)
    )


def _with_own_split(capture: Capture, known: _Known) -> _Known:
    """Share out the rows as the student did, where that is not how the assignment does it."""
    raw = known.raw
    handled = [_handling(fit, capture, known) for fit in capture.fits if fit.finished]
    rows = own_test_rows([each for each in handled if each is not None], raw.test_rows, len(raw.y))
    if rows is None or np.array_equal(rows, np.arange(raw.train_rows, len(raw.y))):
        return known
    test = np.isin(np.arange(len(raw.y)), rows)
    place = np.where(test, (~test).sum() + np.cumsum(test), np.cumsum(~test)) - 1  # of each row in the new order
    moved = {key: None if seen is None else _moved(seen, place) for key, seen in known.seen.items()}
    return _Known(raw.with_test_rows(rows), known.classes, moved)


def _moved(seen: Seen, place: Array) -> Seen:
    """Return what was recognised with its rows at their new places."""
    known = seen.positions != UNKNOWN_ROW
    return replace(seen, positions=np.where(known, place[seen.positions], UNKNOWN_ROW))


def _handling(fit: FitRecord, capture: Capture, known: _Known) -> Handling | None:
    seen = known.look_pair(fit.x, fit.y)
    if seen is None:
        return None
    split = _split(len(seen.positions), fit.validation_split if fit.validation is None else 0.0)
    given = known.look_pair(*fit.validation) if fit.validation is not None else None
    used = [known.look_pair(use.x, use.y) for use in capture.uses if use.state == fit.after]
    return Handling(
        fitted=seen.positions[:split],
        validated=seen.positions[split:] if given is None else given.positions,
        used=[each.positions for each in used if each is not None],
    )


def _unseen(capture: Capture, known: _Known) -> int:
    """Return how many trainings were hidden from the recorder, where this data set was loaded at all.

    Data sets and generators are never consumed, custom loops are not wrapped, and the recorder itself may
    have failed. A model used on test rows whose weights no fit left behind was trained in such a way too.
    """
    if not any(load.loader == known.raw.loader for load in capture.loads):
        return 0
    parts = [part for fit in capture.fits if fit.finished for part in (fit.x, *(fit.validation or ())[:1]) if part]
    streams = sum(part.tensor is None or part.kind == "too_large" for part in parts)
    left = {fit.after for fit in capture.fits}
    strange = {use.state for use in capture.uses if use.state not in left and _is_test(use, known)}
    return int(streams) + len(strange) + capture.unobserved + len(capture.faults)


def _is_test(use: UseRecord, known: _Known) -> bool:
    seen = known.look_pair(use.x, use.y)
    return seen is not None and _on_test(seen.positions, known.raw)


def _run(
    number: int,
    fit: FitRecord,
    capture: Capture,
    known: _Known,
    *,
    after: frozenset[str],
) -> TrainingRun | None:
    seen = known.look_pair(fit.x, fit.y)
    if seen is None or fit.x is None or (seen.positions == UNKNOWN_ROW).all():
        return None
    share = fit.validation_split if fit.validation is None else 0.0  # Keras prefers validation_data
    split = _split(len(seen.positions), share)
    used = [
        (use, known.look_pair(use.x, use.y)) for use in capture.uses if fit.after is not None and use.state == fit.after
    ]
    held_out, validation = _validation(fit, seen.positions, split, known, [item for _, item in used if item])
    tests = [item for _, item in used if item is not None and _on_test(item.positions, known.raw)]
    return TrainingRun(
        number=number,
        fit=fit,
        inputs=seen.encoding,
        input_shape=fit.x.shape,
        targets=_targets(fit, seen.positions, known),
        target_shape=fit.y.shape if fit.y else (),
        rows=seen.positions[:split],
        held_out=held_out,
        validation=validation,
        fresh=fit.before is None or fit.before not in after,
        tested=bool(tests) or _used_on_unknown_test(used, known.raw),
        test_inputs=tuple(item.encoding for item in tests),
        structure=structure(fit.structure or StructureNote(**{"class": "?", "kind": "subclass"})),
        structure_evidence=Evidence.RECORDED,
        looks=tuple(Look(use=use, seen=item) for use, item in used),
    )


def _split(rows: int, share: float) -> int:
    """Return how many rows Keras trains on under ``validation_split``: it holds out the last ones."""
    return rows if not 0 < share < 1 else int(np.floor(rows * (1 - share)))


def _targets(fit: FitRecord, positions: Array, known: _Known) -> TargetEncoding:
    part = fit.y
    if part is None or part.tensor is None or part.tensor.kind == "too_large" or _too_wide(part):
        return TargetEncoding(kind="unknown")
    values = target_values(part)
    return recognise_targets(values, positions, known.raw.y, classes=known.classes)


def _too_wide(part: Part) -> bool:
    """Say whether targets have more columns than any task has classes: only a forged table promises so many."""
    return any(size > WIDEST_TARGETS for size in part.shape[1:])


def target_values(part: Part) -> Array:
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


def _validation(
    fit: FitRecord, positions: Array, split: int, known: _Known, evaluated: list[Seen]
) -> tuple[Array, Validation]:
    nothing = np.empty(0, np.int64)
    if fit.validation is not None:
        seen = known.look_pair(*fit.validation)
        if seen is None:
            return nothing, "unknown"
        return seen.positions, _kind_of(seen.positions, positions[:split], known.raw)
    if split < len(positions):
        return positions[split:], _kind_of(positions[split:], positions[:split], known.raw)
    own = [(seen.positions, _kind_of(seen.positions, positions, known.raw)) for seen in evaluated]
    held_out = [(rows, kind) for rows, kind in own if kind == "held_out"]
    others = [(rows, kind) for rows, kind in own if not _on_test(rows, known.raw)]
    return next(iter(held_out or others), (nothing, "none"))


def _kind_of(held_out: Array, fitted: Array, raw: RawData) -> Validation:
    """Say what validation rows are; a few equal rows on both sides are no evidence of overlap."""
    if not len(held_out):
        return "none"
    if (held_out >= raw.train_rows).mean() > 0.01:
        return "test_rows"
    if (held_out == UNKNOWN_ROW).mean() > 0.05:
        return "unknown"
    placed = held_out[held_out != UNKNOWN_ROW]
    placed = placed[~raw.repeated[placed]]
    return "training_rows" if len(placed) and np.isin(placed, fitted).mean() > 0.05 else "held_out"


def _on_test(positions: Array, raw: RawData) -> bool:
    """Say whether most rows are test rows; equal rows of the training set count as those."""
    return bool(len(positions) and (positions >= raw.train_rows).mean() > 0.5)


def _used_on_unknown_test(used: Iterable[tuple[Any, Seen | None]], raw: RawData) -> bool:
    """Say whether the model was used on an array of as many rows as the test set that can't be recognised."""
    return any(seen is None and use.x is not None and use.x.shape[:1] == raw.y_test.shape[:1] for use, seen in used)


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
