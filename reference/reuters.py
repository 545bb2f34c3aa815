"""Reuters newswires, one of 46 topics: single-label classification, as in the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from reference.encoding import multi_hot, one_hot
from reference.records import Data, Panel, Result
from reference.report import ClassReport
from reference.training import best_epoch, both_parts, evaluate, start, watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "baselines",
           "build_model", "load", "solve", "train_final"]  # fmt: skip

TOPICS = 46


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the book fixes for this task, and its exercises vary."""

    optimizer: str
    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer."""
    activation: str = "relu"
    integer_labels: bool = False
    """Labels as integers with the sparse loss, instead of one-hot."""
    top: int = 0
    """If above 0, also count an answer as right when the topic is among the ``top`` likeliest."""
    num_words: int = 10_000
    held_out: int = 1_000
    """Training rows, from the first on, that serve as validation data."""
    retrain_on_all: bool = True
    """Whether the final training takes in the rows held out before."""
    validation_epochs: int = 20
    final_epochs: int = 9
    batch_size: int = 512
    seed: int = 0


EDITIONS = {
    "1": Settings(optimizer="rmsprop", retrain_on_all=False),
    "2": Settings(optimizer="rmsprop"),
    "3": Settings(optimizer="adam", top=3),
}

_FIGURES = {
    "overfits_after_epoch": 9,
    "test_loss": 0.957,
    "test_accuracy": 0.797,
    "baseline_shuffled": 0.187,
}
BOOK = dict.fromkeys(EDITIONS, _FIGURES)

EXERCISES = {
    "bottleneck": {"hidden": (64, 4), "batch_size": 128},
    "32-units": {"hidden": (32, 32)},
    "128-units": {"hidden": (128, 128)},
    "one-layer": {"hidden": (64,)},
    "three-layers": {"hidden": (64, 64, 64)},
    "integer-labels": {"integer_labels": True},
}

WORDS = {
    "base": "overfits after about 9 epochs",
    "bottleneck": "validation accuracy peaks near 0.71, about 8 points lower",
}

READS = ("num_words", "integer_labels")
"""Settings on which :func:`load` depends."""


def build_model(settings: Settings = EDITIONS["3"]) -> keras.Model:
    """Return the compiled, untrained classifier: word marks in, topic probabilities out.

    It maps ``(samples, num_words)`` to ``(samples, 46)``.
    """
    hidden = [keras.layers.Dense(units, settings.activation) for units in settings.hidden]
    model = keras.Sequential([*hidden, keras.layers.Dense(TOPICS, activation="softmax")])
    sparse = "sparse_" if settings.integer_labels else ""
    model.compile(
        optimizer=settings.optimizer,
        loss=f"{sparse}categorical_crossentropy",
        metrics=["accuracy", *top_accuracy(settings)],
    )
    return model


def top_accuracy(settings: Settings) -> list[keras.Metric]:
    """Return the metric that forgives near misses, if the edition has it."""
    if not settings.top:
        return []
    name = f"top_{settings.top}_accuracy"
    if settings.integer_labels:
        return [keras.metrics.SparseTopKCategoricalAccuracy(k=settings.top, name=name)]
    return [keras.metrics.TopKCategoricalAccuracy(k=settings.top, name=name)]


def load(settings: Settings = EDITIONS["3"]) -> Data:
    """Load the newswires and encode them; shapes below are those of the real data."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.reuters.load_data(num_words=settings.num_words)
    if not settings.integer_labels:
        y_train = one_hot(y_train, TOPICS)  # (8982, 46)
        y_test = one_hot(y_test, TOPICS)  # (2246, 46)
    return Data(
        x_train=multi_hot(x_train, settings.num_words),  # (8982, 10_000)
        y_train=y_train,
        x_test=multi_hot(x_test, settings.num_words),  # (2246, 10_000)
        y_test=y_test,
    )


def baselines(data: Data, seed: int = 0) -> dict[str, float]:
    """Return the test accuracy of naive answers.

    ``majority`` always says the commonest topic; ``shuffled`` answers with the test labels in
    random order, which the book measures once and which is averaged here over 100 orders.
    """
    topics = topics_of(data.y_test)
    rng = np.random.default_rng(seed)
    shuffles = [np.mean(topics == rng.permutation(topics)) for _ in range(100)]
    return {
        "majority": float(np.bincount(topics).max() / topics.size),
        "shuffled": float(np.mean(shuffles)),
    }


def topics_of(labels: NDArray[Any]) -> NDArray[Any]:
    """Return topics as integers, ``(samples,)``, whether they are one-hot or integers already."""
    return np.asarray(labels.argmax(axis=1) if labels.ndim > 1 else labels)


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch, on all rows or those not held out, then measure on the test rows.

    Returns:
        The model, with ``test_loss``, ``test_accuracy`` (0 to 1) and, if asked for,
        ``test_top_3_accuracy``.
    """
    first = 0 if settings.retrain_on_all else settings.held_out
    start(settings.seed)
    model = build_model(settings)
    model.fit(
        data.x_train[first:],
        data.y_train[first:],
        epochs=settings.final_epochs,
        batch_size=settings.batch_size,
        verbose=0,
    )
    measured = evaluate(model, data.x_test, data.y_test)
    return model, {f"test_{name}": value for name, value in measured.items()}


def solve(settings: Settings = EDITIONS["3"], data: Data | None = None) -> Result:
    """Do all the book's steps: hold out, watch overfitting begin, retrain, evaluate, predict.

    Args:
        settings: An edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, curves, and probabilities of shape ``(test samples, 46)``.
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
    predictions = model.predict(data.x_test, verbose=0)  # (2246, 46), each row sums to 1

    return Result(
        figures={
            "overfits_after_epoch": best_epoch(history["val_loss"]),
            "validation_accuracy": float(np.max(history["val_accuracy"])),
            **scores,
        },
        panels=panels(history),
        predictions=np.asarray(predictions),
        report=ClassReport.of(topics_of(data.y_test), predictions.argmax(axis=1), classes=range(TOPICS)),
    )


def panels(history: dict[str, list[float]]) -> tuple[Panel, ...]:
    """Return one panel for the loss and one for each metric, training beside validation."""
    labels = {"loss": "categorical crossentropy"}
    return tuple(
        both_parts(
            history, name, title=name.replace("_", " ").capitalize(), label=labels.get(name, "share of newswires")
        )
        for name in history
        if not name.startswith("val_")
    )
