"""Claims about data in batches, loops of one's own, and layers that prepare inputs (see `recorded_batches`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.capture import Part
from grader.events import Unobserved

from .conftest import Recorded

Array = np.ndarray[Any, Any]
X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")  # as in `recorded`
Y = (X[:, :1] > 0).astype("float32")


def held(part: Part | None) -> Array:
    assert part is not None
    assert part.tensor is not None, part.kind
    return np.asarray(part.tensor.values()[part.rows])


def same_rows(part: Part | None, wanted: Array) -> bool:
    """Say whether a part holds these rows, in whatever order."""
    return sorted(map(tuple, held(part).tolist())) == sorted(map(tuple, wanted.tolist()))


def test_training_in_batches_is_the_same_with_and_without_the_recorder(recorded: Recorded) -> None:
    assert recorded.facts["twin_in_batches"] == recorded.facts["bare_batches"]


# --- streams ------------------------------------------------------------------------------------


def test_the_rows_of_a_shuffled_dataset_are_one_pass_of_them_each_with_its_label(recorded: Recorded) -> None:
    fit = recorded.fits("a_shuffled_dataset")[0]
    assert same_rows(fit.x, X[:30])
    np.testing.assert_array_equal(held(fit.y), (held(fit.x)[:, :1] > 0).astype("float32"))


def test_validation_rows_in_a_dataset_are_noted(recorded: Recorded) -> None:
    fit = recorded.fits("a_shuffled_dataset")[0]
    assert fit.validation is not None
    assert same_rows(fit.validation[0], X[30:])
    assert same_rows(fit.validation[1], Y[30:])


def test_rows_that_a_model_is_evaluated_and_predicted_on_in_a_dataset_are_noted(recorded: Recorded) -> None:
    evaluated, predicted = recorded.uses("a_shuffled_dataset")
    assert same_rows(evaluated.x, X)
    np.testing.assert_array_equal(held(predicted.x), X)


@pytest.mark.parametrize("scenario", ["an_endless_dataset", "an_endless_generator", "a_sequence_with_workers"])
def test_of_data_without_an_end_or_a_fixed_order_one_pass_is_noted(recorded: Recorded, scenario: str) -> None:
    fit = recorded.fits(scenario)[0]
    assert same_rows(fit.x, X)
    assert len(held(fit.y)) == 40


def test_a_generator_for_validation_and_one_for_predict_are_noted(recorded: Recorded) -> None:
    fit = recorded.fits("an_endless_generator")[0]
    assert fit.validation is not None
    assert same_rows(fit.validation[0], X)
    assert same_rows(recorded.uses("an_endless_generator")[0].x, X)


def test_a_sequence_is_left_as_it_was(recorded: Recorded) -> None:
    assert recorded.facts["a_sequence_with_workers"] is True


def test_a_wide_dataset_of_mostly_zeros_is_stored_as_its_nonzeros(recorded: Recorded) -> None:
    part = recorded.fits("a_wide_dataset")[0].x
    assert part is not None
    assert part.tensor is not None
    assert (part.kind, part.shape) == ("sparse", (600, 5000))
    sparse = part.tensor.sparse()
    assert sparse is not None
    assert sorted(sparse["columns"]) == list(range(600))


def test_what_cannot_be_read_stays_a_stream_and_an_error_in_it_is_the_students(recorded: Recorded) -> None:
    two_inputs, two_arrays, broken = recorded.fits("datasets_that_cannot_be_read")
    assert [fit.x.kind for fit in (two_inputs, two_arrays) if fit.x] == ["stream", "other"]
    assert not broken.finished
    assert "no more rows" in recorded.facts["datasets_that_cannot_be_read"]["text"]


def test_a_loop_over_a_dataset_that_is_shuffled_each_time_is_one_training(recorded: Recorded) -> None:
    fits = recorded.fits("one_epoch_of_a_dataset_at_a_time")
    assert [fit.epochs for fit in fits] == [4]
    assert same_rows(fits[0].x, X)


def test_one_array_under_a_name_is_that_array(recorded: Recorded) -> None:
    for fit in recorded.fits("one_named_input"):
        np.testing.assert_array_equal(held(fit.x), X)


# --- loops of one's own -------------------------------------------------------------------------


def test_batches_trained_one_by_one_are_one_training_on_the_rows_that_passed(recorded: Recorded) -> None:
    fits = recorded.fits("batch_by_batch")
    assert [(fit.epochs, fit.batch_size) for fit in fits] == [(3, 16)]
    assert same_rows(fits[0].x, X)
    assert fits[0].before is None or fits[0].before != fits[0].after
    assert fits[0].after in recorded.capture.saved


def test_batches_tested_one_by_one_are_one_use_of_the_trained_weights(recorded: Recorded) -> None:
    fit, last = recorded.fits("batch_by_batch")[0], recorded.uses("batch_by_batch")[-1]
    assert last.state == fit.after
    np.testing.assert_array_equal(held(last.x), X)
    np.testing.assert_array_equal(held(last.y), Y)


def test_of_a_tape_the_calls_outside_of_it_are_uses_and_its_weights_are_saved(recorded: Recorded) -> None:
    uses = recorded.uses("a_tape")
    assert [(use.kind, use.x.shape) for use in uses if use.x] == [("applied", (40, 3))]
    state = str(uses[0].state)
    assert state in recorded.capture.saved
    assert recorded.capture.structures[state].layers[0].units == 4
    assert len(recorded.events("a_tape", Unobserved)) == 1


def test_an_optimizer_on_a_single_number_is_no_training(recorded: Recorded) -> None:
    assert recorded.events("an_optimizer_without_a_model", Unobserved) == []


def test_weights_loaded_from_a_checkpoint_belong_to_the_fit_that_wrote_it(recorded: Recorded) -> None:
    fits, uses = recorded.fits("a_checkpoint"), recorded.uses("a_checkpoint")
    assert len(fits) == len(uses) == 2
    for fit, use in zip(fits, uses, strict=True):
        assert use.state != fit.after
        assert use.state in fit.left
        assert use.state in recorded.capture.saved


# --- layers that prepare ------------------------------------------------------------------------


def test_layers_that_scale_are_noted_with_their_numbers(recorded: Recorded) -> None:
    mean, deviation = (np.array(values) for values in recorded.facts["layers_that_prepare"])
    note = recorded.fits("layers_that_prepare")[0].structure
    assert note is not None
    standardise, rescale = note.layers[:2]
    np.testing.assert_allclose(standardise.scale or (), 1 / deviation, rtol=1e-4)
    np.testing.assert_allclose(standardise.shift or (), -mean / deviation, rtol=1e-3)
    assert (rescale.scale, rescale.shift) == ((0.5,), (1.0,))


def test_a_layer_that_encodes_words_is_noted_with_how_and_how_many(recorded: Recorded) -> None:
    note = recorded.fits("layers_that_prepare")[1].structure
    assert note is not None
    assert (note.layers[0].mode, note.layers[0].units) == ("multi_hot", 9)
