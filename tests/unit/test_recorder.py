"""Claims about the recorder, proved on student code that ran under it in a process of its own (see `recorded`)."""

from __future__ import annotations

import numpy as np
import pytest

from grader.capture import FitRecord, Part
from grader.events import Compile, Fitted, Saved
from grader.structure import structure

from .conftest import Recorded


def rows(part: Part | None) -> range:
    assert part is not None
    assert part.tensor is not None
    return range(*part.rows.indices(part.tensor.shape[0]))


def layers(fit: FitRecord) -> str:
    assert fit.structure is not None
    return structure(fit.structure).text()


# --- a student's code is unaffected -------------------------------------------------------------


def test_weights_histories_predictions_and_random_numbers_are_the_same_with_and_without_the_recorder(
    recorded: Recorded,
) -> None:
    assert recorded.facts["twin"] == recorded.facts["bare"]
    assert len(recorded.fits("twin")) == 2


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("no arguments", "TypeError"), ("two xs", "TypeError"),
        ("wrong shape", "ValueError"), ("not compiled", "ValueError"),
        ("bad loader call", "TypeError"),
    ],
)  # fmt: skip
def test_a_wrong_call_raises_what_keras_raises_from_where_keras_raises_it(
    recorded: Recorded, call: str, error: str
) -> None:
    assert recorded.facts["bare_errors"][call]["type"] == error
    assert recorded.facts["wrong_calls"][call] == recorded.facts["bare_errors"][call]


def test_what_goes_wrong_inside_the_recorder_never_reaches_the_student(recorded: Recorded) -> None:
    for scenario in ("tensors_folder_gone", "disk_full", "events_file_closed"):
        assert recorded.facts[scenario] == {"type": None}, scenario
    told = " ".join(recorded.capture.faults)
    assert "FileNotFoundError" in told
    assert "No space left" in told


def test_nothing_else_goes_wrong_inside_the_recorder(recorded: Recorded) -> None:
    assert len(recorded.capture.faults) == 2


def test_a_generator_gives_its_batches_to_keras_alone_and_only_when_asked(recorded: Recorded) -> None:
    assert recorded.facts["streams"] == recorded.facts["bare_streams"]
    assert [fit.x.shape for fit in recorded.fits("streams") if fit.x] == [(20, 3), (40, 3)]


def test_the_box_imports_nothing_of_the_grader(recorded: Recorded) -> None:
    assert recorded.facts["grader"] == []


def test_arguments_that_are_nonsense_fail_in_keras_and_leave_the_events_readable(recorded: Recorded) -> None:
    assert recorded.facts["strange_arguments"]["batch"]["type"] == "TypeError"
    assert recorded.facts["strange_arguments"]["split"]["type"] == "TypeError"
    good = recorded.fits("strange_arguments")[0]
    assert (good.epochs, good.batch_size) == (2, 10)


# --- which arrays -------------------------------------------------------------------------------


def test_two_views_of_one_array_are_rows_of_one_stored_array(recorded: Recorded) -> None:
    fit = recorded.fits("views")[0]
    assert fit.validation is not None
    validation = fit.validation[0]
    assert rows(fit.x) == range(100, 1100)
    assert rows(validation) == range(100)
    assert fit.x is not None
    assert validation is not None
    assert fit.x.tensor is validation.tensor
    assert fit.x.kind == "sparse"


def test_an_array_changed_in_place_between_two_fits_is_another_array(recorded: Recorded) -> None:
    first, second = recorded.fits("changed_in_place")
    before, after = (fit.x.tensor.values() for fit in (first, second) if fit.x and fit.x.tensor)
    np.testing.assert_array_equal(before * 2, after)


def test_frames_series_tensors_and_a_list_of_one_array_are_the_arrays_they_hold(recorded: Recorded) -> None:
    fits = recorded.fits("carriers")
    assert len(fits) == 3
    assert len({fit.x.tensor.id for fit in fits if fit.x and fit.x.tensor}) == 1
    assert [fit.y.shape for fit in fits if fit.y] == [(40,), (40, 1), (40, 1)]


# --- which models -------------------------------------------------------------------------------


def test_a_model_bound_to_the_same_name_is_another_model(recorded: Recorded) -> None:
    first, second = recorded.fits("rebound")
    assert first.model != second.model
    assert first.before is None
    assert second.before is None


def test_a_model_at_the_address_of_a_deleted_one_is_another_model(recorded: Recorded) -> None:
    made, addresses = recorded.facts["id_reused"]
    assert made > addresses  # an id did come back
    assert len({event.model for event in recorded.events("id_reused", Compile)}) == made


def test_layers_activations_and_loss_are_described_in_whatever_way_they_are_written(recorded: Recorded) -> None:
    fit = recorded.fits("functional")[0]
    assert layers(fit) == "Dense 6 relu → Dense 1 sigmoid"
    assert fit.compile.optimizer == "Adam"
    assert fit.compile.learning_rate == pytest.approx(0.01)
    assert fit.compile.loss is not None
    assert fit.compile.loss.from_logits
    assert fit.compile.metrics == ("binary_accuracy",)


def test_activations_that_a_subclass_applies_in_call_are_seen(recorded: Recorded) -> None:
    assert layers(recorded.fits("subclass")[0]) == "Dense 5 relu → Dense 1 sigmoid"


def test_activations_that_a_subclass_takes_from_tensorflow_are_seen(recorded: Recorded) -> None:
    assert (
        layers(recorded.fits("tensorflow_calls")[0]) == "Dense 5 relu → Dense 4 tanh → Dense 3 relu → Dense 1 sigmoid"
    )


def test_a_subclass_is_saved_in_a_way_that_can_be_served_without_its_code(recorded: Recorded) -> None:
    saved = recorded.events("subclass", Saved)[0]
    assert (recorded.capture.folder / "models" / saved.files.export / "saved_model.pb").is_file()


def test_a_model_of_keras_layers_alone_is_saved_as_a_keras_file_only(recorded: Recorded) -> None:
    saved = recorded.events("rebound", Saved)
    assert [one.files.export for one in saved] == [None, None]
    assert all((recorded.capture.folder / "models" / one.files.keras).is_file() for one in saved)


def test_a_loss_has_a_name_however_it_is_given(recorded: Recorded) -> None:
    losses = [event.compile.loss for event in recorded.events("losses", Compile)]
    assert [loss.name for loss in losses] == ["mse", "MeanSquaredError", "mean_squared_error", "mse", "<lambda>"]
    assert [loss.custom for loss in losses] == [False, False, False, False, True]


# --- which runs ---------------------------------------------------------------------------------


def test_the_validation_inside_a_fit_is_no_event_of_its_own(recorded: Recorded) -> None:
    kinds = [event.event for event in recorded.events("nested")]
    assert kinds == ["compile", "fit", "fitted", "saved"]


def test_a_loop_of_one_epoch_fits_is_one_run_with_the_joined_history(recorded: Recorded) -> None:
    fits = recorded.fits("epoch_by_epoch")
    assert len(fits) == 1
    assert fits[0].epochs == 8
    assert fits[0].history["loss"] == tuple(recorded.facts["epoch_by_epoch"])
    assert fits[0].before is None


def test_of_a_loop_the_last_state_is_saved_and_most_others_are_not(recorded: Recorded) -> None:
    saved = [event.state for event in recorded.events("epoch_by_epoch", Saved)]
    assert saved[-1] == recorded.fits("epoch_by_epoch")[0].after
    assert len(saved) <= 3


def test_a_loop_followed_by_a_fit_on_other_rows_leaves_both_states_saved(recorded: Recorded) -> None:
    loop, more = recorded.fits("loop_then_more")
    assert {loop.after, more.after} <= {event.state for event in recorded.events("loop_then_more", Saved)}


def test_a_fit_that_raises_leaves_its_error_and_the_student_sees_the_exception(recorded: Recorded) -> None:
    assert recorded.facts["raises"]["type"] == "Stop"
    fit = recorded.fits("raises")[0]
    assert fit.error == "Stop: enough"
    assert not fit.finished
    assert recorded.events("raises", Saved) == []


def test_a_fit_that_fails_before_its_first_step_leaves_the_weights_as_they_were(recorded: Recorded) -> None:
    wrong, right = recorded.fits("fails_then_succeeds")
    assert not wrong.finished
    assert wrong.before == wrong.after == right.before
    assert right.finished


def test_compiling_a_trained_model_again_does_not_change_what_it_was_trained_with(recorded: Recorded) -> None:
    fit = recorded.fits("compiled_again")[0]
    assert fit.compile.loss is not None
    assert fit.compile.loss.name == "binary_crossentropy"
    assert fit.validation_split == 0.5


def test_a_use_names_the_weights_it_was_made_with(recorded: Recorded) -> None:
    fit = recorded.fits("evaluated")[0]
    uses = [use for use in recorded.capture.uses if use.state == fit.after]
    assert [use.kind for use in uses] == ["evaluate"]
    assert rows(uses[0].x) == range(40)


def test_a_model_loaded_from_a_file_is_compiled_like_the_one_that_was_saved(recorded: Recorded) -> None:
    seen = recorded.facts["saved_and_loaded"]
    assert seen["loaded"] == seen["saved"]
    uses = [use for use in recorded.capture.uses if use.cell == recorded.facts["order"].index("saved_and_loaded")]
    assert len({use.state for use in uses}) == 1


def test_a_model_used_before_training_is_no_fit(recorded: Recorded) -> None:
    assert recorded.fits("used_before_training") == []
    assert [event.event for event in recorded.events("used_before_training") if event.event != "compile"]


# --- around the runs ----------------------------------------------------------------------------


def test_a_loader_is_noted_by_whichever_name_it_is_called(recorded: Recorded) -> None:
    loads = [load for load in recorded.capture.loads if load.cell == recorded.facts["order"].index("loaders") + 1]
    assert [load.arguments.get("num_words") for load in loads] == [11, 12, 13, 14, 15]
    assert {load.loader for load in loads} == {"imdb"}
    assert loads[-1].arguments == {"path": "imdb.npz", "num_words": 15, "seed": 3}


def test_a_figure_saved_to_a_file_is_noted_with_its_lines(recorded: Recorded) -> None:
    axes = recorded.capture.figures[0].axes[0]
    assert axes.title == "Loss"
    assert axes.lines == ((3.0, 2.0, 1.0),)


def test_every_cell_counts_once_whatever_magic_runs_in_it(recorded: Recorded) -> None:
    assert set(recorded.facts["cells"]["steps"].values()) == {1}


def test_another_backend_asked_for_in_a_cell_is_undone_and_noted(recorded: Recorded) -> None:
    assert recorded.facts["cells"]["backend"] == "tensorflow"
    assert any("KERAS_BACKEND=torch" in note for note in recorded.capture.notes)


def test_the_recorder_measures_its_own_time(recorded: Recorded) -> None:
    spent = [event.spent for event in recorded.capture.events]
    assert spent == sorted(spent)
    assert 0 < spent[-1] < 60


def test_every_finished_fit_is_followed_by_a_description_of_its_model(recorded: Recorded) -> None:
    ends = [event for event in recorded.capture.events if isinstance(event, Fitted) and event.error is None]
    assert ends
    assert all(event.structure is not None and event.structure.layers for event in ends)
