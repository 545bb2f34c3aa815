"""Claims about structure: a block is a layer with weights and the activation that takes effect after it."""

from __future__ import annotations

from typing import Any

import pytest

from grader.structure import structure

from .builders import model


def text(*layers: tuple[Any, ...]) -> str:
    return structure(model(*layers)).text()


@pytest.mark.parametrize(
    "layers",
    [
        [("Dense", 16, "relu"), ("Dense", 1, "sigmoid")],
        [("Dense", 16, "linear"), ("Activation", None, "relu"), ("Dense", 1), ("Activation", None, "sigmoid")],
        [("Dense", 16), ("ReLU",), ("Dense", 1), ("Sigmoid",)],
        [("Dense", 16), ("Relu",), ("Dropout",), ("Dense", 1, "sigmoid")],
        [("Dense", 16), ("BatchNormalization",), ("Activation", None, "relu"), ("Dense", 1, "sigmoid")],
        [("InputLayer",), ("Dense", 16, "RELU"), ("Flatten",), ("Dense", 1, "sigmoid"), ("Reshape",)],
    ],
    ids=str,
)
def test_an_activation_is_the_same_as_argument_layer_or_operation(layers: list[tuple[Any, ...]]) -> None:
    assert text(*layers) == "Dense 16 relu → Dense 1 sigmoid"


@pytest.mark.parametrize(
    ("one", "other"), [("swish", "silu"), ("LeakyReLU", "leaky_relu"), ("LogSoftmax", "log_softmax")]
)
def test_names_of_one_activation_are_one(one: str, other: str) -> None:
    assert structure(model(("Dense", 4), (one,))).output == structure(model(("Dense", 4, other))).output


def test_a_linear_activation_changes_nothing() -> None:
    assert text(("Dense", 16, "relu"), ("Activation", None, "linear"), ("Dense", 46)) == "Dense 16 relu → Dense 46"


def test_softmax_as_a_layer_of_its_own_is_the_outputs() -> None:
    found = structure(model(("Dense", 64, "relu"), ("Dense", 46), ("Softmax",)))
    assert found.output is not None
    assert (found.output.units, found.output.activation) == (46, "softmax")


def test_an_embedding_is_no_hidden_layer() -> None:
    found = structure(
        model(("Embedding", None), ("GlobalAveragePooling1D",), ("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))
    )
    assert [block.kind for block in found.hidden] == ["Dense"]


def test_a_layer_of_the_students_own_with_units_counts() -> None:
    note = model(("Mine", 16, "relu"), ("Dense", 1, "sigmoid"))
    own = note.model_copy(update={"layers": (note.layers[0].model_copy(update={"custom": True}), note.layers[1])})
    assert structure(own).text() == "Mine 16 relu → Dense 1 sigmoid"
    assert structure(note).text() == "Dense 1 sigmoid"


def test_a_model_without_weights_has_no_output() -> None:
    found = structure(model(("Flatten",), ("Activation", None, "relu")))
    assert found.output is None
    assert found.hidden == ()
    assert found.text() == ""
