"""House prices around Boston in 1970: scalar regression with K-fold validation, in the older editions.

The data set has an ethical problem, which Keras's documentation states too: its column "B" is
computed from the share of Black residents, on the assumption that racial segregation sets house
prices. A model that is trained on it learns to use race. It is offered here only because the
book's first two editions use it, and to show the problem; take ``california-housing`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from reference.encoding import Scaling
from reference.records import Data, Result
from reference.training import evaluate, fold_panels, improves_until, mean_curve, start, steps_at_once, validate

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "baselines",
           "build_model", "load", "solve", "train_final"]  # fmt: skip

UNIT = 1_000
"""The file's prices are in this many dollars already."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the book fixes for this task, and its exercises vary."""

    optimizer: str = "rmsprop"
    loss: str = "mean_squared_error"
    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer."""
    activation: str = "relu"
    scaling: str = "standard"
    """How features are scaled: ``standard``, ``min-max`` or ``none``."""
    folds: int = 4
    fold_epochs: int = 100
    long_epochs: int = 500
    """Epochs of the second round of folds, which shows where improvement stops."""
    fold_batch_size: int
    """Batches in both rounds of folds; edition 1 takes single rows there."""
    read_smoothed: bool
    """Whether the epoch is read from the smoothed curve, as in edition 1."""
    final_epochs: int
    batch_size: int = 16
    seed: int = 0


EDITIONS = {
    "1": Settings(fold_batch_size=1, read_smoothed=True, final_epochs=80),
    "2": Settings(fold_batch_size=16, read_smoothed=False, final_epochs=130),
}

BOOK = {
    "1": {
        "fold_1_mae": 2.59,
        "fold_2_mae": 3.13,
        "fold_3_mae": 3.19,
        "fold_4_mae": 3.08,
        "mean_fold_mae": 2.99,
        "improves_until_epoch": 80,
        "test_mae": 2.55,
    },
    "2": {"mean_fold_mae": 2.57, "improves_until_epoch": 130, "test_mae": 2.46},
}

EXERCISES = {
    "one-layer": {"hidden": (64,)},
    "three-layers": {"hidden": (64, 64, 64)},
    "32-units": {"hidden": (32, 32)},
    "128-units": {"hidden": (128, 128)},
    "50-epochs": {"fold_epochs": 50, "long_epochs": 50},
    "100-epochs": {"fold_epochs": 100, "long_epochs": 100},
    "200-epochs": {"fold_epochs": 200, "long_epochs": 200},
    "500-epochs": {"fold_epochs": 500, "long_epochs": 500},
    "min-max": {"scaling": "min-max"},
    "unscaled": {"scaling": "none"},
}

WORDS = {"base": "stops improving after 80 epochs (edition 1), 120 to 140 (edition 2)"}

READS = ("scaling",)
"""Settings on which :func:`load` depends."""


def build_model(settings: Settings = EDITIONS["2"]) -> keras.Model:
    """Return the compiled, untrained network: standardised features in, price out.

    It maps ``(samples, 13)`` to ``(samples, 1)``, in 1,000 dollars.
    """
    hidden = [keras.layers.Dense(units, settings.activation) for units in settings.hidden]
    model = keras.Sequential([*hidden, keras.layers.Dense(1)])
    model.compile(
        optimizer=settings.optimizer,
        loss=settings.loss,
        metrics=["mean_absolute_error"],
        steps_per_execution=steps_at_once(),
    )
    return model


def load(settings: Settings = EDITIONS["2"]) -> Data:
    """Load the houses and scale their features by training statistics; prices stay as they are."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()
    scaling = Scaling.of(x_train, settings.scaling)
    return Data(
        x_train=scaling.apply(x_train),  # (404, 13)
        y_train=y_train,  # (404,)
        x_test=scaling.apply(x_test),  # (102, 13)
        y_test=y_test,  # (102,)
    )


def baselines(data: Data) -> dict[str, float]:
    """Return the test MAE, in 1,000 dollars, of always answering the mean training price."""
    return {"mean_price": float(np.abs(data.y_test - data.y_train.mean()).mean())}


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch on all training rows, then measure once on the test rows.

    Returns:
        The model, with ``test_loss``, ``test_mae`` (in 1,000 dollars) and ``test_mae_dollars``.
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
    mae = measured["mean_absolute_error"]
    return model, {"test_loss": measured["loss"], "test_mae": mae, "test_mae_dollars": mae * UNIT}


def solve(settings: Settings = EDITIONS["2"], data: Data | None = None) -> Result:
    """Do all the book's steps: two rounds of folds, retrain, evaluate, predict.

    Args:
        settings: An edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, the averaged curve as it is and smoothed, and prices of shape ``(102, 1)`` in
        1,000 dollars.
    """
    data = data or load(settings)

    fold = partial(
        validate,
        partial(build_model, settings),
        data,
        folds=settings.folds,
        batch_size=settings.fold_batch_size,
        seed=settings.seed,
    )
    fold_mae = [curve[-1] for curve in fold(epochs=settings.fold_epochs)]

    curve = mean_curve(fold(epochs=settings.long_epochs))  # (500,)

    model, scores = train_final(settings, data)
    predictions = model.predict(data.x_test, verbose=0)  # (102, 1)

    folds = {f"fold_{number}_mae": mae for number, mae in enumerate(fold_mae, start=1)}
    return Result(
        figures={
            **folds,
            "mean_fold_mae": float(np.mean(fold_mae)),
            "improves_until_epoch": improves_until(curve, smooth=settings.read_smoothed),
            **scores,
        },
        panels=fold_panels(curve, settings.folds, "1,000 dollars"),
        predictions=np.asarray(predictions),
    )
