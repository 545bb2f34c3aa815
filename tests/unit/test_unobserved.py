"""Claims about models whose training was not observed, and about layers that prepare inputs inside a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import CHECKS
from grader.checks.base import Answer
from grader.errors import GradingFailed
from grader.events import CompileNote, StructureNote
from grader.fed import fed
from grader.recognise import Encoding
from grader.runs import TaskCapture, TrainingRun

from .builders import FACTS, compiled, fit, houses, multi_hot, reviews, run, submitted, table, task, use, word_lists

Array = np.ndarray[Any, Any]
RAW = reviews()  # 120 training rows, 60 test rows
X = multi_hot(word_lists(180), 200)
TRAIN, TEST = X[:120], X[120:]
HOUSES = houses()
COLUMNS = table(HOUSES)[:120]


def ask(check: str, capture: TaskCapture, **params: Any) -> Answer:
    return CHECKS[check](**params)(submitted=capture, reference=FACTS)


def preparing(*layers: dict[str, Any]) -> StructureNote:
    dense = [{"class": "Dense", "units": 16, "activation": "relu"}, {"class": "Dense", "units": 1}]
    return StructureNote.model_validate({"class": "Sequential", "kind": "sequential", "layers": [*layers, *dense]})


# --- which models -------------------------------------------------------------------------------


def test_weights_that_no_fit_left_are_a_run_of_their_own_when_used_on_test_rows() -> None:
    capture = task(RAW, [], [use(TEST, "somewhere", compile=compiled())])
    (only,) = capture.runs
    assert (only.observed, only.tested, only.fit.after) == (False, True, "somewhere")
    assert (only.inputs.kind, len(only.rows), only.validation) == ("multi_hot", 0, "unknown")
    assert capture.candidates == (only,)
    assert capture.unseen == 1


def test_used_on_training_rows_alone_they_are_none() -> None:
    assert task(RAW, [], [use(TRAIN, "somewhere", compile=compiled())]).runs == ()


def test_weights_that_a_fit_began_with_are_untrained_and_no_run() -> None:
    uses = [use(TEST, "before-1", compile=compiled(), steps=0), use(TEST, "after-1", compile=compiled())]
    capture = task(RAW, [fit(TRAIN, RAW.y_train)], uses)
    assert [one.observed for one in capture.runs] == [True]
    assert capture.unseen == 0


def test_a_part_of_a_trained_model_that_was_never_compiled_is_no_run() -> None:
    assert task(RAW, [fit(TRAIN, RAW.y_train)], [use(TEST, "a-part")]).unseen == 0


def test_a_fit_that_goes_on_from_weights_of_unknown_training_is_not_fresh() -> None:
    uses = [use(TEST, "somewhere", compile=compiled(), id=1)]
    seen = task(RAW, [fit(TRAIN, RAW.y_train, id=2, before="somewhere")], uses).runs[0]
    assert (seen.observed, seen.fresh) == (True, False)


def test_weights_of_a_checkpoint_used_on_test_rows_are_judged_in_place_of_the_last() -> None:
    kept = fit(TRAIN[30:], RAW.y_train[30:], held_out=TRAIN[:30], on_the_way=("best",))
    (only,) = task(RAW, [kept], [use(TEST, "best", compile=compiled())]).runs
    assert (only.fit.after, only.restored, only.tested, only.observed) == ("best", True, True, True)
    assert ask("training.retrained", submitted(only)).credit == 1


# --- what is judged of them ---------------------------------------------------------------------


def strange(**changes: Any) -> TrainingRun:
    return run(observed=False, rows=np.empty(0, int), validation="unknown", **changes)


@pytest.mark.parametrize(
    ("check", "params"),
    [
        ("targets.classes", {"classes": 2}), ("compile.loss", {"task": "binary"}), ("training.validation", {}),
        ("training.k_fold", {}), ("training.retrained", {}), ("training.no_leakage", {}), ("experiments.tried", {}),
    ],
)  # fmt: skip
def test_how_it_was_trained_waits_for_a_person(check: str, params: dict[str, Any]) -> None:
    with pytest.raises(GradingFailed, match="could not be observed"):
        ask(check, submitted(strange(), unseen=1), **params)


@pytest.mark.parametrize(
    ("check", "params"),
    [
        ("inputs.multi_hot", {"words": 50}), ("layers.hidden", {}),
        ("layers.output", {"units": 1, "activation": "sigmoid"}), ("scores.accuracy", {}),
    ],
)  # fmt: skip
def test_what_the_model_itself_tells_is_judged(check: str, params: dict[str, Any]) -> None:
    assert ask(check, submitted(strange(), unseen=1), **params).credit == 1


def test_wrong_inputs_of_such_a_model_are_told_as_those_it_was_used_on() -> None:
    answer = ask("inputs.multi_hot", submitted(strange(inputs=Encoding(kind="multi_hot", width=20))), words=50)
    assert answer.credit == 0
    assert "was used on an array of test rows" in answer.rationale


def test_a_linear_output_may_be_told_to_a_loss_that_nobody_saw() -> None:
    plain = strange(model=preparing(), compile=CompileNote())
    with pytest.raises(GradingFailed):
        ask("layers.output", submitted(plain, unseen=1), units=1, activation="sigmoid")


# --- layers that prepare ------------------------------------------------------------------------


def on_houses(*layers: dict[str, Any], **changes: Any) -> TrainingRun:
    raw = Encoding(kind="raw", width=4, scale=np.ones(4), shift=np.zeros(4))
    return run(inputs=raw, test_inputs=(raw,), rows=np.arange(120), model=preparing(*layers), **changes)


def normalization(rows: Array) -> dict[str, Any]:
    scale = 1 / rows.std(axis=0, dtype=float)
    return {"class": "Normalization", "scale": scale.tolist(), "shift": (-rows.mean(axis=0) * scale).tolist()}


def test_a_layer_adapted_to_training_rows_scales_and_leaks_nothing() -> None:
    capture = submitted(on_houses(normalization(COLUMNS)), raw=HOUSES)
    answer = ask("inputs.scaled_columns", capture)
    assert answer.credit == 1
    assert "by your model's layer Normalization" in answer.rationale
    assert ask("training.no_leakage", capture).credit == 1


def test_a_layer_adapted_to_test_rows_too_scales_and_leaks() -> None:
    capture = submitted(on_houses(normalization(table(HOUSES))), raw=HOUSES)
    assert ask("inputs.scaled_columns", capture).credit == 1
    answer = ask("training.no_leakage", capture)
    assert answer.credit == 0
    assert "training and test rows together" in answer.rationale


def test_a_layer_that_scales_all_columns_alike_does_not_make_them_comparable() -> None:
    layer = {"class": "Rescaling", "scale": [0.001], "shift": [0.0]}
    assert ask("inputs.scaled_columns", submitted(on_houses(layer), raw=HOUSES)).credit == 0


def test_raw_columns_that_the_model_changes_in_an_unknown_way_wait_for_a_person() -> None:
    with pytest.raises(GradingFailed, match="Lambda"):
        ask("inputs.scaled_columns", submitted(on_houses({"class": "Lambda"}), raw=HOUSES))


def test_a_layer_behind_the_first_trained_one_prepares_nothing() -> None:
    layers = [*preparing().layers, normalization(COLUMNS)]
    note = StructureNote.model_validate({"class": "S", "kind": "sequential", "layers": layers})
    late = run(inputs=on_houses().inputs, model=note)
    assert fed(late).kind == "raw"


def test_numbers_of_a_layer_that_do_not_fit_the_columns_change_nothing() -> None:
    assert fed(on_houses({"class": "Normalization", "scale": [1.0] * 3, "shift": [0.0] * 3})).kind == "raw"


@pytest.mark.parametrize(("scale", "earned"), [(1 / 255, 1), (1.0, 0)])
def test_pixels_are_scaled_in_the_model_by_what_its_layer_says(scale: float, earned: int) -> None:
    pixels = Encoding(kind="raw", width=64, scale=np.ones(1), shift=np.zeros(1), layout=(8, 8))
    layer = {"class": "Rescaling", "scale": [scale], "shift": [0.0]}
    assert ask("inputs.scaled_pixels", submitted(run(inputs=pixels, model=preparing(layer)))).credit == earned


@pytest.mark.parametrize(("mode", "width", "earned"), [("multi_hot", 50, 1), ("multi_hot", 20, 0), ("count", 50, 0)])
def test_word_numbers_become_vectors_in_the_model(mode: str, width: int, earned: int) -> None:
    layer = {"class": "CategoryEncoding", "units": width, "mode": mode}
    words = run(inputs=Encoding(kind="padded", width=30), model=preparing(layer))
    assert ask("inputs.multi_hot", submitted(words), words=50).credit == earned
