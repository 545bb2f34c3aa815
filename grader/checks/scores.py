"""How good is the graded model on rows it has never seen: recomputed here, from the saved model."""

from __future__ import annotations

from collections.abc import Callable

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
    """Ask for the share of test rows classified right; credit grows from the baseline to the calibrated threshold."""
    return _score("accuracy", higher=True, text=lambda value: f"{value:.1%}")


def mae() -> Question:
    """Ask for the mean absolute error on test rows, in the data's own unit; credit as for accuracy, lower is better."""
    return _score("mae", higher=False, text=_amount)


def _score(metric: str, *, higher: bool, text: Callable[[float], str]) -> Question:
    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:
        calibration = reference.calibration
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
            return _unscored(run)
        return _graded(run, run.scores[metric], calibration, higher=higher, text=text, metric=metric)

    return about_graded_model(ask)


def _unscored(run: TrainingRun) -> Answer:
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
    name = {"accuracy": "test accuracy", "mae": "mean absolute error on the test rows"}[metric]
    found = f"The grader computed your model's {name}: {text(value)}"
    scale = (
        f"Correct solutions reached {text(min(calibration.values))} to {text(max(calibration.values))}; "
        f"full credit begins at {text(calibration.full)}, none is left at {text(calibration.baseline)} (a naive guess)."
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
