"""IMDb reviews, positive or negative: binary classification, as in the book."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from reference.encoding import multi_hot
from reference.records import Data, Result
from reference.report import ClassReport
from reference.training import best_epoch, both_parts, evaluate, start, watch

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "baselines",
           "build_model", "load", "solve", "train_final"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the book fixes for this task, and its exercises vary."""

    optimizer: str
    loss: str = "binary_crossentropy"
    hidden: tuple[int, ...] = (16, 16)
    """Units of each hidden layer."""
    activation: str = "relu"
    num_words: int = 10_000
    held_out: int = 10_000
    """Training rows, from the first on, that serve as validation data."""
    validation_epochs: int = 20
    final_epochs: int = 4
    batch_size: int = 512
    seed: int = 0


EDITIONS = {
    "1": Settings(optimizer="rmsprop"),
    "2": Settings(optimizer="rmsprop"),
    "3": Settings(optimizer="adam"),
}

_FIGURES = {"overfits_after_epoch": 4, "test_loss": 0.293, "test_accuracy": 0.883}
BOOK = dict.fromkeys(EDITIONS, _FIGURES)

EXERCISES = {
    "one-layer": {"hidden": (16,)},
    "three-layers": {"hidden": (16, 16, 16)},
    "32-units": {"hidden": (32, 32)},
    "64-units": {"hidden": (64, 64)},
    "mse": {"loss": "mean_squared_error"},
    "tanh": {"activation": "tanh"},
}

WORDS = {"base": "overfits after about 4 epochs"}

READS = ("num_words",)
"""Settings on which :func:`load` depends."""


def build_model(settings: Settings = EDITIONS["3"]) -> keras.Model:
    """Return the compiled, untrained classifier: word marks in, probability of "positive" out.

    It maps ``(samples, num_words)`` to ``(samples, 1)``.
    """
    hidden = [keras.layers.Dense(units, settings.activation) for units in settings.hidden]
    model = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=settings.optimizer, loss=settings.loss, metrics=["accuracy"])
    return model


def load(settings: Settings = EDITIONS["3"]) -> Data:
    """Load the reviews and encode them; shapes below are those of the real data."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=settings.num_words)
    return Data(
        x_train=multi_hot(x_train, settings.num_words),  # (25000, 10_000)
        y_train=y_train.astype("float32"),  # (25000,)
        x_test=multi_hot(x_test, settings.num_words),  # (25000, 10_000)
        y_test=y_test.astype("float32"),  # (25000,)
    )


def baselines(data: Data) -> dict[str, float]:
    """Return the test accuracy of always answering with the commoner class."""
    positive = float(data.y_test.mean())
    return {"majority": max(positive, 1 - positive)}


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch on all training rows, then measure once on the test rows.

    Returns:
        The model, with ``test_loss`` and ``test_accuracy`` (0 to 1).
    """
    start(settings.seed)
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


def solve(settings: Settings = EDITIONS["3"], data: Data | None = None) -> Result:
    """Do all the book's steps: hold out, watch overfitting begin, retrain, evaluate, predict.

    Args:
        settings: An edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, curves, and probabilities of shape ``(test samples, 1)``.
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
    predictions = model.predict(data.x_test, verbose=0)  # (25000, 1)

    turn = best_epoch(history["val_loss"])
    return Result(
        figures={
            "overfits_after_epoch": turn,
            "validation_accuracy": float(np.max(history["val_accuracy"])),
            **scores,
        },
        panels=(
            both_parts(history, "loss", title="Loss", label="binary crossentropy"),
            both_parts(history, "accuracy", title="Accuracy", label="share of reviews"),
        ),
        predictions=np.asarray(predictions),
        report=ClassReport.of(data.y_test, predictions[:, 0] > 0.5, classes=(0, 1), names=("negative", "positive")),
    )
