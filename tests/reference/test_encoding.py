"""What the encodings promise, on the book's own small examples."""

from __future__ import annotations

import numpy as np
import pytest

from reference.encoding import Scaling, decode, multi_hot, one_hot


def test_eight_and_five_become_ones_in_these_two_columns_only() -> None:
    encoded = multi_hot([[8, 5]])
    assert encoded.shape == (1, 10_000)
    assert encoded.dtype == np.float32
    assert np.flatnonzero(encoded[0]).tolist() == [5, 8]


def test_a_repeated_word_is_marked_once() -> None:
    assert multi_hot([[3, 3, 3]], num_words=5).tolist() == [[0, 0, 0, 1, 0]]


def test_a_word_beyond_the_vocabulary_is_an_error() -> None:
    with pytest.raises(IndexError):
        multi_hot([[5]], num_words=5)


def test_a_class_becomes_a_single_one() -> None:
    encoded = one_hot([2, 0], classes=3)
    assert encoded.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert encoded.dtype == np.float32


def test_scaling_uses_the_training_statistics_for_other_data_too() -> None:
    scaling = Scaling.of(np.array([[0.0], [2.0]]))
    assert scaling.apply(np.array([[0.0], [2.0]])).tolist() == [[-1], [1]]
    assert scaling.apply(np.array([[3.0]])).tolist() == [[2]]


def test_decoding_shifts_indices_by_three() -> None:
    assert decode([1, 4, 2, 5], {"good": 1, "film": 2}) == "? good ? film"
