"""The same work in other spellings gets the same verdicts; the same mistake stays one, however it is dressed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks import compile_, inputs, layers, targets, training
from grader.checks.base import Question
from grader.events import LossNote, StructureNote
from grader.runs import TaskCapture

from .builders import FACTS, compiled, counted, fit, houses, multi_hot, part, reviews, table, task, use, word_lists

WIDTH = 200
RAW = reviews(classes=2)
ROWS = word_lists(180)
HOUSES = houses()
TRAIN = np.arange(120)

activations = st.sampled_from(["argument", "layer", "operation"])
kinds = st.sampled_from(["sequential", "functional", "subclass"])
optimizers = st.sampled_from(["RMSprop", "Adam", "SGD", "Nadam", "AdamW"])
number_types = st.sampled_from(["float32", "float64", "int8", "int64", "uint8", "bool", "float16"])
orders = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).permutation(120))


def network(sizes: list[int], last: str, spelled: str, kind: str, hidden: str = "relu") -> StructureNote:
    """Return a structure whose activations are arguments, layers or operations of their own."""
    listed: list[dict[str, Any]] = []
    for number, units in enumerate(sizes):
        activation = last if number == len(sizes) - 1 else hidden
        if spelled == "argument":
            listed.append({"class": "Dense", "units": units, "activation": activation})
            continue
        listed.append({"class": "Dense", "units": units, "activation": "linear"})
        if spelled == "layer":
            listed.append({"class": "Activation", "activation": activation})
        else:
            listed.append({"class": activation.capitalize(), "layer": False})
    return StructureNote.model_validate({"class": "Model", "kind": kind, "layers": listed})


# --- what a student may choose freely -----------------------------------------------------------


@st.composite
def binary_endings(draw: st.DrawFn) -> tuple[int, str, LossNote, Any]:
    """An output with its loss and labels, all of which say: which of two classes."""
    labels = np.asarray(RAW.y_train)
    how = draw(st.sampled_from(["sigmoid", "logits", "two units, integers", "two units, one-hot"]))
    if how == "two units, one-hot":
        return 2, "softmax", LossNote(name=draw(st.sampled_from(CATEGORICAL))), np.eye(2, dtype=np.float32)[labels]
    values = labels.astype(draw(number_types))
    if draw(st.booleans()):
        values = values[:, None]
    if how == "two units, integers":
        return 2, "softmax", LossNote(name=draw(st.sampled_from(SPARSE))), values
    name = draw(st.sampled_from(["binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"]))
    return 1, "linear" if how == "logits" else "sigmoid", LossNote(name=name, from_logits=how == "logits"), values


CATEGORICAL = ["categorical_crossentropy", "CategoricalCrossentropy"]
SPARSE = ["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"]


@st.composite
def reviews_work(draw: st.DrawFn, encode: Any = multi_hot) -> TaskCapture:
    """A review classifier as one of many students writes it: validated, then trained anew on all rows and tested."""
    units, last, loss, labels = draw(binary_endings())
    order = draw(orders)
    x = encode(ROWS[:120], WIDTH)[order].astype(draw(number_types) if encode is multi_hot else np.float32)
    y = labels[order]
    hidden = draw(st.lists(st.sampled_from([16, 32, 64]), min_size=1, max_size=3))
    model = network([*hidden, units], last, draw(activations), draw(kinds))
    with_loss = compiled("?").model_copy(update={"loss": loss, "optimizer": draw(optimizers)})
    same = {"compile": with_loss, "structure": model, "batch_size": draw(st.sampled_from([1, 16, 512, None]))}
    cut = draw(st.integers(20, 60))
    if draw(st.booleans()):
        first = fit(x[cut:], y[cut:], id=1, validation=(part(x[:cut]), part(y[:cut])), **same)
    else:
        first = fit(x, y, id=1, validation_split=cut / 120, **same)
    final = fit(x, y, id=2, **same)
    capture = task(RAW, [first, final], [use(encode(ROWS[120:], WIDTH), "after-2", model=2)])
    return replace(capture, graded=capture.runs[-1])


QUESTIONS = {
    "inputs": inputs.multi_hot(words=WIDTH),
    "targets": targets.classes(classes=2),
    "hidden": layers.hidden(),
    "output": layers.output(units=1, activation="sigmoid"),
    "loss": compile_.loss(task="binary"),
    "validation": training.validation(),
    "retrained": training.retrained(),
    "no-leakage": training.no_leakage(),
}


def credit(question: Question, work: TaskCapture) -> float | None:
    return question(submitted=work, reference=FACTS).credit


@settings(max_examples=60, deadline=None)
@given(work=reviews_work())
def test_every_way_to_write_a_right_review_classifier_earns_every_criterion(work: TaskCapture) -> None:
    answers = {name: question(submitted=work, reference=FACTS) for name, question in QUESTIONS.items()}
    assert {name: answer.credit for name, answer in answers.items()} == dict.fromkeys(QUESTIONS, 1.0), answers


@settings(max_examples=40, deadline=None)
@given(work=reviews_work(encode=counted))
def test_counted_words_stay_no_multi_hot_vectors_in_any_other_dress(work: TaskCapture) -> None:
    answer = QUESTIONS["inputs"](submitted=work, reference=FACTS)
    assert answer.credit != 1.0
    assert "count" in answer.rationale


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.sampled_from([16, 32, 64]), min_size=1, max_size=3), spelled=activations, kind=kinds,
    optimizer=optimizers,
)  # fmt: skip
def test_softmax_on_one_unit_stays_wrong_in_any_other_dress(
    sizes: list[int], spelled: str, kind: str, optimizer: str
) -> None:
    x, y = multi_hot(ROWS[:120], WIDTH), np.asarray(RAW.y_train)
    with_loss = compiled().model_copy(update={"optimizer": optimizer})
    model = network([*sizes, 1], "softmax", spelled, kind)
    capture = task(RAW, [fit(x, y, compile=with_loss, structure=model)])
    work = replace(capture, graded=capture.runs[-1])
    assert credit(QUESTIONS["output"], work) == 0
    assert credit(QUESTIONS["hidden"], work) == 1


@settings(max_examples=40, deadline=None)
@given(
    kind=kinds, order=orders,
    loss=st.sampled_from(["mse", "MSE", "mean_squared_error", "MeanSquaredError", "mae", "huber", "Huber", "log_cosh"]),
    factor=st.floats(1e-6, 1.0), dtype=st.sampled_from(["float32", "float64"]),
    statistic=st.sampled_from(["standardised", "min_max"]),
)  # fmt: skip
def test_every_way_to_write_a_right_house_price_model_earns_its_criteria(
    kind: str, order: Any, loss: str, factor: float, dtype: str, statistic: str
) -> None:
    rows = table(HOUSES).astype(np.float64)
    fitted = rows[:120]
    centre, spread = (
        (fitted.mean(axis=0), fitted.std(axis=0))
        if statistic == "standardised"
        else (fitted.min(axis=0), np.ptp(fitted, axis=0))
    )
    x = ((fitted - centre) / spread)[order].astype(dtype)
    y = (np.asarray(HOUSES.y_train, np.float64) * factor)[order].astype(dtype)
    model = network([64, 64, 1], "linear", "argument", kind)
    capture = task(HOUSES, [fit(x, y, compile=compiled(loss), structure=model)], classes=None)
    work = replace(capture, graded=capture.runs[-1])
    assert credit(inputs.scaled_columns(), work) == 1
    assert credit(layers.output(units=1, activation="linear"), work) == 1
    assert credit(compile_.loss(task="regression"), work) == 1
    assert credit(targets.numbers(), work) == 1
    assert credit(training.no_leakage(), work) == 1


@pytest.mark.parametrize("kind", ["sequential", "functional", "subclass"])
def test_the_way_a_model_is_written_changes_no_word_of_a_verdict(kind: str) -> None:
    x, y = multi_hot(ROWS[:120], WIDTH), np.asarray(RAW.y_train)
    capture = task(RAW, [fit(x, y, structure=network([4, 1], "relu", "layer", kind))])
    work = replace(capture, graded=capture.runs[-1])
    plain = task(RAW, [fit(x, y, structure=network([4, 1], "relu", "argument", "sequential"))])
    same = replace(plain, graded=plain.runs[-1])
    for name in ("hidden", "output"):
        mine, theirs = (QUESTIONS[name](submitted=each, reference=FACTS) for each in (work, same))
        assert (mine.rationale, mine.credit) == (theirs.rationale, theirs.credit)
