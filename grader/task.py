"""Capture + raw data → what a submission did on one task: which rows, which encoding, validated on what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from grader.capture import Capture, FitRecord, UseRecord
from grader.data import RawData
from grader.known import Known, are_test_rows
from grader.recognise import Seen
from grader.recognise.encodings import UNKNOWN_ROW
from grader.records import Evidence, Execution
from grader.runs import Look, TaskCapture, TrainingRun, Validation
from grader.splits import Handling, own_test_rows
from grader.structure import NO_MODEL, structure
from grader.unobserved import strangers, unobserved_run

Array = np.ndarray[Any, Any]


def task_capture(capture: Capture, raw: RawData, execution: Execution, *, classes: int | None) -> TaskCapture:
    """Return a submission's work on one data set, not yet scored; runs on other data are left out."""
    known = Known(raw, classes)
    if raw.split == "assignment":
        known = _with_own_split(capture, known)
    strange = strangers(capture, known)
    runs: list[TrainingRun] = []
    left: set[str] = set()
    for fit in capture.fits:
        earlier = {str(use.state) for use in strange if use.id < fit.id}
        run = _run(len(runs) + 1, fit, capture, known, left=frozenset(left | earlier))
        left |= fit.left - {str(fit.before)}  # a fit that failed before its first step taught the model nothing
        if run is not None:
            runs.append(run)
    runs += [unobserved_run(len(runs) + place, use, capture, known) for place, use in enumerate(strange, start=1)]
    return TaskCapture(
        raw=known.raw, runs=tuple(runs), figures=capture.figures, execution=execution,
        unseen=_unseen(capture, known) + len(strange),
    )  # fmt: skip


def _with_own_split(capture: Capture, known: Known) -> Known:
    """Share out the rows as the student did, where that is not how the assignment does it."""
    raw = known.raw
    handled = [_handling(fit, capture, known) for fit in capture.fits if fit.finished]
    rows = own_test_rows([each for each in handled if each is not None], raw.test_rows, len(raw.y))
    if rows is None:
        rows = own_test_rows(_untold(capture, known), raw.test_rows, len(raw.y))
    if rows is None or np.array_equal(rows, np.arange(raw.train_rows, len(raw.y))):
        return known
    return known.with_test_rows(rows)


def _handling(fit: FitRecord, capture: Capture, known: Known) -> Handling | None:
    seen = known.look_pair(fit.x, fit.y)
    if seen is None:
        return None
    split = _split(len(seen.positions), fit.validation_split if fit.validation is None else 0.0)
    given = known.look_pair(*fit.validation) if fit.validation is not None else None
    used = [known.look_pair(use.x, use.y) for use in capture.uses if use.state in fit.left]
    return Handling(
        fitted=seen.positions[:split],
        validated=seen.positions[split:] if given is None else given.positions,
        used=[each.positions for each in used if each is not None],
    )


def _untold(capture: Capture, known: Known) -> list[Handling]:
    """Return what models were used on whose training was not observed: nothing is known of their other rows."""
    nothing = np.empty(0, np.int64)
    left = {state for fit in capture.fits for state in fit.left}
    used = [known.look_pair(use.x, use.y) for use in capture.uses if use.state not in left]
    rows = [each.positions for each in used if each is not None]
    return [Handling(fitted=nothing, validated=nothing, used=rows)] if rows else []


def _unseen(capture: Capture, known: Known) -> int:
    """Return how many trainings were hidden from the recorder, where this data set was loaded at all.

    Some data can't be read as they pass, in custom loops only the optimizer is seen, and the recorder itself may
    have failed. A model used on test rows whose weights no fit left behind counts beside these.
    """
    if not any(load.loader == known.raw.loader for load in capture.loads):
        return 0
    parts = [part for fit in capture.fits if fit.finished for part in (fit.x, *(fit.validation or ())[:1]) if part]
    unread = sum(part.tensor is None or part.kind == "too_large" for part in parts)
    return int(unread) + capture.unobserved + len(capture.faults)


def _run(number: int, fit: FitRecord, capture: Capture, known: Known, *, left: frozenset[str]) -> TrainingRun | None:
    seen = known.look_pair(fit.x, fit.y)
    if seen is None or fit.x is None or (seen.positions == UNKNOWN_ROW).all():
        return None
    share = fit.validation_split if fit.validation is None else 0.0  # Keras prefers validation_data
    split = _split(len(seen.positions), share)
    used = [(use, known.look_pair(use.x, use.y)) for use in capture.uses if use.state in fit.left]
    held_out, validation = _validation(fit, seen.positions, split, known, [item for _, item in used if item])
    tests = [(use, item) for use, item in used if item is not None and are_test_rows(item.positions, known.raw)]
    final = tests[-1][0].state if tests else fit.after
    return TrainingRun(
        number=number,
        fit=replace(fit, after=final, on_the_way=(*fit.on_the_way, *filter(None, (fit.after,)))),
        inputs=seen.encoding,
        input_shape=fit.x.shape,
        targets=known.targets(fit.y, seen.positions),
        target_shape=fit.y.shape if fit.y else (),
        rows=seen.positions[:split],
        held_out=held_out,
        validation=validation,
        fresh=fit.before is None or fit.before not in left,
        tested=bool(tests) or _used_on_unknown_test(used, known.raw),
        test_inputs=tuple(item.encoding for _, item in tests),
        structure=structure(fit.structure or NO_MODEL),
        structure_evidence=Evidence.RECORDED,
        looks=tuple(Look(use=use, seen=item) for use, item in used),
        restored=final != fit.after,
    )


def _split(rows: int, share: float) -> int:
    """Return how many rows Keras trains on under ``validation_split``: it holds out the last ones."""
    return rows if not 0 < share < 1 else int(np.floor(rows * (1 - share)))


def _validation(
    fit: FitRecord, positions: Array, split: int, known: Known, evaluated: list[Seen]
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
    others = [(rows, kind) for rows, kind in own if not are_test_rows(rows, known.raw)]
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


def _used_on_unknown_test(used: Iterable[tuple[UseRecord, Seen | None]], raw: RawData) -> bool:
    """Say whether the model was used on an array of as many rows as the test set that can't be recognised."""
    return any(seen is None and use.x is not None and use.x.shape[:1] == raw.y_test.shape[:1] for use, seen in used)
