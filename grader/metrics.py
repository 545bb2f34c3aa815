"""Metrics, computed in the grading process from predictions and true labels."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def accuracy(predictions: Array, labels: Array, *, logits: bool) -> float:
    """Return the share of right classes, 0..1.

    Args:
        predictions: (rows, 1) for two classes, else (rows, classes).
        labels: (rows,) class numbers from 0.
        logits: whether a single output is a logit (decided at 0) rather than a probability (at 0.5).
    """
    scores = predictions.reshape(len(predictions), -1)
    if scores.shape[1] == 1:
        guessed = (scores[:, 0] > (0.0 if logits else 0.5)).astype(np.int64)
    else:
        guessed = scores.argmax(axis=1)
    return float((guessed == labels).mean())


def top_k_accuracy(predictions: Array, labels: Array, *, k: int) -> float:
    """Return the share of rows, 0..1, whose class is among the ``k`` with the highest scores, (rows, classes)."""
    best = np.argsort(-predictions.reshape(len(predictions), -1), axis=1, kind="stable")[:, :k]
    return float((best == np.asarray(labels).reshape(-1, 1)).any(axis=1).mean())


def r_squared(predictions: Array, labels: Array, *, scale: float, shift: float) -> float:
    """Return the share of the labels' variance that is explained, at most 1; 0 is what their mean as a guess gives."""
    guessed = (predictions.reshape(len(predictions), -1)[:, 0].astype(np.float64) - shift) / scale
    truth = np.asarray(labels, np.float64)
    return float(1 - ((guessed - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def mean_absolute_error(predictions: Array, labels: Array, *, scale: float, shift: float) -> float:
    """Return the mean absolute error in the raw labels' unit, undoing ``target = label * scale + shift``."""
    guessed = (predictions.reshape(len(predictions), -1)[:, 0].astype(np.float64) - shift) / scale
    return float(np.abs(guessed - labels).mean())
