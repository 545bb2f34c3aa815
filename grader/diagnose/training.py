"""How a model was trained: fresh or not, for how long, and by what steps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from grader.checks.words import plural
from grader.diagnose.base import Case, Found, Topic, Weight, detector, fit_place
from grader.diagnose.models import written_at
from grader.diagnose.source import Place
from grader.events import Compile
from grader.records import Exit, Verdict
from grader.runs import FEWEST_FOLDS, TrainingRun

WINDOW = 3  # epochs that a curve is smoothed over
WORSE, MUCH_WORSE = 1.2, 1.5  # validation loss at the end over its least, from which it's clear ...
MANY_ROWS = 500  # ... on so many validation rows, or on fewer
LATER = 1.5  # epochs trained over the best number of them
STILL_FALLING = 0.9  # validation loss at the end over that two epochs before
FLAT = 0.95  # least training loss over the first
SLOW = 0.9
HIGH, LOW = 0.03, 1e-5  # learning rates: the defaults of Adam and RMSprop are 0.001
ADAPTIVE = {"adam", "adamw", "rmsprop", "nadam", "adamax"}


@detector(
    "never-fitted",
    "Compiled, but never fitted",
    Topic.TRAINING,
    Weight.CANNOT_LEARN,
    why="compile only says how to learn. Until fit is called, all weights are random numbers.",
    fix="Call model.fit with the training rows and their labels.",
)
def never_fitted(case: Case) -> Found | None:
    """The notebook ran to its end, loaded the data and compiled a model, and nothing was ever fitted."""
    compiles = [event for event in case.capture.events if isinstance(event, Compile)]
    trained = case.capture.fits or case.work.unseen or case.capture.unobserved
    if trained or not compiles or case.work.execution.exit is not Exit.OK:
        return None
    if any(True for _ in case.source.calls("load_model", "load_weights", "GradientTape")):
        return None
    cell = case.capture.cell(compiles[-1])
    at = None if cell is None else Place(cell=cell, line=compiles[-1].line)
    return Found(fact="You compiled a model and never called fit.", at=at)


@detector(
    "one-model-for-all-folds",
    "One model for all folds",
    Topic.FOLDS,
    Weight.SCORE_MEANS_NOTHING,
    why="From the second fold on, the model had already been trained on the rows that it was then validated on, so "
    "these scores are too good.",
    fix="Build and compile a new model inside the loop over folds.",
    hides=("kept-training",),
)
def one_model_for_all_folds(case: Case) -> Found | None:
    """Three or more fits with disjoint validation rows each begin with the weights that the one before left behind."""
    chains: dict[int, list[TrainingRun]] = {}
    longest: list[TrainingRun] = []
    for run in case.finished:
        chain = chains.setdefault(run.fit.model, [])
        if run.validation != "held_out" or not (chain and _next_fold(chain, run)):
            chain.clear()
        chain.append(run)
        longest = max(longest, list(chain), key=len)
    if len(longest) < FEWEST_FOLDS:
        return None
    return Found(
        fact=f"{plural(len(longest), 'fold')} went on training one and the same model.", at=fit_place(longest[1])
    )


def _next_fold(chain: Sequence[TrainingRun], run: TrainingRun) -> bool:
    goes_on = run.fit.before is not None and run.fit.before == chain[-1].fit.after
    return goes_on and all(
        other.validation == "held_out" and not np.intersect1d(other.held_out, run.held_out).size for other in chain
    )


@detector(
    "kept-training",
    "The trained model was trained on, instead of a new one",
    Topic.TRAINING,
    Weight.LEARNS_LESS,
    why="fit goes on from the weights that are there, so the model was trained for the epochs of both fits together. "
    "compile doesn't reset weights either.",
    fix="Build and compile a new model, and fit it for the number of epochs that validation showed.",
    hides=("trained-too-long",),
)
def kept_training(case: Case) -> Found | None:
    """The graded fit began with the weights of a validated fit, on other rows or without validation."""
    run = case.run
    if run is None or run.fresh or any(callback.restores_best for callback in run.fit.callbacks):
        return None
    before = [one for one in case.finished if one.number < run.number and one.fit.after == run.fit.before]
    if not before or before[-1].validation in {"none", "unknown"}:
        return None
    first = before[-1]
    same = np.array_equal(first.rows, run.rows) and first.validation == run.validation
    if same or any(callback.restores_best for callback in first.fit.callbacks):
        return None
    again = any(isinstance(event, Compile) and event.state == run.fit.before for event in case.capture.events)
    epochs = plural(run.fit.epochs, "epoch")
    fact = f"Your final fit of {epochs} went on with a model that had {first.fit.epochs} behind it"
    return Found(fact=f"{fact}, though you compiled it again." if again else f"{fact}.", at=fit_place(run))


@detector(
    "trained-too-long",
    "Trained past the best epoch",
    Topic.TRAINING,
    Weight.LEARNS_LESS,
    why="From there on the model learns its training rows by heart, and gets worse on rows that it has not seen.",
    fix="Train a new model for as many epochs as the validation loss kept falling.",
)
def trained_too_long(case: Case) -> Found | None:
    """Validation loss, smoothed, was least long before the graded model's last epoch and rose clearly after it.

    Of a model that was retrained after validation it is only said where the test score isn't full.
    """
    run = case.run
    shown = _validated(case)
    if run is None or shown is None or not run.fresh or _keeps_best(run):
        return None
    if shown is not run and not _scores_less(case):
        return None
    curve = _smoothed(shown.fit.history["val_loss"])
    epochs = run.fit.epochs
    if epochs > len(curve) or epochs < 2 * WINDOW or not np.isfinite(curve).all():
        return None
    best = int(np.argmin(curve)) + 1
    clear = curve[epochs - 1] >= (WORSE if len(shown.held_out) >= MANY_ROWS else MUCH_WORSE) * curve[best - 1]
    if epochs < LATER * best or epochs - best < WINDOW or not clear or _still_more_accurate(shown, best, epochs):
        return None
    fact = (
        f"You trained for {epochs} epochs. The validation loss was least at about epoch {best} ({curve[best - 1]:.3g}) "
    )
    return Found(fact=f"{fact}and had risen to {curve[epochs - 1]:.3g} at epoch {epochs}.", at=fit_place(run))


@detector(
    "trained-too-briefly",
    "Stopped while the validation loss still fell",
    Topic.TRAINING,
    Weight.LEARNS_LESS,
    why="A model that still gets better with each epoch has not yet learned what it can.",
    fix="Train for more epochs, until the validation loss stops falling, and choose the number of epochs there.",
    only_alone=True,
)
def trained_too_briefly(case: Case) -> Found | None:
    """Validation loss fell by a tenth or more over the last two epochs, and the graded model's score is not full."""
    run, shown = case.run, _validated(case)
    if run is None or shown is None or not _scores_less(case) or run.fit.epochs > shown.fit.epochs:
        return None
    last = shown.fit.history["val_loss"][-WINDOW:]
    falls = len(last) == WINDOW and all(later < earlier for earlier, later in itertools.pairwise(last))
    if not falls or last[-1] > STILL_FALLING * last[0]:
        return None
    fact = (
        f"Over the last two of {shown.fit.epochs} epochs the validation loss fell from {last[0]:.3g} to {last[-1]:.3g}."
    )
    return Found(fact=fact, at=fit_place(shown))


@detector(
    "training-diverged",
    "The loss became no number",
    Topic.TRAINING,
    Weight.CANNOT_LEARN,
    why="A loss of NaN or infinity means that the weights grew without bounds; after that, no step can mend them.",
    fix="Scale inputs and targets to values near 1, lower the learning rate, and look for NaN in the data.",
    hides=("learning-rate-too-high",),
)
def training_diverged(case: Case) -> Found | None:
    """The graded model's training loss holds a value that is not finite."""
    losses = case.run.fit.history.get("loss", ()) if case.run is not None else ()
    broken = [number for number, value in enumerate(losses, start=1) if not math.isfinite(value)]
    if not broken or case.run is None:
        return None
    return Found(fact=f"The training loss was {losses[broken[0] - 1]} at epoch {broken[0]}.", at=fit_place(case.run))


@detector(
    "learning-rate-too-high",
    "A learning rate that is far too high",
    Topic.TRAINING,
    Weight.CANNOT_LEARN,
    why="Steps this large jump over every minimum, so the loss doesn't go down.",
    fix="Leave the learning rate at its default (0.001 for Adam and RMSprop), or try a tenth of yours.",
)
def learning_rate_too_high(case: Case) -> Found | None:
    """The graded model's optimizer had 30 times its default rate or more, and the training loss fell by under 5 %."""
    run = case.run
    rate, losses = _rate(run), _losses(run)
    if run is None or rate is None or rate < HIGH or len(losses) < WINDOW or min(losses) < FLAT * losses[0]:
        return None
    fact = f"With a learning rate of {rate:g}, the training loss went from {losses[0]:.3g} to {losses[-1]:.3g} in "
    return Found(fact=f"{fact}{plural(len(losses), 'epoch')}.", at=written_at(case, run, "optimizer"))


@detector(
    "learning-rate-too-low",
    "A learning rate that is far too low",
    Topic.TRAINING,
    Weight.LEARNS_LESS,
    why="Steps this small need thousands of epochs to get anywhere.",
    fix="Leave the learning rate at its default (0.001 for Adam and RMSprop).",
)
def learning_rate_too_low(case: Case) -> Found | None:
    """The graded model's optimizer had a hundredth of its default rate or less, and the loss fell by under 10 %."""
    run = case.run
    rate, losses = _rate(run), _losses(run)
    if run is None or rate is None or rate > LOW or len(losses) < WINDOW or min(losses) < SLOW * losses[0]:
        return None
    fact = f"With a learning rate of {rate:g}, the training loss went only from {losses[0]:.3g} to {losses[-1]:.3g} in "
    return Found(fact=f"{fact}{plural(len(losses), 'epoch')}.", at=written_at(case, run, "optimizer"))


def _rate(run: TrainingRun | None) -> float | None:
    """Return the learning rate of an optimizer whose default is known to be 0.001."""
    if run is None or (run.fit.compile.optimizer or "").lower() not in ADAPTIVE or any(_schedules(run)):
        return None
    return run.fit.compile.learning_rate


def _schedules(run: TrainingRun) -> list[str]:
    return [each.name for each in run.fit.callbacks if "LearningRate" in each.name or "LR" in each.name]


def _losses(run: TrainingRun | None) -> tuple[float, ...]:
    return tuple(value for value in run.fit.history.get("loss", ()) if math.isfinite(value)) if run else ()


def _keeps_best(run: TrainingRun) -> bool:
    return run.restored or any(each.restores_best or "Checkpoint" in each.name for each in run.fit.callbacks)


def _validated(case: Case) -> TrainingRun | None:
    """Return the run whose validation curve tells about the graded model: its own, or the latest of the same kind."""
    run = case.run
    if run is None or not run.finished:
        return None
    folded = {one.number for group in case.work.folds for one in group}
    kin = [
        other
        for other in case.finished
        if other.number <= run.number
        and other.number not in folded
        and other.validation == "held_out"
        and other.fresh
        and len(other.fit.history.get("val_loss", ())) >= WINDOW
        and other.structure.blocks == run.structure.blocks
        and other.fit.compile == run.fit.compile
    ]
    return kin[-1] if kin else None


def _scores_less(case: Case) -> bool:
    """Say whether the graded model's score was judged and isn't full."""
    scores = [each.verdict for each in case.findings if each.check.startswith("scores.")]
    return any(verdict in {Verdict.PARTIAL, Verdict.FAILED} for verdict in scores)


def _smoothed(series: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the mean of each epoch with its neighbours."""
    values = np.asarray(series, np.float64)
    padded = np.pad(values, WINDOW // 2, mode="edge")
    return np.convolve(padded, np.full(WINDOW, 1 / WINDOW), mode="valid")


def _still_more_accurate(run: TrainingRun, best: int, epochs: int) -> bool:
    """Say whether validation accuracy went on rising while the loss rose: then it isn't clear that later was worse."""
    for name in ("val_accuracy", "val_acc", "val_binary_accuracy"):
        series = run.fit.history.get(name)
        if series and len(series) >= epochs:
            smooth = _smoothed(series)
            return bool(smooth[epochs - 1] > smooth[best - 1] + 0.005)
    return False
