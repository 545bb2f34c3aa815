"""Breast tumours, benign or malignant by 30 measurements: binary classification in Keras's three APIs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from reference.encoding import Scaling
from reference.records import Data, Result
from reference.report import ClassReport, most_common
from reference.training import best_epoch, both_parts, evaluate, start, steps_at_once, watch

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "Subclassed", "baselines",
           "build_model", "load", "reloaded", "solve", "train_final"]  # fmt: skip

FEATURES = 30
CLASSES = (1, 0)
"""Benign, malignant: the order of the lecture's confusion matrix."""
RETRAINED = 1_000
"""What is added to the seed of a second training."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the lecture fixes for this task, and its exercises vary."""

    api: str = "functional"
    """How the model is written: ``functional``, ``sequential`` or ``subclassing``."""
    optimizer: str = "adam"
    hidden: tuple[int, ...] = (30, 15)
    """Units of each hidden layer."""
    activation: str = "relu"
    scaling: str = "min-max"
    """How features are scaled: ``standard``, ``min-max`` or ``none``."""
    test_share: float = 0.2
    split_seed: int = 42
    """What decides which rows are test rows."""
    split_follows_seed: bool = False
    """Whether every run splits the rows anew, by its own seed."""
    held_out: int = 91
    """Training rows, from the first on, that serve as validation data; a fifth, as for the test."""
    retrained: bool = False
    """Whether the final training begins once more, from other weights."""
    validation_epochs: int = 100
    final_epochs: int = 100
    batch_size: int = 64
    seed: int = 0


EDITIONS = {"lecture": Settings()}

BOOK = {
    "lecture": {
        "parameters": 1_411,
        "test_accuracy": 0.974,
        "reloaded_accuracy": 0.974,
        "confusion_1_1": 70,
        "confusion_1_0": 2,
        "confusion_0_1": 1,
        "confusion_0_0": 41,
    }
}

EXERCISES = {
    "sequential": {"api": "sequential"},
    "subclassing": {"api": "subclassing"},
    "retrained": {"retrained": True},
    "one-layer": {"hidden": (30,)},
    "three-layers": {"hidden": (30, 30, 15)},
    "15-units": {"hidden": (15, 8)},
    "60-units": {"hidden": (60, 30)},
    "standard": {"scaling": "standard"},
    "unscaled": {"scaling": "none"},
    "other-split": {"split_follows_seed": True},
}

WORDS = {"sequential": "the same model", "subclassing": "the same model"}

READS = ("scaling", "test_share", "split_seed")
"""Settings on which :func:`load` depends."""


class Subclassed(keras.Model):  # type: ignore[misc]  # Keras has no types
    """The network written as a class: layers are made first, and called one after another."""

    def __init__(self, hidden: tuple[int, ...], activation: str, **named: Any) -> None:  # noqa: ANN401  # Keras's own
        """Make the layers, as :class:`Settings` describes them."""
        super().__init__(**named)
        self.widths, self.activation = tuple(hidden), activation
        self.hidden = [keras.layers.Dense(units, activation) for units in hidden]
        self.last = keras.layers.Dense(1, activation="sigmoid")

    def call(self, values: Any) -> Any:  # noqa: ANN401  # a tensor of any backend
        """Map measurements ``(samples, 30)`` to the probability of "benign", ``(samples, 1)``."""
        for layer in self.hidden:
            values = layer(values)
        return self.last(values)

    def get_config(self) -> dict[str, Any]:
        """Return what a saved model is made again from."""
        return {**super().get_config(), "hidden": self.widths, "activation": self.activation}


def build_model(settings: Settings = EDITIONS["lecture"]) -> keras.Model:
    """Return the compiled, untrained classifier: scaled measurements in, probability of "benign" out.

    It maps ``(samples, 30)`` to ``(samples, 1)``.
    """
    model = {"functional": functional, "sequential": sequential, "subclassing": subclassing}[settings.api](settings)
    model.compile(
        optimizer=settings.optimizer,
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_at_once(),
    )
    return model


def functional(settings: Settings) -> keras.Model:
    """Return the network as a graph of layers, from inputs to outputs."""
    inputs = keras.Input((FEATURES,))
    values = inputs
    for units in settings.hidden:
        values = keras.layers.Dense(units, settings.activation)(values)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(values))


def sequential(settings: Settings) -> keras.Model:
    """Return the network as a list of layers."""
    hidden = [keras.layers.Dense(units, settings.activation) for units in settings.hidden]
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(1, activation="sigmoid")])


def subclassing(settings: Settings) -> keras.Model:
    """Return the network as an object of its own class; one call gives it its weights."""
    model = Subclassed(settings.hidden, settings.activation)
    model(np.zeros((1, FEATURES), dtype="float32"))
    return model


def load(settings: Settings = EDITIONS["lecture"]) -> Data:
    """Load the measurements, which come with scikit-learn, split them, scale by training statistics."""
    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=settings.test_share, random_state=settings.split_seed, stratify=y
    )
    scaling = Scaling.of(x_train, settings.scaling)
    return Data(
        x_train=scaling.apply(x_train),  # (455, 30)
        y_train=y_train,  # (455,)
        x_test=scaling.apply(x_test),  # (114, 30)
        y_test=y_test,  # (114,)
    )


def baselines(data: Data) -> dict[str, float]:
    """Return the test accuracy of always answering with the commoner class."""
    return {"majority": most_common(data.y_train, data.y_test)}


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch on all training rows, then measure once on the test rows.

    Returns:
        The model, with ``test_loss`` and ``test_accuracy`` (0 to 1).
    """
    start(settings.seed + RETRAINED if settings.retrained else settings.seed)
    model = build_model(settings)
    model.fit(
        data.x_train,
        data.y_train,
        epochs=settings.final_epochs,
        batch_size=settings.batch_size,
        verbose=0,
    )
    measured = evaluate(model, data.x_test, data.y_test)
    return model, {"test_loss": measured["loss"], "test_accuracy": measured["accuracy"]}


def reloaded(model: keras.Model) -> keras.Model:
    """Save the model to a ``.keras`` file and return what loading it gives: weights, loss and metrics too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "breast_cancer.keras"
        model.save(path)
        return keras.saving.load_model(path, custom_objects={"Subclassed": Subclassed})


def solve(settings: Settings = EDITIONS["lecture"], data: Data | None = None) -> Result:
    """Hold out rows to watch overfitting begin, train on all, evaluate, save, load, evaluate again.

    Args:
        settings: The edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, curves, per-class report, and probabilities of "benign" of shape ``(114, 1)``.
    """
    data = data or load(settings)

    start(settings.seed)
    history = watch(
        build_model(settings),
        data,
        held_out=settings.held_out,
        epochs=settings.validation_epochs,
        batch_size=settings.batch_size,
    )

    model, scores = train_final(settings, data)
    predictions = model.predict(data.x_test, verbose=0)  # (114, 1)
    again = evaluate(reloaded(model), data.x_test, data.y_test)

    names = ("benign", "malignant")
    report = ClassReport.of(data.y_test, predictions[:, 0] > 0.5, CLASSES, names)
    return Result(
        figures={
            "parameters": model.count_params(),
            "overfits_after_epoch": best_epoch(history["val_loss"]),
            "validation_accuracy": float(np.max(history["val_accuracy"])),
            **scores,
            "reloaded_accuracy": again["accuracy"],
            **{
                f"confusion_{truth}_{answer}": int(report.confusion[row, column])
                for row, truth in enumerate(CLASSES)
                for column, answer in enumerate(CLASSES)
            },
        },
        panels=(
            both_parts(history, "loss", title="Loss", label="binary crossentropy"),
            both_parts(history, "accuracy", title="Accuracy", label="share of tumours"),
        ),
        predictions=np.asarray(predictions),
        report=report,
    )
