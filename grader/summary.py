"""Training runs → the rows of the experiment table."""

from __future__ import annotations

from collections.abc import Iterable

from grader.checks.words import loss_name
from grader.records import Layer, RunMetrics, RunSummary
from grader.runs import TaskCapture, TrainingRun
from grader.structure import Structure


def summaries(capture: TaskCapture) -> tuple[RunSummary, ...]:
    """Return one row for each training run of a task."""
    return tuple(_summary(run, capture) for run in capture.runs)


def _summary(run: TrainingRun, capture: TaskCapture) -> RunSummary:
    fit = run.fit
    return RunSummary(
        run=run.number,
        cell=fit.cell,
        architecture=run.structure.text(),
        layers=tuple(_layers(run.structure)),
        parameters=run.structure.parameters,
        optimizer=fit.compile.optimizer,
        loss=loss_name(fit.compile.loss),
        metrics=fit.compile.metrics,
        epochs=fit.epochs,
        batch_size=fit.batch_size,
        train_rows=len(run.rows),
        validation_rows=len(run.held_out),
        validation=run.validation,
        best_epoch=run.best_epoch,
        history=dict(fit.history),
        test=tuple(
            RunMetrics(name=name, value=value, evidence=run.scores_evidence) for name, value in run.scores.items()
        ),
        seconds=round(fit.seconds, 2),
        fresh=run.fresh,
        role=_role(run, capture),
    )


def _layers(structure: Structure) -> Iterable[Layer]:
    for layer in structure.layers:
        yield Layer(
            kind=layer.class_, units=layer.units, activation=layer.activation, output_shape=layer.output_shape,
            custom=layer.custom,
        )  # fmt: skip


def _role(run: TrainingRun, capture: TaskCapture) -> str:
    if capture.graded is not None and run.number == capture.graded.number:
        return "graded"
    for group in capture.folds:
        for place, member in enumerate(group, start=1):
            if member.number == run.number:
                return f"fold {place} of {len(group)}"
    if not run.observed:
        return "training not observed"
    if run.targets.kind == "shuffled":
        return "labels shuffled"
    return "" if run.finished else "did not finish"
