"""Claims about functions called on inputs of the grader's: right in any form, wrong in words, and no answer goes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.answers import differs, folds_problem, scaled_problem
from grader.calls import LARGEST, Call, Calls, Returned, read_calls
from grader.capture import read_capture
from grader.checks import CHECKS, Answer
from grader.checks.functions import requests
from grader.errors import CaptureInvalid, GradingFailed
from grader.events import CompileNote
from grader.inside import functions
from grader.probes import KINDS, probes
from grader.records import Exit
from reference.encoding import Scaling, multi_hot, one_hot

from .builders import DONE, FACTS, compiled, model, submitted

SEEDS = st.integers(0, 2**64 - 1)
MODEL = model(("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))
BUILD = {"units": 1, "activation": "sigmoid"}


def array(values: Any) -> Returned:
    values = np.asarray(values)
    return Returned(kind="array", type="ndarray", shape=values.shape, array=values)


def items(*parts: Any) -> Returned:
    made = [part if isinstance(part, Returned) else array(part) for part in parts]
    return Returned(kind="items", type="list", items=tuple(made))


NOTHING = Returned(kind="none", type="NoneType")


def arguments(probe: Any) -> dict[str, Any]:
    return {each["name"]: each.get("lists", each.get("array", each.get("value"))) for each in probe.arguments}


def right(kind: str, probe: Any) -> Returned:
    """Answer as the reference solution's own functions do."""
    given = arguments(probe)
    if kind == "multi_hot":
        return array(multi_hot(given["sequences"], given["dimension"]))
    if kind == "one_hot":
        return array(one_hot(given["labels"], given["classes"]))
    if kind == "standardise":
        scaling = Scaling.of(np.array(given["train"]))
        return items(scaling.apply(np.array(given["train"])), scaling.apply(np.array(given["test"])))
    if kind == "k_fold":
        rows, folds = np.arange(len(given["data"])), given["k"]
        return items(*(items(rows[rows % folds != fold], rows[rows % folds == fold]) for fold in range(folds)))
    smooth = given["points"][:1]
    for point in given["points"][1:]:
        smooth = [*smooth, smooth[-1] * given["factor"] + point * (1 - given["factor"])]
    return array(smooth)


# --- inputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
def test_what_the_reference_returns_is_right_for_every_seed(kind: str, seed: int) -> None:
    assert [probe.problem(right(kind, probe)) for probe in probes(kind, seed)] == [None] * len(probes(kind, seed))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
def test_nothing_zeros_and_the_arguments_themselves_are_wrong_on_every_input(kind: str, seed: int) -> None:
    for answer in (lambda _: NOTHING, lambda _: array(np.zeros((3, 8))), _first):
        good = [probe.problem(answer(arguments(probe))) is None for probe in probes(kind, seed)]
        assert not any(good)


def _first(given: dict[str, Any]) -> Returned:
    value = next(iter(given.values()))
    return array(value) if not isinstance(value[0], list) or len({len(row) for row in value}) == 1 else items()


@given(seed=SEEDS, other=SEEDS)
def test_a_seed_gives_the_same_inputs_again_and_another_seed_others(seed: int, other: int) -> None:
    drawn = [[probe.arguments for kind in KINDS for probe in probes(kind, each)] for each in (seed, seed, other)]
    assert drawn[0] == drawn[1]
    assert (drawn[0] == drawn[2]) == (seed == other)


@pytest.mark.parametrize("kind", KINDS)
def test_only_names_and_inputs_go_into_the_box(kind: str) -> None:
    (sent,) = requests([("functions.returns", {"name": "f", "aliases": ["g"], "probe": kind})], seed=7)
    assert set(sent) == {"function", "names", "probes"}
    assert sent["names"] == ["f", "g"]
    assert json.loads(json.dumps(sent["probes"])) == [list(probe.arguments) for probe in probes(kind, 7)]
    fields = {name for given in sent["probes"] for argument in given for name in argument}
    assert fields <= {"name", "value", "array", "dtype", "lists"}


def test_a_function_that_two_criteria_ask_about_is_called_once() -> None:
    asked = [("functions.returns", {"name": "f", "probe": "one_hot"}), ("compile.loss", {"task": "binary"})]
    sent = requests([*asked, ("functions.returns", {"name": "f", "aliases": ["g"], "probe": "one_hot"})], seed=1)
    assert [each["names"] for each in sent] == [["f", "g"]]


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int8", "uint8", "int64", "bool"])
def test_any_number_type_is_the_same_answer(dtype: str) -> None:
    assert differs(np.array([[0.0, 1], [1, 0]]))(array(np.array([[0, 1], [1, 0]], dtype))) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NOTHING, "It returned nothing (None)"),
        (array([[0, 2], [1, 0]]), "It returned [[0, 2], [1, 0]]. Expected: [[0, 1], [1, 0]]."),
        (array([[0, 1]]), "shape (1, 2). Expected: shape (2, 2), [[0, 1], [1, 0]]."),
        (array([[0, np.nan], [1, 0]]), "It returned [[0, nan], [1, 0]]."),
        (Returned(kind="other", type="dict"), "something of type dict"),
        (Returned(kind="other", type="ndarray", shape=(2, 10**6)), "an array of shape (2, 1000000)"),
        (items([1], [1, 2]), "2 things (list) that are no array together"),
    ],
)
def test_another_answer_is_told_with_what_came_back_and_what_was_expected(answer: Returned, said: str) -> None:
    assert said in str(differs(np.array([[0.0, 1], [1, 0]]))(answer))


def test_in_a_large_answer_the_first_difference_is_told() -> None:
    expected = np.zeros((20, 50))
    found = expected.copy()
    found[3, 7] = 2
    assert differs(expected)(array(found)) == "At [3, 7] it returned 2. Expected there: 0."


def test_rounding_is_allowed_where_numbers_are_computed_and_only_there() -> None:
    expected = np.array([1.0, 0.1 + 0.2])
    assert differs(expected, exact=False)(array(expected.astype(np.float32)[:, None])) is None
    assert differs(expected, exact=False)(array([1.0, 0.31])) is not None
    assert differs(expected)(array(expected.astype(np.float32))) is not None


DATA = np.stack([np.arange(9.0), np.arange(9.0) ** 2], axis=1)
FOLDS = [(np.setdiff1d(np.arange(9), rows), rows) for rows in (np.arange(3), np.arange(3, 6), np.arange(6, 9))]


def folds(make: Any) -> Returned:
    return items(*(items(*(make(part) for part in fold)) for fold in FOLDS))


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: rows,
        lambda rows: rows.astype(np.uint16),
        lambda rows: np.isin(np.arange(9), rows),
        DATA.__getitem__,
    ],
    ids=["indices", "small indices", "masks", "rows"],
)
def test_folds_may_be_indices_masks_or_rows(make: Any) -> None:
    assert folds_problem(DATA, 3)(folds(make)) is None


def test_folds_of_equal_parts_may_be_one_array() -> None:
    halves = np.array([[[0, 1, 2, 3], [4, 5, 6, 7]], [[4, 5, 6, 7], [0, 1, 2, 3]]])
    assert folds_problem(DATA[:8], 2)(array(halves)) is None


def test_the_remainder_that_the_book_leaves_out_may_stay_in_training_or_be_dropped() -> None:
    rows = np.arange(10)
    data = np.stack([rows, rows + 50.0], axis=1)
    parts = [rows[:3], rows[3:6], rows[6:9]]
    assert folds_problem(data, 3)(items(*(items(np.setdiff1d(rows, part), part) for part in parts))) is None
    assert folds_problem(data, 3)(items(*(items(np.setdiff1d(rows[:9], part), part) for part in parts))) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (items(*(items(*fold) for fold in FOLDS[:2])), "2 folds. Expected: 3"),
        (items(*(items(np.arange(9), fold[1]) for fold in FOLDS)), "row 0 is among the training and the validation"),
        (items(*(items(*FOLDS[0]) for _ in FOLDS)), "Row 0 is a validation row in two folds"),
        (items(*(items(*reversed(fold)) for fold in FOLDS)), "Expected: training rows first"),
        (items(*(items(fold[0][:3], fold[1][:1]) for fold in FOLDS)), "uses 4 of 9 rows"),
        (items(*(items(fold[0] + 9, fold[1]) for fold in FOLDS)), "Fold 0 is no pair"),
        (items(*(items(fold[0]) for fold in FOLDS)), "Fold 0 is no pair"),
        (items(*(items(DATA[fold[0]] + 0.5, DATA[fold[1]]) for fold in FOLDS)), "Fold 0 is no pair"),
        (NOTHING, "It returned nothing (None)"),
    ],
)
def test_folds_that_are_none_are_told_why(answer: Returned, said: str) -> None:
    assert said in str(folds_problem(DATA, 3)(answer))


def test_both_standard_deviations_are_right_and_the_test_rows_own_statistics_are_not() -> None:
    train, test = np.array([[1.0, 4], [3, 8], [8, 9]]), np.array([[2.0, 2], [4, 4]])

    def by(rows: Any, ddof: int) -> Any:
        return lambda each: (each - rows.mean(0)) / rows.std(0, ddof=ddof)

    judge = scaled_problem(train, test)
    assert judge(items(by(train, 0)(train), by(train, 0)(test))) is None
    assert judge(items(by(train, 1)(train), by(train, 1)(test))) is None
    assert "with statistics of test itself" in str(judge(items(by(train, 0)(train), by(test, 0)(test))))
    assert "The first column of train became" in str(judge(items(train, test)))
    assert "of shapes (3, 2) and (3, 2)" in str(judge(items(train, train)))


# --- the question -------------------------------------------------------------------------------


def call(kind: str, probe: int = 0, **changes: Any) -> Call:
    fields: dict[str, Any] = {
        "function": f"f: {kind}", "probe": probe, "found": "f", "takes": "(a, b)", "cell": 3, "line": 2,
        "outcome": "returned", "returned": NOTHING,
    }  # fmt: skip
    return Call(**{**fields, **changes})


def ask(*calls: Call, check: str = "functions.returns", seed: int = 5, faults: int = 0, **params: Any) -> Answer:
    made = Calls(seed=seed, made=calls, faults=faults)
    given = {"name": "f", "probe": "one_hot"} if check == "functions.returns" else {"name": "f", **BUILD}
    exit_ = params.pop("exit", Exit.OK)
    execution = DONE.model_copy(update={"exit": exit_, "stopped": "Cell 2 raised NameError: x."})
    question = CHECKS[check](**{**given, **params})
    return question(submitted=submitted(calls=made, execution=execution), reference=FACTS)


def answered(**changes: Any) -> list[Call]:
    return [
        call("one_hot", number, returned=right("one_hot", probe), **changes)
        for number, probe in enumerate(probes("one_hot", 5))
    ]


def test_right_answers_to_all_inputs_are_full_credit() -> None:
    assert ask(*answered()).credit == 1


def test_each_input_earns_its_share_and_changed_arguments_half_of_it() -> None:
    first, *rest = answered()
    changed = ask(*[call("one_hot", 0, returned=first.returned, mutated=True), *rest])
    assert changed.credit == 7 / 8
    assert "also changed its arguments" in changed.rationale
    wrong = ask(*[call("one_hot", 0), *rest])
    assert wrong.credit == 3 / 4
    assert "was right on 3" in wrong.rationale


def test_an_input_that_was_never_reached_earns_nothing() -> None:
    cut = ask(*answered()[:2])
    assert cut.credit == 1 / 2
    assert "did not come back" in cut.rationale


@pytest.mark.parametrize(
    ("changes", "said", "place"),
    [
        ({"outcome": "arity"}, "Its parameters are (a, b); it is called with (labels, classes).", (3, 2)),
        ({"outcome": "raised", "error": "E: x", "error_cell": 5, "error_line": 9}, "It raised E: x.", (5, 9)),
        ({"outcome": "timed_out"}, "did not return within 10 seconds", (3, 2)),
        ({"outcome": "unfinished", "returned": None}, "It did not come back", (3, 2)),
        ({"mutated": True}, "It changed its argument instead.", (3, 2)),
    ],
)
def test_what_went_wrong_is_told_with_its_place(changes: dict[str, Any], said: str, place: tuple[int, int]) -> None:
    answer = ask(call("one_hot", **changes))
    assert answer.credit == 0
    assert said in answer.rationale
    assert (answer.cell, answer.line) == place
    assert answer.help


def test_a_function_that_is_not_there_is_told_with_its_names_and_what_stopped_the_run() -> None:
    answer = ask(call("one_hot", found=None), aliases=("g",), exit=Exit.RAISED)
    assert answer.credit == 0
    assert "there is no function f (or g). Cell 2 raised NameError: x." in answer.rationale
    assert "def f(labels, classes)" in answer.help


def test_a_run_that_ended_before_its_last_cell_is_not_judged() -> None:
    answer = ask(exit=Exit.KERNEL_DIED)
    assert answer.credit is None
    assert "ended before its last cell" in answer.rationale


def test_a_function_that_was_not_called_through_our_fault_waits_for_a_person() -> None:
    with pytest.raises(GradingFailed, match="by hand"):
        ask(faults=1)
    with pytest.raises(GradingFailed, match="grade the submission again"):
        CHECKS["functions.returns"](name="f", probe="one_hot")(submitted=submitted(), reference=FACTS)
    assert ask().credit is None


# --- models -------------------------------------------------------------------------------------


def built(*, fresh: bool = True, note: Any = MODEL, compile_: CompileNote | None = None, bare: bool = False) -> Call:
    returned = Returned(
        kind="model", type="Sequential", structure=note, compile=None if bare else compile_ or compiled(), fresh=fresh
    )
    return call("model", returned=returned)


def ask_model(call: Call, **params: Any) -> Answer:
    return ask(call, check="functions.builds_model", **params)


def test_a_new_compiled_model_with_the_right_layers_is_full_credit() -> None:
    assert ask_model(built()).credit == 1
    logits = built(note=model(("Dense", 16, "relu"), ("Dense", 1, None)), compile_=compiled(from_logits=True))
    assert ask_model(logits).credit == 1
    assert ask_model(built(compile_=compiled("BinaryCrossentropy")), loss="binary_crossentropy").credit == 1


@pytest.mark.parametrize(
    ("made", "params", "credit", "said"),
    [
        (built(fresh=False), {}, 0.5, "the same model again"),
        (built(bare=True), {}, 0.5, "is not compiled"),
        (built(), {"units": 46, "activation": "softmax"}, 0.5, "46 units with the activation softmax"),
        (built(), {"hidden": 2}, 0.5, "at least 2 hidden layers"),
        (built(), {"loss": "mse"}, 0.5, "Expected: mean_squared_error"),
        (built(fresh=False), {"hidden": 2}, 0, "the same model again"),
        (call("model"), {}, 0, "nothing (None)"),
        (call("model", returned=array([1])), {}, 0, "Expected: a Keras model"),
    ],
)
def test_a_model_that_can_not_be_used_is_told_why(made: Call, params: Any, credit: float, said: str) -> None:
    answer = ask_model(made, **params)
    assert answer.credit == credit
    assert said in answer.rationale


# --- what comes out of the box ------------------------------------------------------------------


def read(folder: Path, *events: dict[str, Any]) -> Calls:
    lines = [json.dumps({"id": number, "cell": 2, **event}) for number, event in enumerate(events, start=1)]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    return read_calls(read_capture(folder, (0, 4)), seed=3)


BEGUN = {"event": "call", "function": "f: one_hot", "probe": 0, "found": "f", "defined_in": 2, "defined_at": 7}


def ended(value: Any, **changes: Any) -> dict[str, Any]:
    return {"event": "called", "call": 1, "outcome": "returned", "value": value, **changes}


def test_answers_are_read_with_the_place_of_the_function(tmp_path: Path) -> None:
    (tmp_path / "tensors").mkdir()
    np.save(tmp_path / "tensors" / f"{'a' * 32}.values.npy", np.eye(2))
    note = {"kind": "dense", "id": "a" * 32, "shape": [2, 2], "dtype": "float64", "rows": [0, 2, 1]}
    value = {"what": "items", "items": [{"what": "array", "tensor": note}, {"what": "none"}]}
    (made,) = read(tmp_path, BEGUN, ended(value)).of("f: one_hot")
    assert (made.cell, made.line, made.outcome) == (4, 7, "returned")
    assert made.returned is not None
    assert made.returned.items[1].kind == "none"
    assert np.array_equal(np.asarray(made.returned.items[0].array), np.eye(2))


def stored(folder: Path, shape: tuple[int, ...]) -> dict[str, Any]:
    """Store an array of zeros and return the item of an answer that names it."""
    (folder / "tensors").mkdir()
    np.save(folder / "tensors" / f"{'b' * 32}.values.npy", np.zeros(shape))
    note = {"kind": "dense", "id": "b" * 32, "shape": shape, "dtype": "float64", "rows": [0, shape[0], 1]}
    return {"what": "array", "tensor": note}


def test_an_array_that_is_named_often_is_read_once(tmp_path: Path) -> None:
    value = {"what": "items", "items": [stored(tmp_path, (100, 100))] * 100}
    (made,) = read(tmp_path, BEGUN, ended(value)).of("f: one_hot")
    assert made.returned is not None
    assert len({id(item.array) for item in made.returned.items}) == 1


def test_an_answer_with_more_numbers_than_are_ever_stored_is_forged(tmp_path: Path) -> None:
    value = {"what": "items", "items": [stored(tmp_path, (1_000, 1_000))] * 2}
    with pytest.raises(CaptureInvalid, match="2000000 numbers"):
        read(tmp_path, BEGUN, ended(value))


class Notebook:
    """Stands for the recorder: it keeps what is stored."""

    def __init__(self) -> None:
        self.stored: list[int] = []

    def store(self, array: Any) -> dict[str, Any]:
        self.stored.append(array.size)
        return {"kind": "dense", "id": "c" * 32, "shape": array.shape, "rows": [0, len(array), 1]}


def test_an_honest_answer_of_many_arrays_is_never_too_large_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_is_model", lambda _: False)
    notebook = Notebook()
    answer = functions._Answer(notebook, [])
    parts = [np.zeros((1_000, width)) for width in range(200, 220)]
    noted = functions._described(parts, answer, functions.DEPTH)
    assert [item["tensor"]["shape"] for item in noted["items"]] == [part.shape for part in parts]
    assert notebook.stored == [200_000, 201_000]
    assert sum(notebook.stored) < LARGEST


def test_a_call_without_an_end_is_unfinished(tmp_path: Path) -> None:
    (made,) = read(tmp_path, BEGUN).of("f: one_hot")
    assert (made.outcome, made.returned) == ("unfinished", None)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({**BEGUN, "probe": 10**6}, id="probe"),
        pytest.param({**BEGUN, "function": "f" * 500}, id="name"),
        pytest.param(ended({"what": "items", "items": [{"what": "none"}] * 5000}), id="items"),
        pytest.param(ended({"what": "code"}), id="kind"),
        pytest.param(ended({"what": "none"}, outcome="right"), id="outcome"),
        pytest.param(
            ended({"what": "array", "tensor": {"kind": "dense", "id": "../../x", "shape": [1], "rows": [0, 1, 1]}}),
            id="path",
        ),
    ],
)
def test_forged_answers_are_refused(tmp_path: Path, event: dict[str, Any]) -> None:
    with pytest.raises(CaptureInvalid):
        read(tmp_path, BEGUN, event)


def test_an_array_that_contradicts_its_note_is_refused_and_one_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tensors").mkdir()
    np.save(tmp_path / "tensors" / f"{'a' * 32}.values.npy", np.eye(3))
    note = {"kind": "dense", "id": "a" * 32, "shape": [2, 2], "dtype": "float64", "rows": [0, 2, 1]}
    with pytest.raises(CaptureInvalid):
        read(tmp_path, BEGUN, ended({"what": "array", "tensor": note}))
    huge = {**note, "shape": [1 << 30, 1 << 30]}
    (made,) = read(tmp_path, BEGUN, ended({"what": "array", "tensor": huge})).of("f: one_hot")
    assert made.returned is not None
    assert (made.returned.kind, made.returned.array) == ("other", None)
