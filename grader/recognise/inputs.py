"""Recognise input arrays, and put raw test rows through the encoding that was recognised."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.data import RawData, Texts
from grader.recognise import images, numbers, texts
from grader.recognise.encodings import Encoding, Seen
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]


def recognise(tensor: Tensor, raw: RawData) -> Seen | None:
    """Return what a stored array holds of a data set, or None when it holds none of it."""
    if isinstance(raw.x_train, Texts) and isinstance(raw.x_test, Texts):
        return texts.recognise(tensor, raw.x_train, raw.x_test)
    if isinstance(raw.x_train, np.ndarray) and isinstance(raw.x_test, np.ndarray):
        if raw.x_train.ndim > 2:
            return images.recognise(tensor, raw.x_train, raw.x_test)
        return numbers.recognise(tensor, raw.x_train, raw.x_test)
    return None


def encode_test(encoding: Encoding, raw: RawData) -> dict[str, Any] | None:
    """Return the test rows in a student's own encoding, as arrays for the predictor; None if it isn't known."""
    if isinstance(raw.x_test, Texts):
        return texts.encode(encoding, raw.x_test)
    if raw.x_test.ndim > 2:
        return images.encode(encoding, raw.x_test)
    return numbers.encode(encoding, raw.x_test)
