"""Small pieces of plain English that several checks share."""

from __future__ import annotations

from grader.events import LossNote

LOSS_NAMES = {
    "binarycrossentropy": "binary_crossentropy",
    "bce": "binary_crossentropy",
    "categoricalcrossentropy": "categorical_crossentropy",
    "sparsecategoricalcrossentropy": "sparse_categorical_crossentropy",
    "mse": "mean_squared_error",
    "meansquarederror": "mean_squared_error",
    "mae": "mean_absolute_error",
    "meanabsoluteerror": "mean_absolute_error",
    "huberloss": "huber",
    "logcosh": "log_cosh",
}


def shape(sizes: tuple[int, ...]) -> str:
    """Return a shape as NumPy prints it."""
    return str(tuple(sizes))


def loss_name(loss: LossNote | None) -> str:
    """Return one spelling for a loss: ``mse``, ``MeanSquaredError()`` and the function are one."""
    if loss is None:
        return "none"
    plain = loss.name.lower().replace("_", "")
    return LOSS_NAMES.get(plain, loss.name.lower())


def plural(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 unit``, ``46 units``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
