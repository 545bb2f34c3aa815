"""Chooses which training runs get learning curves, and says in words what each curve shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grader.report.axes import usable
from grader.report.charts import Series, ceiling, line_chart
from grader.report.folds import fold_mean
from grader.report.words import NOTHING, counted, figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.records import Result, RunSummary

_METRICS: Final = {
    "accuracy": "Accuracy",
    "acc": "Accuracy",
    "binary_accuracy": "Accuracy",
    "categorical_accuracy": "Accuracy",
    "sparse_categorical_accuracy": "Accuracy",
    "mae": "Mean absolute error",
    "mean_absolute_error": "Mean absolute error",
}
_DRAWN_MOST: Final = 12  # runs; a K-fold round repeated many times is told by its table
_ROWS_MOST: Final = 40  # rows of one curve's data table
_RISEN: Final = 1.05  # a validation loss this many times its least has turned up


@dataclass(frozen=True, kw_only=True)
class DataTable:
    """The numbers behind a run's curves: one row per epoch, thinned when there are many."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class RunCurves:
    """One run's learning curves, ready for the page."""

    title: str
    run: RunSummary
    charts: tuple[str, ...]
    reading: str
    notes: tuple[str, ...]
    table: DataTable


@dataclass(frozen=True, kw_only=True)
class CurveSet:
    """All curves of a page: the one or few worth reading first, the others, how many undrawn."""

    first: tuple[RunCurves, ...]
    others: tuple[RunCurves, ...]
    undrawn: int


def curve_set(result: Result) -> CurveSet:
    """Return the curves of the graded run and of the runs with a validation history.

    The graded run comes first; with it stands what its number of epochs was read from: the average
    of the folds, or else the last validated run of the same architecture.
    """
    graded = result.graded_model.run if result.graded_model else None
    known = [run for run in result.runs if run.run == graded or validated(run)]
    drawable = [run for run in known if any(run.history.values())]
    ordered = sorted(drawable, key=lambda run: _rank(run, drawable, graded=graded))
    drawn = [run_curves(run, title=_title(run, graded=graded)) for run in ordered[:_DRAWN_MOST]]
    mean = fold_mean(result.runs)
    average = [run_curves(mean, title=mean.role)] if mean else []
    ahead = 1 if average and graded else 2
    return CurveSet(
        first=(*average, *drawn[:ahead]),
        others=tuple(drawn[ahead:]),
        undrawn=len(ordered) - len(drawn),
    )


def _title(run: RunSummary, *, graded: int | None) -> str:
    role = "graded" if run.run == graded else run.role
    return f"Run {run.run}, {role}" if role else f"Run {run.run}"


def _rank(run: RunSummary, runs: Sequence[RunSummary], *, graded: int | None) -> tuple[int, int]:
    kin = next((one.architecture for one in runs if one.run == graded), None)
    model_run = [one.run for one in runs if validated(one) and one.architecture == kin]
    if run.run == graded:
        return 0, run.run
    return (1 if model_run and run.run == model_run[-1] else 2), run.run


def validated(run: RunSummary) -> bool:
    """Tell whether a run has a validation loss per epoch."""
    return bool(run.history.get("val_loss"))


def run_curves(run: RunSummary, *, title: str) -> RunCurves:
    """Return one run's charts, what they show in words, and the numbers behind them."""
    best = best_epoch(run)
    lines = quantities(run.history)
    charts = [_chart(run, quantity=name, lines=both, best=best) for name, both in lines]
    return RunCurves(
        title=title,
        run=run,
        charts=tuple(chart for chart in charts if chart),
        reading=reading(run),
        notes=omissions([both for _, both in lines]),
        table=data_table(run.history, best=best),
    )


def quantities(history: Mapping[str, Sequence[float]]) -> list[tuple[str, tuple[Series, ...]]]:
    """Return the loss and the first metric known here, each with its lines."""
    metric = next((key for key in _METRICS if key in history or f"val_{key}" in history), None)
    wanted = [("loss", "Loss"), *([(metric, _METRICS[metric])] if metric else [])]
    return [(title, lines) for key, title in wanted if (lines := _lines(history, key))]


def _lines(history: Mapping[str, Sequence[float]], key: str) -> tuple[Series, ...]:
    training, validation = history.get(key, ()), history.get(f"val_{key}", ())
    both = (
        Series(name="training", values=tuple(training), part="training"),
        Series(name="validation", values=tuple(validation), part="validation"),
    )
    return tuple(one for one in both if one.values)


def _chart(run: RunSummary, *, quantity: str, lines: tuple[Series, ...], best: int | None) -> str:
    return line_chart(
        series=lines,
        quantity=quantity,
        name=f"{quantity} per epoch, {f'run {run.run}' if run.run else run.role}",
        description=" ".join(described(one, quantity=quantity) for one in lines),
        ident=f"run-{run.run}-{'loss' if quantity == 'Loss' else 'metric'}",
        best=best,
        overfits=overfits(run),
    )


def overfits(run: RunSummary) -> bool:
    """Tell whether the validation loss ends clearly above its least, or breaks down."""
    losses, best = run.history.get("val_loss", ()), best_epoch(run)
    if best is None or best == len(losses):
        return False
    return not (usable(losses[-1]) and losses[-1] < _RISEN * losses[best - 1])


def described(one: Series, *, quantity: str) -> str:
    """Return a line in words: where it starts, where it ends, its least and its greatest."""
    known = [value for value in one.values if usable(value)]
    subject = f"{one.name.capitalize()} {quantity.lower()}"
    if not known:
        return f"{subject} has no finite value."
    if len(one.values) == 1:
        return f"{subject} after the only epoch: {figure(known[0])}."
    return (
        f"{subject} over {len(one.values)} epochs: from {figure(known[0])} to {figure(known[-1])}, "
        f"least {figure(min(known))}, greatest {figure(max(known))}."
    )


def best_epoch(run: RunSummary) -> int | None:
    """Return the epoch (from 1) of least validation loss, where there is one."""
    losses = run.history.get("val_loss", ())
    if run.best_epoch is not None and 1 <= run.best_epoch <= len(losses):
        return run.best_epoch
    known = [(loss, epoch) for epoch, loss in enumerate(losses, start=1) if usable(loss)]
    return min(known)[1] if known else None


def reading(run: RunSummary) -> str:
    """Return what a reader should see in the curves: where overfitting starts, if it does."""
    losses = run.history.get("val_loss", ())
    best = best_epoch(run)
    if best is None:
        return _without_validation(run)
    least, last = losses[best - 1], losses[-1]
    if len(losses) == 1:
        return "One epoch only: too short to see whether the model overfits."
    if best == len(losses):
        return f"Validation loss was still at its lowest ({figure(least)}) after the last epoch: no overfitting yet."
    if not overfits(run):
        return (
            f"Validation loss is lowest after epoch {best} ({figure(least)}) and hardly changes from there on "
            f"({figure(last)} at the end)."
        )
    return (
        f"Overfitting starts after epoch {best}: validation loss is lowest there "
        f"({figure(least)}) and reaches {figure(last)} by epoch {len(losses)}."
    )


def _without_validation(run: RunSummary) -> str:
    if run.history.get("val_loss"):
        return "No validation loss was a finite number, so no best epoch can be told."
    return "Trained without validation rows, so these curves can't show overfitting."


def omissions(charts: Sequence[tuple[Series, ...]]) -> tuple[str, ...]:
    """Return what was left out of a run's charts, and why."""
    broken = sum(not usable(value) for lines in charts for one in lines for value in one.values)
    above = max((_high_start(lines) for lines in charts), default=0)
    notes = []
    if broken:
        notes.append(f"{counted(broken, 'value')} left out: not a finite number.")
    if above:
        notes.append(f"Up to epoch {above} the start is so high that it is left off the chart.")
    return tuple(notes)


def _high_start(lines: Sequence[Series]) -> int:
    """Return up to which epoch a line lies above its chart; 0 when none does."""
    top = ceiling(lines)
    epochs = (
        epoch for one in lines for epoch, value in enumerate(one.values, start=1) if usable(value) and value > top
    )
    return max(epochs, default=0)


def data_table(history: Mapping[str, Sequence[float]], *, best: int | None) -> DataTable:
    """Return the history as text, one row per epoch; a long one keeps first, best and last."""
    shown = [key for key in history if history[key]][:8]
    epochs = max((len(history[key]) for key in shown), default=0)
    every = max(1, math.ceil(epochs / _ROWS_MOST))
    kept = [n for n in range(1, epochs + 1) if (n - 1) % every == 0 or n in (best, epochs)]
    return DataTable(
        columns=tuple(shown),
        rows=tuple((str(n), *(_value(history[key], n) for key in shown)) for n in kept),
        note=f"Every {every}th epoch, the best and the last." if every > 1 else "",
    )


def _value(values: Sequence[float], epoch: int) -> str:
    return f"{values[epoch - 1]:.4g}" if epoch <= len(values) else NOTHING
