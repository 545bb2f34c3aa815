"""Fashion-MNIST, pictures of 10 kinds of clothing: image classification with dense layers."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from reference.records import Data, Result
from reference.report import ClassReport, most_common
from reference.training import best_epoch, both_parts, evaluate, start, steps_at_once, watch

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "baselines",
           "build_model", "load", "solve", "train_final"]  # fmt: skip

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")  # fmt: skip
BRIGHTEST = 255
RETRAINED = 1_000
"""What is added to the seed of a second training."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the texts fix for this task, and its exercises vary."""

    optimizer: str
    hidden: tuple[int, ...]
    """Units of each hidden layer."""
    activation: str = "relu"
    flattened: bool
    """Whether pictures are rows of 784 pixels already, or the model begins by flattening them."""
    divisor: int = BRIGHTEST
    """What brightness is divided by."""
    held_out: int = 5_000
    """Training pictures, from the first on, that serve as validation data."""
    retrain_on_all: bool
    """Whether the final training takes in the pictures held out before."""
    retrained: bool = False
    """Whether the final training begins once more, from other weights."""
    validation_epochs: int
    final_epochs: int
    batch_size: int = 32
    seed: int = 0


EDITIONS = {
    "geron": Settings(
        optimizer="sgd", hidden=(300, 100), flattened=False, retrain_on_all=False,
        validation_epochs=30, final_epochs=30,
    ),
    "lecture": Settings(
        optimizer="adam", hidden=(64, 32), flattened=True, retrain_on_all=True,
        validation_epochs=10, final_epochs=10,
    ),
}  # fmt: skip

BOOK = {
    "geron": {"validation_accuracy": 0.893, "test_accuracy": 0.885},
    "lecture": {"test_accuracy": 0.8695},
}

EXERCISES = {
    "retrained": {"retrained": True},
    "one-layer": {"hidden": (64,)},
    "three-layers": {"hidden": (64, 64, 32)},
    "32-units": {"hidden": (32, 16)},
    "128-units": {"hidden": (128, 64)},
    "sgd": {"optimizer": "sgd"},
    "unscaled": {"divisor": 1},
}

WORDS = {"retrained": "test accuracy 0.873 (lecture)"}

READS = ("flattened", "divisor")
"""Settings on which :func:`load` depends."""


def build_model(settings: Settings = EDITIONS["lecture"]) -> keras.Model:
    """Return the compiled, untrained classifier: pixels in, probabilities of the 10 classes out.

    It maps ``(samples, 784)``, or ``(samples, 28, 28)``, to ``(samples, 10)``.
    """
    inputs = keras.Input((784,) if settings.flattened else (28, 28))
    values = inputs if settings.flattened else keras.layers.Flatten()(inputs)
    for units in settings.hidden:
        values = keras.layers.Dense(units, settings.activation)(values)
    outputs = keras.layers.Dense(len(CLASSES), activation="softmax")(values)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=settings.optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_at_once(),
    )
    return model


def load(settings: Settings = EDITIONS["lecture"]) -> Data:
    """Load the pictures with brightness from 0 to 1; shapes below are those of the real data."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    shape = (-1, 784) if settings.flattened else (-1, 28, 28)
    divisor = np.float32(settings.divisor)
    return Data(
        x_train=x_train.reshape(shape) / divisor,  # (60000, 784), float32
        y_train=y_train,  # (60000,)
        x_test=x_test.reshape(shape) / divisor,  # (10000, 784)
        y_test=y_test,  # (10000,)
    )


def baselines(data: Data) -> dict[str, float]:
    """Return the test accuracy of always answering with the commonest class."""
    return {"majority": most_common(data.y_train, data.y_test)}


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch, on all rows or those not held out, then measure on the test rows.

    Returns:
        The model, with ``test_loss`` and ``test_accuracy`` (0 to 1).
    """
    first = 0 if settings.retrain_on_all else settings.held_out
    start(settings.seed + RETRAINED if settings.retrained else settings.seed)
    model = build_model(settings)
    model.fit(
        data.x_train[first:],
        data.y_train[first:],
        epochs=settings.final_epochs,
        batch_size=settings.batch_size,
        verbose=0,
    )
    measured = evaluate(model, data.x_test, data.y_test)
    return model, {"test_loss": measured["loss"], "test_accuracy": measured["accuracy"]}


def solve(settings: Settings = EDITIONS["lecture"], data: Data | None = None) -> Result:
    """Hold out pictures to watch overfitting begin, train from scratch, evaluate, predict.

    Args:
        settings: An edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, curves, per-class report, and probabilities of shape ``(10000, 10)``.
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
    predictions = model.predict(data.x_test, verbose=0)  # (10000, 10), each row sums to 1

    return Result(
        figures={
            "overfits_after_epoch": best_epoch(history["val_loss"]),
            "validation_accuracy": float(np.max(history["val_accuracy"])),
            **scores,
        },
        panels=(
            both_parts(history, "loss", title="Loss", label="categorical crossentropy"),
            both_parts(history, "accuracy", title="Accuracy", label="share of pictures"),
        ),
        predictions=np.asarray(predictions),
        report=ClassReport.of(data.y_test, predictions.argmax(axis=1), classes=range(10), names=CLASSES),
    )
