"""House prices in California, all 20,640 districts from scikit-learn: scalar regression on enough data."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from sklearn.datasets import fetch_california_housing
from sklearn.model_selection import train_test_split

from reference.data import reading
from reference.encoding import Scaling
from reference.records import Data, Result
from reference.training import best_epoch, both_parts, evaluate, start, steps_at_once, watch

__all__ = ["BOOK", "EDITIONS", "EXERCISES", "READS", "WORDS", "Settings", "baselines",
           "build_model", "load", "solve", "train_final"]  # fmt: skip

UNIT = 100_000
"""scikit-learn's targets are in this many dollars."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the texts fix for this task, and its exercises vary."""

    optimizer: str
    loss: str = "mean_squared_error"
    hidden: tuple[int, ...]
    """Units of each hidden layer."""
    activation: str = "relu"
    scaling: str
    """How features are scaled: ``standard``, ``min-max`` or ``none``."""
    test_share: float = 0.2
    split_seed: int = 42
    """What decides which rows are test rows."""
    split_follows_seed: bool = False
    """Whether every run splits the rows anew, by its own seed."""
    held_out: int = 3_300
    """Training rows, from the first on, that serve as validation data; a fifth, as for the test."""
    validation_epochs: int
    final_epochs: int
    batch_size: int = 32
    seed: int = 0


EDITIONS = {
    "geron": Settings(
        optimizer="sgd", hidden=(30,), scaling="standard", validation_epochs=20, final_epochs=20
    ),
    "lecture": Settings(
        optimizer="adam", hidden=(32, 32), scaling="min-max", validation_epochs=200, final_epochs=200
    ),
}  # fmt: skip

BOOK: dict[str, dict[str, float]] = {
    "geron": {},
    "lecture": {"test_mse": 0.294, "test_mae": 0.382, "test_r2": 0.776},
}

EXERCISES = {
    "one-layer": {"hidden": (32,)},
    "three-layers": {"hidden": (32, 32, 32)},
    "16-units": {"hidden": (16, 16)},
    "64-units": {"hidden": (64, 64)},
    "standard": {"scaling": "standard"},
    "unscaled": {"scaling": "none"},
    "other-split": {"split_follows_seed": True},
}

WORDS: dict[str, str] = {}

READS = ("scaling", "test_share", "split_seed")
"""Settings on which :func:`load` depends."""


def build_model(settings: Settings = EDITIONS["lecture"]) -> keras.Model:
    """Return the compiled, untrained network: scaled features in, price out.

    It maps ``(samples, 8)`` to ``(samples, 1)``, in 100,000 dollars.
    """
    inputs = keras.Input((8,))
    values = inputs
    for units in settings.hidden:
        values = keras.layers.Dense(units, settings.activation)(values)
    model = keras.Model(inputs, keras.layers.Dense(1)(values))
    metrics = ["mean_squared_error", "mean_absolute_error"]
    model.compile(
        optimizer=settings.optimizer,
        loss=settings.loss,
        metrics=metrics,
        steps_per_execution=steps_at_once(),
    )
    return model


def load(settings: Settings = EDITIONS["lecture"]) -> Data:
    """Fetch the districts from scikit-learn's data folder, split them, scale by training statistics."""
    with reading("cal_housing_py3.pkz", shape=(20_640, 8)) as check:
        x, y = fetch_california_housing(return_X_y=True, download_if_missing=False)
        check(x)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=settings.test_share, random_state=settings.split_seed
    )
    scaling = Scaling.of(x_train, settings.scaling)
    return Data(
        x_train=scaling.apply(x_train),  # (16512, 8)
        y_train=y_train,  # (16512,)
        x_test=scaling.apply(x_test),  # (4128, 8)
        y_test=y_test,  # (4128,)
    )


def baselines(data: Data) -> dict[str, float]:
    """Return the test MAE, in 100,000 dollars, of always answering the mean training price."""
    return {"mean_price": float(np.abs(data.y_test - data.y_train.mean()).mean())}


def train_final(settings: Settings, data: Data) -> tuple[keras.Model, dict[str, float]]:
    """Train from scratch on all training rows, then measure once on the test rows.

    Returns:
        The model, with ``test_loss``, ``test_mse``, ``test_mae`` (in 100,000 dollars),
        ``test_mae_dollars`` and ``test_r2``, the share of the prices' variance that is explained.
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
    mse, mae = measured["mean_squared_error"], measured["mean_absolute_error"]
    return model, {
        "test_loss": measured["loss"],
        "test_mse": mse,
        "test_mae": mae,
        "test_mae_dollars": mae * UNIT,
        "test_r2": float(1 - mse / data.y_test.var()),
    }


def solve(settings: Settings = EDITIONS["lecture"], data: Data | None = None) -> Result:
    """Hold out rows to see where improvement stops, train on all, evaluate, predict.

    Args:
        settings: An edition's settings, or a variation.
        data: What :func:`load` returned; loaded here if not given.

    Returns:
        Figures, curves, and prices of shape ``(4128, 1)`` in 100,000 dollars.
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
    predictions = model.predict(data.x_test, verbose=0)  # (4128, 1)

    return Result(
        figures={
            "improves_until_epoch": best_epoch(history["val_loss"]),
            "validation_mae": float(np.min(history["val_mean_absolute_error"])),
            **scores,
        },
        panels=tuple(
            both_parts(history, name, title=title, label=label)
            for name, title, label in (
                ("loss", "Loss", settings.loss.replace("_", " ")),
                ("mean_absolute_error", "Mean absolute error", "100,000 dollars"),
            )
        ),
        predictions=np.asarray(predictions),
    )
