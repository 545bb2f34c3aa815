"""The habits that all tasks share: hold out, validate in folds, read where overfitting starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from reference.records import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from reference.records import Data

__all__ = ["best_epoch", "both_parts", "evaluate", "fold_panels", "fold_rows", "improves_until", "mean_curve",
           "smoothed", "start", "steps_at_once", "validate", "watch"]  # fmt: skip

UNSTEADY = 10
"""The first epochs of a fold, of another scale than the rest, are left out of the plot."""
MEMORY = 0.9
"""Share of the earlier values in each value of a smoothed curve."""


def start(seed: int) -> None:
    """Begin a run from scratch: forget earlier models, and seed Python, numpy and the backend."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)


def steps_at_once() -> int:
    """Return how many steps Keras takes between two looks at Python, for ``compile(steps_per_execution=...)``.

    Small batches of small networks train two to three times as fast, to the same weights bit by
    bit. The torch backend knows one step only.
    """
    return 1 if keras.backend.backend() == "torch" else 32


def best_epoch(validation_loss: Sequence[float]) -> int:
    """Return the epoch, counted from 1, after which the validation loss only gets worse."""
    return int(np.argmin(validation_loss)) + 1


def fold_rows(samples: int, folds: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Cut the rows into folds; each serves as validation data once (K-fold validation).

    Args:
        samples: Number of rows.
        folds: Number of folds; rows that don't fill a fold always stay in training.

    Yields:
        The training rows and the validation rows, as indices.

    Raises:
        ValueError: There are fewer than two folds, or fewer rows than folds.
    """
    if not 1 < folds <= samples:
        message = f"{samples} rows can't be cut into {folds} folds"
        raise ValueError(message)
    rows = np.arange(samples)
    size = samples // folds
    for fold in range(folds):
        held_out = (rows >= fold * size) & (rows < (fold + 1) * size)
        yield rows[~held_out], rows[held_out]


def validate(
    build: Callable[[], keras.Model], data: Data, *, folds: int, epochs: int, batch_size: int, seed: int
) -> list[list[float]]:
    """Train one fresh model per fold (K-fold validation).

    Args:
        build: Makes an untrained model, whose metric is the mean absolute error.
        data: Its training rows are cut into folds; its test rows stay unseen.
        folds: Number of folds.
        epochs: How long each model is trained.
        batch_size: Rows per step.
        seed: Of the whole round.

    Returns:
        Each fold's validation MAE after every epoch, of shape ``(folds, epochs)``.
    """
    curves = []
    start(seed)
    for train, validation in fold_rows(len(data.x_train), folds):
        model = build()
        history = model.fit(
            data.x_train[train],
            data.y_train[train],
            epochs=epochs,
            batch_size=batch_size,
            validation_data=(data.x_train[validation], data.y_train[validation]),
            verbose=0,
        ).history
        curves.append(history["val_mean_absolute_error"])
    return curves


def watch(model: keras.Model, data: Data, *, held_out: int, epochs: int, batch_size: int) -> dict[str, list[float]]:
    """Train a model with the first ``held_out`` training rows set aside, and return its curves.

    Loss and metrics after each epoch, those on the rows set aside with ``val_`` before the name.
    """
    history: dict[str, list[float]] = model.fit(
        data.x_train[held_out:],
        data.y_train[held_out:],
        epochs=epochs,
        batch_size=batch_size,
        validation_data=(data.x_train[:held_out], data.y_train[:held_out]),
        verbose=0,
    ).history
    return history


def both_parts(history: dict[str, list[float]], name: str, *, title: str, label: str) -> Panel:
    """Plot one of the curves that :func:`watch` returns, training beside validation."""
    return Panel(title=title, label=label, curves={"training": history[name], "validation": history[f"val_{name}"]})


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Average the folds' curves epoch by epoch."""
    return [float(value) for value in np.mean(curves, axis=0)]


def smoothed(curve: Sequence[float], memory: float = MEMORY) -> list[float]:
    """Replace each value by an exponential moving average: ``memory`` of the one before, the rest its own."""
    smooth: list[float] = []
    for value in curve:
        smooth.append(memory * smooth[-1] + (1 - memory) * value if smooth else value)
    return smooth


def improves_until(curve: Sequence[float], *, smooth: bool = False) -> int:
    """Return the epoch, counted from 1, with a mean curve's lowest value, on the smoothed curve if asked for."""
    if not smooth:
        return best_epoch(curve)
    first = _steady_from(curve)
    return first + best_epoch(smoothed(curve[first:]))


def fold_panels(curve: Sequence[float], folds: int, unit: str) -> tuple[Panel, Panel]:
    """Plot a mean curve without its first 10 epochs: as it is, and smoothed."""
    first = _steady_from(curve)
    truncated = list(curve[first:])
    title = f"Validation MAE, mean of {folds} folds"
    return (
        Panel(title=title, label=unit, curves={"validation": truncated}, first_epoch=1 + first),
        Panel(
            title=f"{title}, smoothed",
            label=unit,
            curves={"validation": smoothed(truncated)},
            first_epoch=1 + first,
        ),
    )


def _steady_from(curve: Sequence[float]) -> int:
    return UNSTEADY if len(curve) > UNSTEADY else 0


def evaluate(model: keras.Model, x: NDArray[Any], y: NDArray[Any]) -> dict[str, float]:
    """Return the loss and the metrics of a model on data it has not seen, by name."""
    measured = model.evaluate(x, y, verbose=0, return_dict=True)
    return {name: float(value) for name, value in measured.items()}
