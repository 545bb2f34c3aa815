"""Models whose training was not observed: weights used on test rows that no recorded training left behind."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.capture import Capture, FitRecord, UseRecord
from grader.events import CompileNote
from grader.known import Known
from grader.recognise import TargetEncoding
from grader.records import Evidence
from grader.runs import Look, TrainingRun
from grader.structure import NO_MODEL, structure

Array = np.ndarray[Any, Any]
MOST_MODELS = 50  # the latest
NOTHING = np.empty(0, np.int64)


def strangers(capture: Capture, known: Known) -> tuple[UseRecord, ...]:
    """Return the first use on test rows of each state of weights that no recorded training left behind.

    These come from custom loops, from files, or from data that could not be read. Weights that a fit began with
    are untrained, and a model that was never compiled is only trained where a custom loop was seen.
    """
    left = {state for fit in capture.fits for state in fit.left}
    untrained = {(fit.model, fit.before) for fit in capture.fits}
    found: dict[str, UseRecord] = {}
    for use in capture.uses:
        begun = (use.model, use.state) in untrained and not use.steps
        if use.state is None or use.state in left or begun or not (use.compile or capture.unobserved):
            continue
        if use.state not in found and known.on_test(use.x, use.y) is not None:
            found[use.state] = use
    return tuple(found.values())[-MOST_MODELS:]


def unobserved_run(number: int, use: UseRecord, capture: Capture, known: Known) -> TrainingRun:
    """Return a run of which only the trained model is known, with the encoding of the test rows it was used on."""
    uses = [other for other in capture.uses if other.state == use.state]
    seen = [(other, item) for other in uses if (item := known.on_test(other.x, other.y)) is not None]
    targets = [known.targets(other.y, item.positions) for other, item in seen]
    return TrainingRun(
        number=number,
        fit=_fit(use),
        inputs=seen[0][1].encoding,
        input_shape=use.x.shape if use.x else (),
        targets=next((each for each in targets if each.kind != "unknown"), TargetEncoding(kind="unknown")),
        target_shape=(),
        rows=NOTHING,
        held_out=NOTHING,
        validation="unknown",
        fresh=True,
        tested=True,
        test_inputs=tuple(item.encoding for _, item in seen),
        structure=structure(capture.structures.get(str(use.state), NO_MODEL)),
        structure_evidence=Evidence.RECORDED,
        looks=tuple(Look(use=other, seen=known.look_pair(other.x, other.y)) for other in uses),
        observed=False,
    )


def _fit(use: UseRecord) -> FitRecord:
    """Return a stand-in for the training: the compile in force when the model was used, and the weights it used."""
    return FitRecord(
        id=use.id, cell=use.cell, line=use.line, compile_line=None, compile_cell=None, model=use.model,
        before=None, after=use.state, compile=use.compile or CompileNote(),
        x=None, y=None, validation=None, validation_split=0.0, epochs=0,
        batch_size=None, callbacks=(), history={}, seconds=0.0, error=None, structure=None,
    )  # fmt: skip
