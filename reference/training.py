"""The habits that all tasks share: hold out, validate in folds, read where overfitting starts."""

from __future__ import annotations

import importlib
import platform
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["best_epoch", "device", "evaluate", "fold_rows", "mean_curve", "start", "versions"]


def start(seed: int) -> None:
    """Begin a run from scratch: forget earlier models, and seed Python, numpy and the backend."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)


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


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Average the folds' curves epoch by epoch."""
    return [float(value) for value in np.mean(curves, axis=0)]


def evaluate(model: keras.Model, x: NDArray[Any], y: NDArray[Any]) -> dict[str, float]:
    """Return the loss and the metrics of a model on data it has not seen, by name."""
    measured = model.evaluate(x, y, verbose=0, return_dict=True)
    return {name: float(value) for name, value in measured.items()}


def versions() -> dict[str, str]:
    """Return what ran: Keras, its backend, numpy, Python."""
    backend = keras.backend.backend()
    return {
        "keras": keras.__version__,
        "backend": backend,
        backend: str(importlib.import_module(backend).__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def device() -> str:
    """Return the device that Keras trains on, such as ``cpu:0`` or ``gpu:0``."""
    devices = keras.distribution.list_devices()
    return str(devices[0]) if devices else "cpu:0"
