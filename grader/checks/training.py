"""Was the model trained the honest way: held-out rows, K-fold, fresh retraining, nothing of the test set."""

from __future__ import annotations

from typing import Literal

import numpy as np

from grader.checks.base import (
    Answer,
    Facts,
    Question,
    about_training,
    failed,
    nothing_trained,
    passed,
    unjudged,
)
from grader.checks.words import plural
from grader.fed import fed
from grader.recognise.numbers import scaling
from grader.runs import TaskCapture, TrainingRun

LEAK_SHARE = 0.005  # of the fitted rows; single equal rows are no evidence


def validation() -> Question:
    """Ask whether some run was validated on training rows that it was not trained on.

    Accepts ``validation_data``, ``validation_split``, and a split by any library.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        runs = submitted.runs
        if not any(run.observed for run in runs):
            return nothing_trained(submitted)
        good = next((run for run in runs if run.validation == "held_out" and run.finished), None)
        if good is not None:
            return passed(
                f"You held out {len(good.held_out):,} training rows for validation and trained on "
                f"{len(good.rows):,} others.",
                cell=good.fit.cell,
            )
        refuse_unseen(submitted)
        worst = next((run for run in runs if run.validation != "none"), runs[0])
        return failed(VALIDATION[worst.validation], help=VALIDATION_HELP, cell=worst.fit.cell)

    return question


VALIDATION_HELP = "Set part of the training rows aside before training, and pass only those as validation_data."
VALIDATION = {
    "test_rows": "Your validation data are rows of the test set. Every choice you make by looking at them "
    "(epochs, layers) fits the model to the test rows, so the test score no longer tells how it does on new data. "
    "Expected: held-out training rows.",
    "training_rows": "Your validation rows are also among the rows you trained on. A model has already seen "
    "their answers, so overfitting stays hidden. Expected: training rows that were set aside.",
    "unknown": "Your validation data could not be recognised as rows of this data set. Expected: held-out "
    "training rows, encoded as the others.",
    "none": "No run was validated on held-out rows. Without them you can't see when overfitting starts. "
    "Expected: part of the training rows set aside as validation data.",
    "held_out": "The run that was validated on held-out rows did not finish.",
}


def k_fold(*, least: int = 3) -> Question:
    """Ask for K-fold validation: fits of fresh models whose validation rows are disjoint and cover the training rows.

    Validation rows may be given to fit or to evaluate, in any order, scaled in any way. A single held-out
    part earns half.

    Args:
        least: fewest folds.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        if not any(run.observed for run in submitted.runs):
            return nothing_trained(submitted)
        rounds = [group for group in submitted.folds if len(group) >= least]
        if rounds:
            group = rounds[0]
            return passed(
                f"You ran {len(group)}-fold validation: {len(group)} fresh models, each validated on about "
                f"{len(group[0].held_out)} rows that it had not seen, together covering the training rows.",
                cell=group[0].fit.cell,
            )
        refuse_unseen(submitted)
        return _no_k_fold(submitted, least)

    return question


def refuse_unseen(submitted: TaskCapture) -> None:
    """Raise GradingFailed where the answer may lie in what could not be observed: a person must look, no one fails."""
    if submitted.unseen:
        nothing_trained(submitted)


def _no_k_fold(submitted: TaskCapture, least: int) -> Answer:
    held = [run for run in submitted.runs if run.validation == "held_out" and run.finished]
    stale = [run for run in held if not run.fresh]
    why = (
        f"With only {submitted.train_rows} training rows, the score on one small validation part depends on which rows "
        f"are in it. Expected: at least {least} folds, each with a fresh model, together covering all training rows."
    )
    if not held:
        wrong = next((run for run in submitted.runs if run.validation in {"training_rows", "test_rows"}), None)
        found = "No K-fold validation was found." if wrong is None else VALIDATION[wrong.validation]
        return failed(f"{found} {why}", help=K_FOLD_HELP, cell=wrong.fit.cell if wrong else None)
    if stale and len(held) >= least:
        return failed(
            f"{plural(len(stale), 'fold')} went on training the model of the fold before, so it had already "
            f"seen the rows it was validated on. {why}",
            help="Build and compile a new model inside the loop over folds.",
            cell=stale[0].fit.cell,
        )
    return failed(
        f"You validated on {len(held[0].held_out)} held-out rows in {plural(len(held), 'run')}, but not fold by "
        f"fold. {why}",
        help=K_FOLD_HELP,
        credit=0.5,
        cell=held[0].fit.cell,
    )


K_FOLD_HELP = (
    "Split the training rows into 4 parts; in a loop, train a new model on 3 of them and validate on the fourth."
)


def retrained() -> Question:
    """Ask whether the graded model was trained from fresh weights once validation had told for how long.

    Accepts a fresh model after a validated run or after K-fold, early stopping that restores the best
    weights, and weights loaded back from a checkpoint of a validated run.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        if not run.finished:
            return unjudged(
                "Your model's training did not finish, so there is no final model.",
                help=RETRAIN_HELP,
            )
        if any(callback.restores_best for callback in run.fit.callbacks) and run.validation == "held_out":
            return passed("Early stopping went back to the weights of the best epoch.")
        if run.restored and run.validation == "held_out":
            return passed("You went back to weights that were saved while the model was validated on held-out rows.")
        if not run.fresh:
            return failed(
                f"Your final training of {plural(run.fit.epochs, 'epoch')} went on with a model that was "
                "already trained. Its weights had already started to overfit. Expected: a new model, trained from "
                "the start.",
                help=RETRAIN_HELP,
            )
        before = [other for other in submitted.runs if other.number < run.number and other.finished]
        if any(other.validation not in {"none", "unknown"} for other in before):
            return passed(f"You trained a fresh model for {plural(run.fit.epochs, 'epoch')} after validation runs.")
        refuse_unseen(submitted)
        return failed(_never(run), help=RETRAIN_HELP)

    return about_training(ask)


RETRAIN_HELP = (
    "Build and compile a new model and fit it on the training rows for the number of epochs that validation showed."
)


def _never(run: TrainingRun) -> str:
    best = run.best_epoch
    overfit = (
        f" Its validation loss was least after epoch {best} of {run.fit.epochs}; it overfits from there on."
        if best
        else ""
    )
    return (
        f"The model you evaluated is the one you validated ({plural(run.fit.epochs, 'epoch')}); no fresh model "
        "was trained "
        f"afterwards.{overfit} Expected: a new model, trained for the number of epochs that validation showed."
        if run.validation != "none"
        else f"Your model was trained once, for {plural(run.fit.epochs, 'epoch')}, without a validated run "
        "before it that could tell for how long. Expected: a validated run first, then a new model."
    )


def no_leakage() -> Question:
    """Ask that nothing of the test set went into training: no rows, and no statistics of a scaling.

    Test rows that also occur among the training rows are no evidence.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        count = test_rows_in(run, submitted)
        if count:
            return failed(
                f"Your model was trained on {count:,} rows of the test set. A test score on rows the model has "
                "already seen says nothing about new data. Expected: training rows only.",
                help="Keep the arrays from load_data apart: fit on the training part, evaluate on the test part.",
            )
        leak = _leaking_statistics(run, submitted)
        if leak is not None:
            return failed(leak, help=STATISTICS_HELP)
        return passed("No row of the test set and no statistic of it went into training.")

    return about_training(ask)


def test_rows_in(run: TrainingRun, submitted: TaskCapture) -> int:
    """Return how many test rows a run, or one that its weights come from, was trained on; a few equal rows are none."""
    leaked = run.rows >= submitted.train_rows
    own = int(leaked.sum()) if leaked.any() and leaked.mean() > LEAK_SHARE else 0
    before = [other for other in submitted.runs if other.number < run.number and run.fit.before in other.fit.left]
    return own or (test_rows_in(before[-1], submitted) if before and run.fit.before else 0)


STATISTICS_HELP = (
    "Compute mean and standard deviation on the training rows, and use those same numbers for the test rows."
)


def statistics_of(run: TrainingRun, submitted: TaskCapture) -> Literal["all", "test", "own"] | None:
    """Return which rows beside the training rows told how to scale a table: all, the test rows, or each set its own."""
    train, test = submitted.raw.x_train, submitted.raw.x_test
    if not isinstance(train, np.ndarray) or not isinstance(test, np.ndarray) or train.ndim > 2:
        return None
    everything = np.concatenate([train, test])
    sets = {
        "train": train,
        **({"fit": everything[run.rows[run.rows >= 0]]} if (run.rows >= 0).any() else {}),
        "all": everything,
        "test": test,
    }
    fitted = scaling(fed(run), sets).rows
    if fitted in {"all", "test"}:
        return "all" if fitted == "all" else "test"
    return "own" if any(scaling(fed(run, each), sets).rows in {"test", "all"} for each in run.test_inputs) else None


SOURCES = {"all": "training and test rows together", "test": "the test rows"}


def _leaking_statistics(run: TrainingRun, submitted: TaskCapture) -> str | None:
    source = statistics_of(run, submitted)
    if source in SOURCES:
        return (
            f"Your features were scaled with statistics of {SOURCES[source]}. The test rows must "
            "stay unseen: even their mean tells the model something about them."
        )
    if source == "own":
        return (
            "Your test features were scaled with statistics of the test rows. New data come one at a time and "
            "have no mean of their own; the model must see them in the scale it was trained in."
        )
    return None
