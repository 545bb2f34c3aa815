"""Turn words, classes and measurements into tensors that a network can learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]

__all__ = ["Scaling", "decode", "multi_hot", "one_hot"]

RESERVED = 3
"""Indices 0, 1, 2 mean padding, start of a text, unknown word; the words follow."""


def multi_hot(texts: Sequence[Sequence[int]], num_words: int = 10_000) -> Floats:
    """Mark which words occur in each text (book section on the IMDb reviews).

    Args:
        texts: Lists of word indices, each from 0 to ``num_words - 1``.
        num_words: Size of the vocabulary.

    Returns:
        Zeros and ones of shape ``(len(texts), num_words)``, float32.

    Raises:
        IndexError: A word index is too large for the vocabulary.
    """
    encoded = np.zeros((len(texts), num_words), dtype="float32")
    for row, words in enumerate(texts):
        encoded[row, words] = 1.0
    return encoded


def one_hot(labels: ArrayLike, classes: int = 46) -> Floats:
    """Give each class a column of its own (book section on the newswires).

    Args:
        labels: Integers from 0 to ``classes - 1``, of shape ``(samples,)``.
        classes: Number of classes.

    Returns:
        One 1 per row, of shape ``(samples, classes)``, float32.

    Raises:
        IndexError: A label is too large.
    """
    rows = np.eye(classes, dtype="float32")  # (classes, classes)
    return np.asarray(rows[np.asarray(labels, dtype="int64")])


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How features are scaled: by statistics of the training data, never of others."""

    centre: Floats
    """What is subtracted from each feature, of shape ``(features,)``."""
    spread: Floats
    """What each feature is divided by, of shape ``(features,)``."""

    @classmethod
    def of(cls, train: Floats, kind: str = "standard") -> Scaling:
        """Measure the training data, of shape ``(samples, features)``.

        ``standard`` gives each feature a mean of 0 and a deviation of 1, ``min-max`` a range of 0 to 1,
        ``none`` leaves them as they are.
        """
        if kind == "none":
            return cls(centre=np.zeros(train.shape[1]), spread=np.ones(train.shape[1]))
        if kind == "min-max":
            return cls(centre=train.min(axis=0), spread=np.ptp(train, axis=0))
        return cls(centre=train.mean(axis=0), spread=train.std(axis=0))

    def apply(self, features: Floats) -> Floats:
        """Scale features, of shape ``(samples, features)``; the shape stays."""
        return np.asarray((features - self.centre) / self.spread)


def decode(text: Sequence[int], word_index: Mapping[str, int]) -> str:
    """Turn word indices back into words; reserved and unknown indices read as ``?``.

    Args:
        text: Word indices as loaded, which start at 3.
        word_index: Words with their ranks, as from ``get_word_index()``.

    Returns:
        The words, separated by blanks.
    """
    words = {rank + RESERVED: word for word, rank in word_index.items()}
    return " ".join(words.get(index, "?") for index in text)
