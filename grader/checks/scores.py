"""How good is the graded model on rows it has never seen: recomputed here, from the saved model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader.checks.base import (
    Answer,
    Calibration,
    Facts,
    Question,
    about_graded_model,
    failed,
    passed,
    unjudged,
)
from grader.checks.training import test_rows_in
from grader.errors import GradingFailed
from grader.runs import TaskCapture, TrainingRun


def accuracy() -> Question:
    """Ask for the share of test rows classified right; credit grows from the baseline to the calibrated threshold.

    The grader computes it from the saved model and the true labels; what the notebook printed does not count. The
    threshold is where correct solutions land, measured on the same data (``grader calibrate``).
    """
    return _score("accuracy", higher=True, text=lambda value: f"{value:.1%}")


def mae() -> Question:
    """Ask for the mean absolute error on test rows, in the data's own unit; credit as for accuracy, lower is better.

    Targets that were divided by a constant or standardised are taken back to the data's unit before.
    """
    return _score("mae", higher=False, text=_amount)


def top_k(*, k: int, full: float, none: float) -> Question:
    """Ask for the share of test rows whose class is among the model's first ``k`` guesses.

    The assignment says where credit begins and where it is full: nothing is calibrated for it.

    Args:
        k: guesses that count.
        full: share from which on the credit is full, 0 to 1.
        none: share up to which there is none, such as that of the ``k`` most frequent classes.
    """
    _refuse(not 1 <= k <= MOST_GUESSES, f"k is {k}, expected 1 to {MOST_GUESSES}")
    _refuse(not 0 <= none < full <= 1, f"none is {none} and full is {full}; expected 0 <= none < full <= 1")
    band = Calibration(metric=f"top_{k}", full=full, baseline=none, variants={})
    return _score(band.metric, higher=True, text=lambda value: f"{value:.1%}", band=band)


def r2(*, full: float, none: float = 0.0) -> Question:
    """Ask for the share of the variance of the test targets that the model explains (R2).

    The assignment says where credit begins and where it is full: nothing is calibrated for it.

    Args:
        full: R2 from which on the credit is full, at most 1.
        none: R2 up to which there is none; 0 is what the mean of the targets reaches as a guess.
    """
    _refuse(not none < full <= 1, f"none is {none} and full is {full}; expected none < full <= 1")
    band = Calibration(metric="r2", full=full, baseline=none, variants={})
    return _score(band.metric, higher=True, text=lambda value: f"{value:.3f}", band=band)


MOST_GUESSES = 100


def _refuse(wrong: bool, message: str) -> None:  # noqa: FBT001 - a condition with its words
    if wrong:
        raise ValueError(message)


def asked(criteria: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[str, ...]:
    """Return the scores beyond an assignment's own metric that its criteria, checks with parameters, ask for."""
    names = {"scores.r2": "r2", "scores.top_k": "top_{k}"}
    return tuple(dict.fromkeys(names[check].format(**params) for check, params in criteria if check in names))


def _score(metric: str, *, higher: bool, text: Callable[[float], str], band: Calibration | None = None) -> Question:
    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:
        calibration = band or reference.calibration
        if calibration is None:
            message = f"there is no calibration for the data source {reference.data!r}"
            raise GradingFailed(message)
        if test_rows_in(run, submitted):
            return unjudged(
                "Your model was trained on rows of the test set, so its test score says nothing about new data.",
                help="Train on training rows only; the test set is for the last evaluation.",
            )
        if submitted.raw.split != "own" and submitted.raw.test_rows != reference.test_rows:
            return unjudged(
                f"You loaded {submitted.raw.test_rows:,} test rows, expected {reference.test_rows:,}. Scores on other "
                "rows can't be compared with those of correct solutions.",
                help="Call load_data with the arguments that the assignment names, and leave the others as they are.",
            )
        if metric not in run.scores:
            return _unscored(run, metric)
        return _graded(run, run.scores[metric], calibration, higher=higher, text=text, metric=metric)

    return about_graded_model(ask)


def _unscored(run: TrainingRun, metric: str) -> Answer:
    if not run.finished:
        return unjudged(
            "Your model's training did not finish, so there is nothing to evaluate.",
            help="Mend the error in the cell that calls fit.",
        )
    if run.observed and run.targets.kind in {"unknown", "shuffled"}:
        return unjudged(
            "Your targets do not match the data, so it is not known what your model's predictions mean.",
            help="Mend the targets first.",
        )
    if not all(math.isfinite(value) for value in run.fit.history.get("loss", ())[-1:]):
        return unjudged(
            "Your model's training diverged: its last training loss is no number, so its predictions are none either.",
            help="Scale the inputs, or lower the learning rate, until the loss falls from epoch to epoch.",
        )
    if run.scores and metric.startswith("top_"):
        return unjudged(
            "Your model has a single output, which names no order of classes. Expected: one output for each class.",
            help="End the model with one softmax unit for each class.",
        )
    message = (
        "your saved model could not be evaluated on the test rows: either the encoding of your inputs is not one that "
        "this version recognises, or the model could not be loaded"
    )
    raise GradingFailed(message)


def credit_for(value: float, calibration: Calibration, *, higher: bool) -> float:
    """Return 1 from the calibrated threshold on, 0 at the naive baseline, linear between."""
    span = calibration.full - calibration.baseline
    reached = (value - calibration.baseline) / span if span else 0.0
    beyond = value >= calibration.full if higher else value <= calibration.full
    return 1.0 if beyond else min(max(reached, 0.0), 1.0)


def _amount(value: float) -> str:
    """Return a number with what matters of it: dollars whole, thousands of them with decimals."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _graded(
    run: TrainingRun,
    value: float,
    calibration: Calibration,
    *,
    higher: bool,
    text: Callable[[float], str],
    metric: str,
) -> Answer:
    credit = credit_for(value, calibration, higher=higher)
    names = {"accuracy": "test accuracy", "mae": "mean absolute error on the test rows", "r2": "R2 on the test rows"}
    name = names.get(metric, f"test accuracy within {metric.removeprefix('top_')} guesses")
    found = f"The grader computed your model's {name}: {text(value)}"
    scale = f"Full credit begins at {text(calibration.full)}, none is left at {text(calibration.baseline)}."
    if calibration.values:
        scale = (
            f"Correct solutions reached {text(min(calibration.values))} to {text(max(calibration.values))}; full "
            f"credit begins at {text(calibration.full)}, none is left at {text(calibration.baseline)} (a naive guess)."
        )
    if credit == 1.0:
        return passed(f"{found}. {scale}", evidence=run.scores_evidence)
    return failed(
        f"{found}. {scale}",
        help="Mend what else is marked here first; then retrain a fresh model for about as many epochs as the "
        "validation loss kept falling, and not longer.",
        credit=credit,
        evidence=run.scores_evidence,
    )
