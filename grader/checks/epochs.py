"""Was the final model trained for as long as validation curves had shown to be good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.base import Answer, Facts, Question, about_training, failed, passed, unjudged
from grader.checks.training import refuse_unseen
from grader.checks.words import plural
from grader.runs import TaskCapture, TrainingRun

NEAR = 2  # epochs from the best: no curve is smoother than that


def chosen(*, slack: float = 0.15) -> Question:
    """Ask whether the final model was trained for about as many epochs as a validation curve had shown to be best.

    Accepts any validation curve of an earlier run, or of the model itself: loss, error or accuracy, of one run or the
    mean of K folds; any number of epochs whose value on it is near the best; and early stopping that restores
    the best weights. The curve is often flat: what counts is its height, not the epoch of its lowest point. Training
    for less, or longer than a curve that was still getting better was watched, earns half.

    Args:
        slack: how much worse than the best, as a share of it, the value may be at the number of epochs chosen.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        if not run.finished:
            return unjudged("Your model's training did not finish, so there is no final model.", help=HELP)
        if any(callback.restores_best for callback in run.fit.callbacks) and run.validation == "held_out":
            return passed("Early stopping went back to the weights of the best epoch.")
        epochs, curves = _in_all(run, submitted), list(_curves(run, submitted))
        good = next((curve for curve in curves if curve.credit(epochs, slack) == 1), None)
        trained = f"You trained your final model for {plural(epochs, 'epoch')}"
        trained += "" if epochs == run.fit.epochs else ", those before it was trained on included"
        if good is not None:
            return passed(f"{trained}; {good.text(epochs)}.")
        refuse_unseen(submitted)
        if not curves:
            return failed(
                f"{trained}, but no validation curve shows for how long to train. Expected: a run with validation data "
                "before it. Training too short learns too little, training too long learns the training rows by heart.",
                help=HELP,
            )
        nearest = max(curves, key=lambda curve: (curve.credit(epochs, slack), -abs(curve.best - epochs)))
        return failed(
            f"{trained}; {nearest.text(epochs)}. Expected: about as many epochs as are best on held-out rows. After "
            "that the model overfits; before, it could still learn.",
            help=HELP,
            credit=nearest.credit(epochs, slack),
        )

    return about_training(ask)


def _in_all(run: TrainingRun, submitted: TaskCapture) -> int:
    """Return the epochs of a run and of those that left it its weights."""
    before = [other for other in submitted.runs if other.number < run.number and other.fit.after == run.fit.before]
    return run.fit.epochs + (_in_all(before[-1], submitted) if before and run.fit.before is not None else 0)


HELP = "Look where the validation loss is least, and train a new model for that number of epochs."


@dataclass(frozen=True, kw_only=True)
class _Curve:
    """Validation values, epoch by epoch, and whose they are."""

    whose: str
    name: str
    values: tuple[float, ...]

    @property
    def rises(self) -> bool:
        return "acc" in self.name

    @property
    def best(self) -> int:
        """The epoch, from 1, of the best value."""
        worst = -np.inf if self.rises else np.inf
        series = np.nan_to_num(self.values, nan=worst)
        return int(np.argmax(series) if self.rises else np.argmin(series)) + 1

    def credit(self, epochs: int, slack: float) -> float:
        """Return 1 if training for so many epochs is what the curve suggests, half if it does not speak against it."""
        if self._is_near(epochs, slack):
            return 1.0
        open_end = self.best > len(self.values) - NEAR
        return 0.5 if epochs < self.best or (open_end and epochs > len(self.values)) else 0.0

    def _is_near(self, epochs: int, slack: float) -> bool:
        if not 1 <= epochs <= len(self.values):
            return False
        best, value = self.values[self.best - 1], self.values[epochs - 1]
        lost = best - value if self.rises else value - best
        # An accuracy of 0.80 instead of 0.92 is 15 % worse, but nothing like near: its errors are counted instead.
        height = 1 - best if self.rises else abs(best)
        return abs(epochs - self.best) <= NEAR or lost <= slack * height

    def text(self, epochs: int) -> str:
        """Return what the curve shows, in half a sentence."""
        best = f"{self.whose}, {self.name} was best after epoch {self.best} ({self.values[self.best - 1]:.3g})"
        if epochs == self.best:
            return best
        if epochs > len(self.values):
            return f"{best}, and was watched for {plural(len(self.values), 'epoch')} only"
        return f"{best}, and {self.values[epochs - 1]:.3g} after epoch {epochs}"


def _curves(run: TrainingRun, submitted: TaskCapture) -> Iterator[_Curve]:
    """Yield the validation curves that were there when a run was begun, and its own."""
    before = [each for each in submitted.runs if each.number <= run.number and _watched(each)]
    folded = {each.number for group in submitted.folds for each in group}
    for group in submitted.folds:
        if all(_watched(each) and each.number <= run.number for each in group):
            yield from _of([each.fit.history for each in group], f"on the mean of your {len(group)} folds")
    for each in before:
        if each.number not in folded:
            yield from _of([each.fit.history], "in this run" if each is run else f"in run {each.number}")


def _watched(run: TrainingRun) -> bool:
    return run.finished and run.validation == "held_out"


def _of(histories: Sequence[Mapping[str, Sequence[float]]], whose: str) -> Iterator[_Curve]:
    for name in histories[0]:
        if name.startswith("val_") and all(len(each.get(name, ())) > 1 for each in histories):
            length = min(len(each[name]) for each in histories)
            values = np.mean([each[name][:length] for each in histories], axis=0)
            yield _Curve(whose=whose, name=name, values=tuple(float(value) for value in values))
