"""Which rows a model was trained, validated and evaluated on: where training, validation and test rows mix."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from grader.checks.training import test_rows_in
from grader.checks.words import plural
from grader.diagnose.base import Case, Found, Topic, Weight, detector, fit_place, look_place
from grader.known import are_test_rows
from grader.records import Exit
from grader.runs import Look, TrainingRun

Array = np.ndarray[Any, Any]
SAME = 0.95  # of the rows: then two sets of rows are one
# Ways to use a model that the recorder doesn't watch: then nobody can say that the test set was never looked at.
MODELS = ("model", "net", "network")
UNWATCHED = (
    "predict_on_batch",
    "test_on_batch",
    "predict_step",
    "test_step",
    "predict_classes",
    "predict_proba",
    "call",
)


@detector(
    "trained-on-test-rows",
    "Test rows among the training rows",
    Topic.TEST_ROWS,
    Weight.SCORE_MEANS_NOTHING,
    why="The test set stands for data that nobody has seen yet. A model that was trained on it has seen the answers, "
    "so its test score says nothing.",
    fix="Keep the arrays of load_data apart: fit on the training part only, and evaluate on the test part.",
    hides=("test-set-as-validation", "validation-rows-in-training", "validation-on-all-training-rows"),
)
def trained_on_test_rows(case: Case) -> Found | None:
    """Rows handed to the graded model's fit, or to one that its weights come from, are rows of the test set."""
    if case.run is None:
        return None
    count = test_rows_in(case.run, case.work)
    return (
        Found(fact=f"Your model was fitted to {plural(count, 'test row')}.", at=fit_place(case.run)) if count else None
    )


@detector(
    "test-set-as-validation",
    "The test set as validation data",
    Topic.VALIDATION,
    Weight.SCORE_MEANS_NOTHING,
    why="Whatever you choose by looking at these curves (epochs, layers) is fitted to the test rows, and the test "
    "score is then better than what new data will give.",
    fix="Hold part of the training rows out, validate on those, and leave the test set for one last evaluation.",
    hides=("never-evaluated-on-test", "models-compared-on-test"),
)
def test_set_as_validation(case: Case) -> Found | None:
    """A fit that finished was given rows of the test set as validation_data."""
    runs = [run for run in case.finished if run.validation == "test_rows" and run.fit.validation is not None]
    if not runs:
        return None
    fact = f"You passed {plural(len(runs[0].held_out), 'row')} of the test set to fit as validation_data."
    return Found(fact=fact, at=fit_place(runs[0]))


@detector(
    "validation-on-all-training-rows",
    "Validation on the training rows themselves",
    Topic.VALIDATION,
    Weight.LEARNS_LESS,
    why="The model has seen the answers to all of these rows. The validation curve is then a second training curve, "
    "and overfitting stays out of sight.",
    fix="Slice the training rows in two before you train: fit on one part, and validate on the other.",
    hides=("validation-rows-in-training",),
)
def validation_on_all_training_rows(case: Case) -> Found | None:
    """The rows given to fit as validation_data are the rows that it was trained on, nearly all of them."""
    for run in _seen_before(case):
        if np.isin(run.rows, run.held_out).mean() >= SAME:
            fact = f"The {len(run.held_out):,} validation rows are the {len(run.rows):,} rows you trained on."
            return Found(fact=fact, at=fit_place(run))
    return None


@detector(
    "validation-rows-in-training",
    "Validation rows among the training rows",
    Topic.VALIDATION,
    Weight.LEARNS_LESS,
    why="The model has seen the answers to these rows, so they can't show when it begins to overfit.",
    fix="Take the validation rows out of the training rows: x_val = x[:n] and x_rest = x[n:], and fit on x_rest.",
)
def validation_rows_in_training(case: Case) -> Found | None:
    """Part of the rows given to fit as validation_data are also among the rows that it was trained on."""
    for run in _seen_before(case):
        count = int(np.isin(run.held_out, run.rows).sum())
        fact = f"{count:,} of your {plural(len(run.held_out), 'validation row')} are also among the "
        return Found(fact=f"{fact}{len(run.rows):,} rows you trained on.", at=fit_place(run))
    return None


def _seen_before(case: Case) -> list[TrainingRun]:
    """Return runs whose validation rows were given to fit and were trained on; looking at a training score is fine."""
    return [run for run in case.finished if run.validation == "training_rows" and run.fit.validation is not None]


@detector(
    "models-compared-on-test",
    "Models compared by their test scores",
    Topic.VALIDATION,
    Weight.SCORE_MEANS_NOTHING,
    why="The best of several test scores is partly luck, and choosing by it uses the test set up. Choose by "
    "validation scores; the test set tells once how good the choice is.",
    fix="Hold part of the training rows out, compare the models on those, and evaluate only the best one on test rows.",
)
def models_compared_on_test(case: Case) -> Found | None:
    """Two or more different models were evaluated on test rows, and none was ever validated on held-out rows."""
    if case.work.unseen or any(run.validation in {"held_out", "unknown", "test_rows"} for run in case.work.runs):
        return None
    tested = [run for run in case.finished if run.fresh and any(_on_test(case, look) for look in run.looks)]
    kinds = {_kind(run) for run in tested}
    if len(kinds) < 2:
        return None
    looks = [look for run in tested for look in run.looks if _on_test(case, look)]
    fact = f"You evaluated {len(kinds)} different models on the test set and validated none on held-out rows."
    return Found(fact=fact, at=look_place(looks[-1]))


def _kind(run: TrainingRun) -> tuple[object, ...]:
    """Return what a student chooses about a model."""
    used = run.fit.compile
    return run.structure.blocks, used.optimizer, used.learning_rate, used.loss, run.fit.epochs, run.fit.batch_size


@detector(
    "evaluated-on-training-rows",
    "Evaluated on the training rows",
    Topic.EVALUATION,
    Weight.SCORE_MEANS_NOTHING,
    why="A model can remember the rows it was trained on. Only rows that it has never seen tell how good it will be on "
    "new data.",
    fix="Encode the test rows as you did the training rows, and call model.evaluate(x_test, y_test).",
    hides=("never-evaluated-on-test",),
)
def evaluated_on_training_rows(case: Case) -> Found | None:
    """The only rows that a final model was evaluated on are rows it was trained on; no model was used on test rows."""
    if not _ran_without_test(case):
        return None
    folded = {run.number for group in case.work.folds for run in group}
    for run in reversed(case.finished):
        looks = [look for look in run.looks if look.use.kind == "evaluate" and look.seen is not None]
        own = [look for look in looks if look.seen and np.isin(look.seen.positions, run.rows).mean() >= SAME]
        if own and len(own) == len(looks) and run.number not in folded:
            count = plural(len(own[-1].seen.positions), "row") if own[-1].seen else ""
            return Found(fact=f"You evaluated your model on {count} that it was trained on.", at=look_place(own[-1]))
    return None


@detector(
    "never-evaluated-on-test",
    "Never evaluated on the test set",
    Topic.EVALUATION,
    Weight.READS_WRONG,
    why="Validation rows have helped to choose the model, so its score on them is too good. The test set was kept "
    "aside to tell how the final model does on new data.",
    fix="At the end, once, call model.evaluate(x_test, y_test).",
)
def never_evaluated_on_test(case: Case) -> Found | None:
    """The notebook ran to its end and trained models, none of which was evaluated or predicted on test rows."""
    runs = case.finished
    if not runs or not _ran_without_test(case):
        return None
    if case.work.raw.split != "loader" and any(run.looks for run in runs):
        return None  # it may be a split of their own that could not be told apart
    fact = f"You trained {plural(len(runs), 'model')}, and none of them was used on the test set."
    return Found(fact=fact, at=fit_place(runs[-1]))


def _ran_without_test(case: Case) -> bool:
    """Say whether it is sure that a complete notebook used no model on test rows."""
    if case.work.execution.exit is not Exit.OK or case.work.unseen or any(run.tested for run in case.work.runs):
        return False
    if any(look.seen is None for run in case.work.runs for look in run.looks):
        return False
    return not _used_unwatched(case)


def _used_unwatched(case: Case) -> bool:
    """Say whether code may use a model in a way that isn't watched: ``net(x)``, ``model.predict_on_batch(x)``."""
    fitted = [call.func.value for _, call in case.source.calls("fit") if isinstance(call.func, ast.Attribute)]
    models = {*MODELS, *(owner.id for owner in fitted if isinstance(owner, ast.Name))}
    return any(True for _ in case.source.calls(*UNWATCHED, *models))


def _on_test(case: Case, look: Look) -> bool:
    return look.seen is not None and look.use.kind == "evaluate" and are_test_rows(look.seen.positions, case.work.raw)
