"""Claims about the questions a rubric can ask: what passes, what earns part, what fails, and what can't be judged."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks import CHECKS, Answer
from grader.checks.scores import asked
from grader.errors import GradingFailed
from grader.events import Axes, Figure
from grader.recognise import Encoding, TargetEncoding
from grader.records import Cell, CellRun, CellState, Evidence, Exit
from grader.runs import TaskCapture
from grader.writing import written

from .builders import BEST, BINARY, DONE, FACTS, clothes, compiled, houses, model, run, submitted, table

PARAMS: dict[str, dict[str, Any]] = {
    "compile.metrics": {"wanted": ("accuracy",)},
    "compile.optimizer": {"accepted": ("rmsprop", "adam")},
    "scores.r2": {"full": 0.8},
    "scores.top_k": {"k": 3, "full": 0.9, "none": 0.5},
    "compile.loss": {"task": "binary"},
    "layers.output": {"units": 1, "activation": "sigmoid"},
    "targets.classes": {"classes": 2},
}
ABOUT_NO_TRAINING = {"execution.completed", "functions.builds_model", "functions.returns", "writing.present"}
HOUSES = houses()
ROWS = table(HOUSES)
TRAIN = ROWS[:120].astype(np.float64)


def ask(check: str, capture: TaskCapture, facts: Any = FACTS, **params: Any) -> Answer:
    question = CHECKS[check](**{**PARAMS.get(check, {}), **params})
    return question(submitted=capture, reference=facts)


def credit(check: str, capture: TaskCapture, **params: Any) -> float | None:
    return ask(check, capture, **params).credit


def columns(scale: Any, shift: Any = 0.0) -> Encoding:
    return Encoding(kind="columns", width=4, scale=np.ones(4) * scale, shift=np.ones(4) * shift)


def scaled_by(rows: Any, *, ddof: int = 0) -> Encoding:
    return columns(1 / rows.std(axis=0, ddof=ddof), -rows.mean(axis=0) / rows.std(axis=0, ddof=ddof))


STANDARD = scaled_by(TRAIN)
FACTS_OF_HOUSES = FACTS.model_copy(update={"test_rows": 40})


def house_run(number: int = 1, **changes: Any) -> Any:
    fields = {
        "inputs": STANDARD,
        "input_shape": (100, 4),
        "targets": TargetEncoding(kind="scaled", scale=1e-5),
        "scores": {"mae": 1.0},
    }
    return run(number, **{**fields, **changes})


def on_houses(*runs: Any, **changes: Any) -> TaskCapture:
    return submitted(*runs, raw=HOUSES, **changes)


# --- every question -----------------------------------------------------------------------------


@pytest.mark.parametrize("check", sorted(set(CHECKS) - ABOUT_NO_TRAINING))
def test_where_nothing_was_trained_nothing_is_judged(check: str) -> None:
    answer = ask(check, submitted())
    assert answer.credit is None
    assert answer.evidence is Evidence.NONE
    assert answer.help


@pytest.mark.parametrize("check", sorted(set(CHECKS) - ABOUT_NO_TRAINING))
def test_where_training_could_not_be_observed_the_grade_waits_for_a_person(check: str) -> None:
    with pytest.raises(GradingFailed, match="by hand"):
        ask(check, submitted(unseen=2))


WRONG = {
    "compile.metrics": run(compile=compiled().model_copy(update={"metrics": ()})),
    "compile.optimizer": run(compile=compiled().model_copy(update={"optimizer": "SGD"})),
    "scores.r2": house_run(scores={"r2": 0.3}),
    "scores.top_k": run(scores={"top_3": 0.6}),
    "training.epochs_chosen": run(history={"val_loss": (0.3, 0.4, 0.6, 0.9)}),
    "compile.loss": run(compile=compiled("mean_absolute_error")),
    "inputs.multi_hot": run(inputs=Encoding(kind="counts", width=50)),
    "inputs.scaled_columns": house_run(inputs=Encoding(kind="raw", width=4, scale=np.ones(4), shift=np.zeros(4))),
    "layers.hidden": run(model=model(("Dense", 4, "relu"), ("Dense", 1, "sigmoid"))),
    "layers.output": run(model=model(("Dense", 16, "relu"), ("Dense", 1, "softmax"))),
    "scores.accuracy": run(scores={"accuracy": 0.6}),
    "targets.classes": run(targets=TargetEncoding(kind="unknown")),
    "inputs.scaled_pixels": run(
        inputs=Encoding(kind="raw", width=64, scale=np.ones(1), shift=np.zeros(1), layout=(8, 8))
    ),
    "experiments.tried": run(),
    "targets.numbers": house_run(targets=TargetEncoding(kind="unknown")),
    "targets.scaled": house_run(targets=TargetEncoding(kind="raw")),
    "training.k_fold": run(validation="none", held_out=np.arange(0)),
    "training.no_leakage": run(rows=np.arange(180)),
    "training.retrained": run(fresh=False),
    "training.validation": run(validation="test_rows"),
    "figures.curves": run(),
}


@pytest.mark.parametrize("check", sorted(WRONG))
def test_a_mistake_is_told_with_what_was_found_what_was_expected_and_one_next_step(check: str) -> None:
    raw = HOUSES if check in {"inputs.scaled_columns", "targets.scaled"} else None
    answer = ask(check, submitted(WRONG[check], raw=raw))
    assert answer.credit is not None
    assert answer.credit < 1
    assert len(answer.rationale) > 40
    assert answer.help.endswith((".", "0"))
    assert "None" not in answer.rationale
    assert "you" in f"{answer.rationale} {answer.help}".lower() or check in {"training.k_fold", "figures.curves"}


@pytest.mark.parametrize("check", sorted(set(WRONG) - {"figures.curves", "training.k_fold", "experiments.tried"}))
def test_a_mistake_is_told_with_the_cell_it_is_in(check: str) -> None:
    raw = HOUSES if check in {"inputs.scaled_columns", "targets.scaled"} else None
    wrong = replace(WRONG[check], fit=replace(WRONG[check].fit, cell=7))
    assert ask(check, submitted(wrong, raw=raw)).cell == 7


# --- execution ----------------------------------------------------------------------------------


def test_a_notebook_that_ran_to_its_end_passes() -> None:
    done = DONE.model_copy(update={"cells": (CellRun(cell=0, state=CellState.OK),)})
    assert credit("execution.completed", submitted(execution=done)) == 1


@pytest.mark.parametrize("how", [one for one in Exit if one is not Exit.OK])
def test_a_notebook_that_did_not_run_to_its_end_fails_in_the_cell_that_ended_it(how: Exit) -> None:
    state = CellState.RAISED if how is Exit.RAISED else CellState.STOPPED
    cells = (
        CellRun(cell=1, state=CellState.OK),
        CellRun(cell=4, state=state),
        CellRun(cell=6, state=CellState.NOT_REACHED),
    )
    stopped = DONE.model_copy(update={"exit": how, "cells": cells, "stopped": "It stopped in cell 5."})
    answer = ask("execution.completed", submitted(execution=stopped))
    assert (answer.credit, answer.cell) == (0, 4)
    assert "It stopped in cell 5." in answer.rationale
    assert "1 of 3" in answer.rationale
    assert answer.help


# --- inputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "earned"),
    [
        (Encoding(kind="multi_hot", width=50), 1),
        (Encoding(kind="multi_hot", width=40), 0),
        (Encoding(kind="counts", width=50), 0),
        (Encoding(kind="word_weights", width=50), 0),
        (Encoding(kind="padded", width=50), 0),
        (Encoding(kind="unknown"), 0),
    ],
)
def test_inputs_are_multi_hot_vectors_of_the_width_asked_for(encoding: Encoding, earned: int) -> None:
    assert credit("inputs.multi_hot", submitted(run(inputs=encoding)), words=50) == earned


def test_without_a_number_of_words_the_references_own_is_asked_for() -> None:
    assert credit("inputs.multi_hot", submitted(run())) == 1
    assert credit("inputs.multi_hot", submitted(run(inputs=Encoding(kind="multi_hot", width=49)))) == 0


FIT = ROWS[20:100].astype(np.float64)
SPREAD = np.percentile(TRAIN, 75, axis=0) - np.percentile(TRAIN, 25, axis=0)


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param(STANDARD, id="standardised"),
        pytest.param(scaled_by(TRAIN, ddof=1), id="standardised-by-pandas"),
        pytest.param(scaled_by(FIT), id="standardised-by-the-fitted-rows"),
        pytest.param(columns(1 / np.ptp(TRAIN, axis=0)), id="min-max"),
        pytest.param(columns(1 / SPREAD, -np.median(TRAIN, axis=0) / SPREAD), id="robust"),
        pytest.param(columns(1 / TRAIN.max(axis=0).clip(1)), id="divided-by-constants"),
    ],
)
def test_columns_brought_to_comparable_ranges_pass_in_whatever_way(encoding: Encoding) -> None:
    assert credit("inputs.scaled_columns", on_houses(house_run(inputs=encoding, rows=np.arange(20, 100)))) == 1


def test_min_max_scaling_passes_even_where_one_value_lies_far_out() -> None:
    far = TRAIN.copy()
    far[3, 2] = far[:, 2].max() * 500
    raw = replace(HOUSES, x_train=far)
    encoding = columns(1 / np.ptp(far, axis=0), -far.min(axis=0) / np.ptp(far, axis=0))
    assert credit("inputs.scaled_columns", submitted(house_run(inputs=encoding, rows=np.arange(120)), raw=raw)) == 1


@pytest.mark.parametrize(
    "encoding", [Encoding(kind="raw", scale=np.ones(4), shift=np.zeros(4)), columns(0.01)], ids=["raw", "one-factor"]
)
def test_columns_of_very_different_ranges_fail(encoding: Encoding) -> None:
    answer = ask("inputs.scaled_columns", on_houses(house_run(inputs=encoding)))
    assert answer.credit == 0
    assert "times as far" in answer.rationale


# --- targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "earned"),
    [
        (TargetEncoding(kind="integers"), 1),
        (TargetEncoding(kind="one_hot", width=46), 1),
        (TargetEncoding(kind="one_hot", width=50), 0),
        (TargetEncoding(kind="shuffled"), 0),
        (TargetEncoding(kind="unknown"), 0),
    ],
)
def test_labels_are_class_numbers_or_one_hot_vectors_of_the_right_width(targets: TargetEncoding, earned: int) -> None:
    assert credit("targets.classes", submitted(run(targets=targets)), classes=46) == earned


@pytest.mark.parametrize(("kind", "earned"), [("scaled", 1), ("raw", 0), ("unknown", 0), ("shuffled", 0)])
def test_prices_are_scaled(kind: str, earned: int) -> None:
    targets = TargetEncoding(kind=kind, scale=1e-5 if kind == "scaled" else 1.0)
    assert credit("targets.scaled", on_houses(house_run(targets=targets))) == earned


# --- layers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "earned"),
    [
        ([("Dense", 16, "relu")], 1),
        ([("Dense", 64, "tanh"), ("Dense", 16, "gelu")], 1),
        ([("Dense", 16), ("Activation", None, "relu")], 1),
        ([], 0),
        ([("Dense", 16, "relu")] * 4, 0),
        ([("Dense", 15, "relu")], 0),
        ([("Dense", 64, "relu"), ("Dense", 4, "relu")], 0),
        ([("Dense", 16)], 0),
        ([("Dense", 16, "relu"), ("Dense", 16, "linear")], 0),
    ],
    ids=str,
)
def test_hidden_layers_are_enough_wide_enough_and_not_linear(layers: list[tuple[Any, ...]], earned: int) -> None:
    assert credit("layers.hidden", submitted(run(model=model(*layers, ("Dense", 1, "sigmoid"))))) == earned


OUTPUT = [
    # units and activation of the last layer, from_logits, loss; asked for; earned
    ((1, "sigmoid", False, "binary_crossentropy"), (1, "sigmoid"), 1),
    ((1, "linear", True, "BinaryCrossentropy"), (1, "sigmoid"), 1),
    ((1, "linear", False, "binary_crossentropy"), (1, "sigmoid"), 0),
    ((1, "sigmoid", True, "BinaryCrossentropy"), (1, "sigmoid"), 0),
    ((1, "softmax", False, "binary_crossentropy"), (1, "sigmoid"), 0),
    ((1, "relu", False, "binary_crossentropy"), (1, "sigmoid"), 0),
    ((2, "softmax", False, "categorical_crossentropy"), (1, "sigmoid"), 1),
    ((2, "softmax", False, "sparse_categorical_crossentropy"), (1, "sigmoid"), 1),
    ((2, "linear", True, "SparseCategoricalCrossentropy"), (1, "sigmoid"), 1),
    ((2, "softmax", False, "binary_crossentropy"), (1, "sigmoid"), 0),
    ((2, "sigmoid", False, "categorical_crossentropy"), (1, "sigmoid"), 0),
    ((3, "softmax", False, "categorical_crossentropy"), (1, "sigmoid"), 0),
    ((46, "softmax", False, "categorical_crossentropy"), (46, "softmax"), 1),
    ((46, "linear", True, "CategoricalCrossentropy"), (46, "softmax"), 1),
    ((46, "linear", False, "categorical_crossentropy"), (46, "softmax"), 0),
    ((46, "sigmoid", False, "categorical_crossentropy"), (46, "softmax"), 0),
    ((45, "softmax", False, "categorical_crossentropy"), (46, "softmax"), 0),
    ((1, "linear", False, "mse"), (1, "linear"), 1),
    ((1, "relu", False, "mse"), (1, "linear"), 0),
    ((1, "sigmoid", False, "mse"), (1, "linear"), 0),
    ((2, "linear", False, "mse"), (1, "linear"), 0),
]


@pytest.mark.parametrize(("last", "asked", "earned"), OUTPUT)
def test_the_output_says_what_is_asked_for(last: tuple[Any, ...], asked: tuple[int, str], earned: int) -> None:
    units, activation, logits, loss = last
    made = run(
        model=model(("Dense", 16, "relu"), ("Dense", units, activation)), compile=compiled(loss, from_logits=logits)
    )
    assert credit("layers.output", submitted(made), units=asked[0], activation=asked[1]) == earned


def test_a_model_without_weights_has_no_right_output() -> None:
    assert credit("layers.output", submitted(run(model=model(("Flatten",))))) == 0


# --- loss ---------------------------------------------------------------------------------------

SPELLINGS = {
    "binary": ["binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"],
    "regression": ["mse", "MSE", "mean_squared_error", "MeanSquaredError", "mae",
        "MeanAbsoluteError", "Huber", "huber", "LogCosh", "log_cosh", "logcosh"],
}  # fmt: skip


@pytest.mark.parametrize(("task", "loss"), [(task, loss) for task, losses in SPELLINGS.items() for loss in losses])
def test_a_right_loss_passes_in_every_spelling(task: str, loss: str) -> None:
    assert credit("compile.loss", submitted(run(compile=compiled(loss))), task=task) == 1


LABELS = {"one_hot": TargetEncoding(kind="one_hot", width=46), "integers": TargetEncoding(kind="integers")}
MANY = model(("Dense", 64, "relu"), ("Dense", 46, "softmax"))


@pytest.mark.parametrize(
    ("kind", "loss", "earned"),
    [
        ("one_hot", "categorical_crossentropy", 1),
        ("one_hot", "CategoricalCrossentropy", 1),
        ("integers", "sparse_categorical_crossentropy", 1),
        ("integers", "SparseCategoricalCrossentropy", 1),
        ("one_hot", "sparse_categorical_crossentropy", 0),
        ("integers", "categorical_crossentropy", 0),
        ("one_hot", "binary_crossentropy", 0),
        ("one_hot", "mse", 0),
    ],
)
def test_the_loss_of_many_classes_belongs_to_the_labels(kind: str, loss: str, earned: int) -> None:
    made = run(model=MANY, compile=compiled(loss), targets=LABELS[kind])
    assert credit("compile.loss", submitted(made), task="multiclass") == earned


@pytest.mark.parametrize(
    ("kind", "loss"), [("one_hot", "categorical_crossentropy"), ("integers", "sparse_categorical_crossentropy")]
)
def test_two_units_for_a_yes_or_no_question_take_the_categorical_losses(kind: str, loss: str) -> None:
    made = run(
        model=model(("Dense", 16, "relu"), ("Dense", 2, "softmax")),
        compile=compiled(loss),
        targets=LABELS[kind],
    )
    assert credit("compile.loss", submitted(made)) == 1


def test_squared_error_on_a_probability_earns_half() -> None:
    assert credit("compile.loss", submitted(run(compile=compiled("mse")))) == 0.5


@pytest.mark.parametrize("loss", [None, "categorical_crossentropy", "hinge", "<lambda>"])
def test_other_losses_fail_a_yes_or_no_question(loss: str | None) -> None:
    assert credit("compile.loss", submitted(run(compile=compiled(loss)))) == 0


@pytest.mark.parametrize("loss", ["binary_crossentropy", "sparse_categorical_crossentropy"])
def test_crossentropy_fails_a_price(loss: str) -> None:
    assert credit("compile.loss", submitted(run(compile=compiled(loss))), task="regression") == 0


# --- validation and K-fold ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["test_rows", "training_rows", "unknown", "none"])
def test_without_held_out_rows_validation_fails_and_says_why(kind: str) -> None:
    answer = ask("training.validation", submitted(run(validation=kind)))
    assert answer.credit == 0
    assert "Expected" in answer.rationale


def test_one_run_validated_on_held_out_rows_is_enough() -> None:
    capture = submitted(run(1, validation="test_rows"), run(2), run(3, validation="none"))
    assert credit("training.validation", capture) == 1


def test_a_validated_run_that_did_not_finish_is_not() -> None:
    assert credit("training.validation", submitted(run(error="ValueError"))) == 0


def folds(k: int, **changes: Any) -> list[Any]:
    parts = np.array_split(np.arange(120), k)
    return [
        run(number, held_out=part, rows=np.setdiff1d(np.arange(120), part), **changes)
        for number, part in enumerate(parts, start=1)
    ]


@pytest.mark.parametrize(("k", "least", "earned"), [(3, 3, 1), (4, 3, 1), (10, 3, 1), (3, 4, 0.5)])
def test_k_folds_of_fresh_models_pass(k: int, least: int, earned: float) -> None:
    assert credit("training.k_fold", submitted(*folds(k), run(20, validation="none")), least=least) == earned


@pytest.mark.parametrize("runs", [1, 2, 3, 5])
def test_one_part_held_out_earns_half_however_often(runs: int) -> None:
    assert credit("training.k_fold", submitted(*(run(number) for number in range(1, runs + 1)))) == 0.5


def test_folds_that_go_on_with_one_model_fail_and_say_so() -> None:
    first, *others = folds(4)
    answer = ask("training.k_fold", submitted(first, *(replace(other, fresh=False) for other in others)))
    assert answer.credit == 0
    assert "3 folds" in answer.rationale


# --- retrained ----------------------------------------------------------------------------------


def test_a_fresh_model_after_a_validated_run_passes() -> None:
    assert credit("training.retrained", submitted(run(1), run(2, validation="none"))) == 1


def test_validation_on_the_wrong_rows_is_not_punished_a_second_time() -> None:
    assert credit("training.retrained", submitted(run(1, validation="test_rows"), run(2, validation="none"))) == 1


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([run(1)], id="the-validated-model-itself"),
        pytest.param([run(1, validation="none")], id="trained-once-without-validation"),
        pytest.param([run(1), run(2, fresh=False)], id="trained-further"),
        pytest.param([run(1, error="no"), run(2, validation="none")], id="the-validated-run-failed"),
    ],
)
def test_without_a_fresh_model_afterwards_it_fails(runs: list[Any]) -> None:
    assert credit("training.retrained", submitted(*runs)) == 0


def test_early_stopping_that_goes_back_to_the_best_weights_passes() -> None:
    assert credit("training.retrained", submitted(run(callbacks=(BEST,)))) == 1
    assert (
        credit("training.retrained", submitted(run(callbacks=(BEST.model_copy(update={"restores_best": False}),)))) == 0
    )


def test_a_training_that_did_not_finish_can_not_be_judged() -> None:
    assert credit("training.retrained", submitted(run(error="ValueError"))) is None


# --- leakage ------------------------------------------------------------------------------------


def test_training_rows_alone_are_no_leak() -> None:
    assert credit("training.no_leakage", submitted(run())) == 1


def test_a_single_row_equal_to_a_test_row_is_no_leak() -> None:
    rows = np.concatenate([np.arange(400) % 120, [130]])
    assert credit("training.no_leakage", submitted(run(rows=rows))) == 1


def test_two_rows_of_the_test_set_in_a_hundred_are_a_leak() -> None:
    assert credit("training.no_leakage", submitted(run(rows=np.arange(22, 122)))) == 0
    assert credit("scores.accuracy", submitted(run(rows=np.arange(22, 122)))) is None


def test_rows_of_the_test_set_are_a_leak_and_counted() -> None:
    answer = ask("training.no_leakage", submitted(run(rows=np.arange(100, 140))))
    assert answer.credit == 0
    assert "20 rows of the test set" in answer.rationale


@pytest.mark.parametrize(
    ("rows", "earned"),
    [(TRAIN, 1), (FIT, 1), (ROWS.astype(np.float64), 0), (ROWS[120:].astype(np.float64), 0)],
    ids=["train", "fit", "all", "test"],
)
def test_statistics_that_include_test_rows_are_a_leak(rows: Any, earned: int) -> None:
    made = house_run(inputs=scaled_by(rows), rows=np.arange(20, 100))
    assert credit("training.no_leakage", on_houses(made)) == earned


@pytest.mark.parametrize(
    ("encoding", "earned"), [(STANDARD, 1), (scaled_by(ROWS[120:].astype(np.float64)), 0)], ids=["train", "test"]
)
def test_test_rows_scaled_by_their_own_statistics_are_a_leak(encoding: Encoding, earned: int) -> None:
    assert credit("training.no_leakage", on_houses(house_run(test_inputs=(encoding,)))) == earned


# --- scores -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("accuracy", "earned"), [(0.9, 1), (0.85, 1), (0.675, 0.5), (0.5, 0), (0.3, 0)])
def test_accuracy_earns_from_the_naive_guess_to_the_threshold(accuracy: float, earned: float) -> None:
    answer = ask("scores.accuracy", submitted(run(scores={"accuracy": accuracy})))
    assert answer.credit == pytest.approx(earned)
    assert answer.evidence is Evidence.VERIFIED
    assert f"{accuracy:.1%}" in answer.rationale


def test_a_score_of_a_model_trained_on_test_rows_is_not_judged() -> None:
    assert credit("scores.accuracy", submitted(run(rows=np.arange(180)))) is None


def test_a_trained_model_that_could_not_be_evaluated_is_the_graders_fault() -> None:
    for name in ("scores.accuracy", "scores.mae"):
        with pytest.raises(GradingFailed, match="could not be evaluated"):
            ask(name, submitted(run(scores={})))


def test_without_a_calibration_the_fault_is_ours() -> None:
    with pytest.raises(GradingFailed, match="calibration"):
        ask("scores.accuracy", submitted(run()), facts=FACTS.model_copy(update={"calibration": None}))


@pytest.mark.parametrize(("value", "earned"), [(0.9, 1), (0.8, 1), (0.4, 0.5), (0, 0), (-3, 0)])
def test_r2_earns_from_the_mean_as_a_guess_to_what_the_assignment_says(value: float, earned: float) -> None:
    answer = ask("scores.r2", on_houses(house_run(scores={"r2": value})), facts=FACTS_OF_HOUSES)
    assert answer.credit == pytest.approx(earned)
    assert f"R2 on the test rows: {value:.3f}. Full credit begins at 0.800" in answer.rationale


@pytest.mark.parametrize(("value", "earned"), [(0.95, 1), (0.7, 0.5), (0.5, 0)])
def test_the_share_within_k_guesses_earns_between_what_the_assignment_says(value: float, earned: float) -> None:
    answer = ask("scores.top_k", submitted(run(scores={"top_3": value})))
    assert answer.credit == pytest.approx(earned)
    assert "within 3 guesses" in answer.rationale


def test_scores_beyond_the_assignments_own_are_those_that_criteria_ask_for() -> None:
    top = ("scores.top_k", {"k": 5, "full": 0.9, "none": 0.1})
    assert asked([top, ("scores.accuracy", {}), top, ("scores.r2", {"full": 1})]) == ("top_5", "r2")


@pytest.mark.parametrize(
    ("check", "params"),
    [
        ("scores.top_k", {"k": 0}), ("scores.top_k", {"none": 0.9}), ("scores.top_k", {"full": 2}),
        ("scores.r2", {"full": 1.5}), ("scores.r2", {"none": 0.9}),
    ],
)  # fmt: skip
def test_a_band_that_is_none_is_refused_when_the_assignment_is_read(check: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        CHECKS[check](**{**PARAMS[check], **params})


# --- compile ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("used", "earned"), [("RMSprop", 1), ("rmsprop", 1), ("Adam", 1), ("SGD", 0), (None, 0)])
def test_an_optimizer_is_right_in_any_spelling(used: str | None, earned: int) -> None:
    made = run(compile=compiled().model_copy(update={"optimizer": used}))
    assert credit("compile.optimizer", submitted(made)) == earned


@pytest.mark.parametrize(
    ("used", "earned"),
    [
        (("acc",), 1), (("accuracy",), 1), (("binary_accuracy",), 1), (("sparse_categorical_accuracy_1",), 1),
        (("mae", "accuracy"), 1), (("{'out': 'accuracy'}",), 1), (("mae",), 0), ((), 0),
    ],
)  # fmt: skip
def test_accuracy_is_one_metric_under_all_its_names(used: tuple[str, ...], earned: int) -> None:
    assert credit("compile.metrics", submitted(run(compile=compiled().model_copy(update={"metrics": used})))) == earned


def test_one_of_two_metrics_earns_half() -> None:
    made = run(compile=compiled().model_copy(update={"metrics": ("<function mean_absolute_error at 0x7f>",)}))
    assert credit("compile.metrics", submitted(made), wanted=("mae", "mse")) == 0.5


# --- epochs -------------------------------------------------------------------------------------

FALLS_AND_RISES = {"loss": (3.0, 2, 1, 1, 1, 1), "val_loss": (0.6, 0.4, 0.3, 0.28, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3)}


@pytest.mark.parametrize(("epochs", "earned"), [(4, 1), (3, 1), (2, 1), (6, 1), (1, 0.5), (7, 0), (10, 0), (11, 0)])
def test_a_final_model_is_trained_for_about_as_long_as_an_earlier_curve_was_falling(epochs: int, earned: float) -> None:
    watched = run(1, history=FALLS_AND_RISES, epochs=10)
    answer = ask("training.epochs_chosen", submitted(watched, run(2, epochs=epochs, validation="none")))
    assert answer.credit == earned
    assert "run 1, val_loss was best after epoch 4 (0.28)" in answer.rationale


def test_a_curve_that_was_still_falling_when_it_ended_neither_proves_nor_refutes_a_longer_training() -> None:
    falling = {"val_loss": (0.9, 0.8, 0.6, 0.5, 0.4)}
    for epochs, earned in ((5, 1), (50, 0.5)):
        capture = submitted(run(1, history=falling, epochs=5), run(2, epochs=epochs, validation="none"))
        assert credit("training.epochs_chosen", capture) == earned


def test_on_a_flat_curve_its_height_counts_and_not_its_lowest_point() -> None:
    flat = {"val_mae": tuple(2.5 + 0.1 * (number % 3) for number in range(200))}
    capture = submitted(run(1, history=flat, epochs=200), run(2, epochs=130, validation="none"))
    assert credit("training.epochs_chosen", capture) == 1


def test_an_accuracy_is_best_where_it_is_highest() -> None:
    curve = {"val_accuracy": (0.7, 0.8, 0.9, 0.92, 0.91, 0.9, 0.88, 0.86, 0.84, 0.8)}
    assert [
        credit("training.epochs_chosen", submitted(run(1, history=curve), run(2, epochs=epochs, validation="none")))
        for epochs in (4, 5, 10)
    ] == [1, 1, 0]


def test_the_mean_curve_of_the_folds_says_for_how_long_to_train() -> None:
    low, high = (1.0, 0.2, 1, 1, 1, 1, 1, 0.1, 1), (1.0, 0.2, 1, 1, 1, 1, 1, 1.9, 1)
    round_ = [
        replace(each, fit=replace(each.fit, history={"val_loss": low if number % 2 else high}))
        for number, each in enumerate(folds(4))
    ]
    for epochs, earned in ((2, 1), (8, 0)):
        capture = submitted(*round_, run(5, epochs=epochs, validation="none"))
        assert credit("training.epochs_chosen", capture) == earned


def test_epochs_of_a_model_that_was_trained_further_are_counted_from_its_beginning() -> None:
    first = run(1, history=FALLS_AND_RISES, epochs=10, after="b" * 32)
    answer = ask("training.epochs_chosen", submitted(first, run(2, epochs=4, before="b" * 32, validation="none")))
    assert answer.credit == 0
    assert "for 14 epochs, those before it was trained on included" in answer.rationale


def test_without_a_validation_curve_no_number_of_epochs_was_chosen() -> None:
    answer = ask("training.epochs_chosen", submitted(run(1, validation="none"), run(2, validation="test_rows")))
    assert answer.credit == 0
    assert "no validation curve" in answer.rationale


def test_early_stopping_that_restores_the_best_weights_has_chosen() -> None:
    assert credit("training.epochs_chosen", submitted(run(callbacks=(BEST,)))) == 1


# --- writing ------------------------------------------------------------------------------------


def markdown(*sources: str) -> tuple[Cell, ...]:
    return tuple(Cell(index=index, kind="markdown", source=source) for index, source in enumerate(sources))


STARTER = markdown("# Reviews", "## Discussion\nWrite here what your curves say about overfitting, in your own words.")
ANSWER = "The validation loss rises after epoch four while the training loss keeps falling."


def wrote(*sources: str, **params: Any) -> Answer:
    return ask("writing.present", submitted(run(), writing=written(markdown(*sources), STARTER)), **params)


def test_a_written_answer_waits_for_a_person_with_its_cell() -> None:
    answer = wrote("# Reviews", f"{STARTER[1].source}\n{ANSWER}", heading="discussion")
    assert (answer.by_hand, answer.credit, answer.cell) == (True, None, 1)
    assert "You wrote 13 words under “discussion”" in answer.rationale


def test_what_the_starter_says_is_no_answer() -> None:
    answer = wrote(*(cell.source for cell in STARTER), heading="discussion")
    assert (answer.by_hand, answer.credit) == (False, 0)
    assert "0 words of your own" in answer.rationale


def test_an_answer_in_another_place_waits_for_a_person_too() -> None:
    assert wrote("# My thoughts", ANSWER, heading="discussion").by_hand
    assert wrote(ANSWER).by_hand
    assert not wrote("- - - ...", "### A title of many words that is only a title and nothing more").by_hand


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## Discussion ##", "Discussion"),
        ("# C # and F# # \t#", "C # and F"),
        ("#\tTwo  words", "Two  words"),
        ("# ##", ""),
    ],
)
def test_a_heading_is_read_without_the_marks_that_close_it(line: str, heading: str) -> None:
    assert [found.heading for found in written(markdown(f"{line}\nMy words."))] == [heading]


@pytest.mark.parametrize("line", ["# " + " " * 200_000 + "x", "# " + "# " * 100_000 + "x", "# " + "#" * 200_000 + "x"])
def test_a_heading_of_any_length_is_read_in_a_moment(line: str) -> None:
    begin = time.process_time()
    written(markdown(line))
    assert time.process_time() - begin < 2


# --- figures ------------------------------------------------------------------------------------


def figure(*, lines: tuple[tuple[float, ...], ...] = (), points: int = 0) -> Figure:
    return Figure(event="figure", id=1, cell=1, axes=(Axes(lines=lines, points=points),))


@pytest.mark.parametrize(
    ("figures", "earned"),
    [
        ((figure(lines=((1, 2, 3),)),), 1),
        ((figure(points=3),), 1),
        ((figure(), figure(lines=((1,), (1, 2, 3)))), 1),
        ((figure(lines=((1, 2),)),), 0),
        ((figure(),), 0),
        ((), 0),
    ],
)
def test_a_figure_with_a_curve_of_three_points_is_enough(figures: tuple[Figure, ...], earned: int) -> None:
    assert credit("figures.curves", submitted(run(), figures=figures)) == earned


def test_the_builders_run_is_right_in_everything_that_is_about_it() -> None:
    capture = submitted(run(1), run(2))
    others = {"inputs.scaled_columns", "inputs.scaled_pixels", "targets.scaled", "targets.numbers", "scores.mae"}
    others |= {"scores.r2", "scores.top_k", "training.epochs_chosen"}
    for check in sorted(
        set(CHECKS) - ABOUT_NO_TRAINING - others - {"training.k_fold", "figures.curves", "experiments.tried"}
    ):
        assert credit(check, capture) == 1, check
    assert BINARY.layers


def test_test_rows_in_an_earlier_training_of_the_same_weights_are_a_leak() -> None:
    first = run(1, rows=np.arange(120, 180), after="b" * 32)
    last = run(2, before="b" * 32, after="c" * 32)
    assert credit("training.no_leakage", submitted(first, last)) == 0
    assert credit("scores.accuracy", submitted(first, last)) is None


def test_a_score_on_another_test_set_is_not_compared() -> None:
    answer = ask("scores.accuracy", submitted(run()), facts=FACTS.model_copy(update={"test_rows": 2000}))
    assert answer.credit is None
    assert "60" in answer.rationale
    assert "2,000" in answer.rationale


# --- images, plain targets, experiments ----------------------------------------------------------


def image_run(scale: float, shift: float = 0.0, **changes: Any) -> Any:
    encoding = Encoding(kind="pixels", width=64, scale=np.array([scale]), shift=np.array([shift]), layout=(8, 8))
    return run(inputs=encoding, **changes)


@pytest.mark.parametrize(
    ("scale", "shift", "earned"), [(1 / 255, 0.0, 1), (2 / 255, -1.0, 1), (1 / 73, -0.8, 1), (0.5, 0.0, 0)]
)
def test_pixels_near_1_pass_however_they_were_scaled(scale: float, shift: float, earned: int) -> None:
    assert credit("inputs.scaled_pixels", submitted(image_run(scale, shift), raw=clothes())) == earned


def test_raw_pixels_pass_where_the_model_scales_them() -> None:
    layers = model(("Rescaling",), ("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))
    answer = ask("inputs.scaled_pixels", submitted(image_run(1.0, model=layers), raw=clothes()))
    assert answer.credit == 1
    assert "Rescaling" in answer.rationale


@pytest.mark.parametrize(("kind", "earned"), [("raw", 1), ("scaled", 1), ("shuffled", 0), ("unknown", 0)])
def test_targets_as_loaded_or_scaled_pass(kind: str, earned: int) -> None:
    assert credit("targets.numbers", on_houses(house_run(targets=TargetEncoding(kind=kind, scale=0.01)))) == earned


WIDER = model(("Dense", 32, "relu"), ("Dense", 1, "sigmoid"))
DEEPER = model(("Dense", 16, "relu"), ("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))


def test_each_further_value_of_a_property_is_an_experiment() -> None:
    capture = submitted(run(1), run(2, model=WIDER), run(3, model=DEEPER))
    assert credit("experiments.tried", capture, least=2) == 1
    assert credit("experiments.tried", capture, least=4) == 0.5
    assert credit("experiments.tried", capture, least=1, of=("loss",)) == 0


@pytest.mark.parametrize("validation", ["none", "test_rows", "training_rows"])
def test_a_variant_that_was_not_compared_on_held_out_rows_is_no_experiment(validation: str) -> None:
    assert credit("experiments.tried", submitted(run(1), run(2, model=WIDER, validation=validation))) == 0


def test_on_two_softmax_units_with_one_hot_labels_both_crossentropies_are_the_same() -> None:
    two = model(("Dense", 16, "relu"), ("Dense", 2, "softmax"))
    labels = TargetEncoding(kind="one_hot", width=2)
    for loss in ("binary_crossentropy", "categorical_crossentropy"):
        made = run(model=two, targets=labels, compile=compiled(loss))
        answer = CHECKS["compile.loss"](task="binary")(submitted=submitted(made), reference=FACTS)
        assert answer.credit == 1


def test_a_model_that_diverged_is_the_students_fault_and_withholds_nothing() -> None:
    made = run(scores={}, history={"loss": (2.0, float("nan"))})
    answer = CHECKS["scores.accuracy"]()(submitted=submitted(made), reference=FACTS)
    assert answer.credit is None
    assert "diverged" in answer.rationale


def test_guesses_of_a_single_output_have_no_order() -> None:
    made = run(scores={"accuracy": 0.8})
    question = CHECKS["scores.top_k"](k=3, full=0.9, none=0.2)
    answer = question(submitted=submitted(made), reference=FACTS)
    assert answer.credit is None
    assert "single output" in answer.rationale
