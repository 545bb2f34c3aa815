"""What the shared habits promise: folds, curves, editions."""

from __future__ import annotations

import numpy as np
import pytest

from reference import boston_housing, breast_cancer, california_housing, imdb, reuters
from reference.editions import choose, limit_epochs, limit_rows, seeded, vary
from reference.errors import UnknownChoiceError
from reference.training import best_epoch, fold_panels, fold_rows, improves_until, mean_curve, smoothed


def test_folds_are_disjoint_and_cover_all_rows() -> None:
    folds = list(fold_rows(480, 4))
    validated = np.concatenate([validation for _, validation in folds])
    assert sorted(validated.tolist()) == list(range(480))
    for train, validation in folds:
        assert len(validation) == 120
        assert not set(train.tolist()) & set(validation.tolist())
        assert len(train) + len(validation) == 480


def test_rows_that_fill_no_fold_stay_in_training() -> None:
    for train, validation in fold_rows(10, 3):
        assert len(validation) == 3
        assert 9 in train


@pytest.mark.parametrize("folds", [0, 1, 11])
def test_an_impossible_number_of_folds_is_an_error(folds: int) -> None:
    with pytest.raises(ValueError, match="10 rows can't be cut"):
        list(fold_rows(10, folds))


def test_overfitting_starts_after_the_lowest_validation_loss() -> None:
    assert best_epoch([0.5, 0.3, 0.4]) == 2


def test_fold_curves_are_averaged_epoch_by_epoch() -> None:
    assert mean_curve([[1, 2], [3, 6]]) == [2, 4]


def test_editions_differ_where_the_books_do() -> None:
    assert imdb.EDITIONS["3"].optimizer == "adam"
    assert {imdb.EDITIONS[edition].optimizer for edition in "12"} == {"rmsprop"}
    assert [reuters.EDITIONS[edition].retrain_on_all for edition in "123"] == [False, True, True]
    assert reuters.EDITIONS["3"].top == 3
    assert list(california_housing.EDITIONS) == ["3"]


def test_an_unknown_edition_is_answered_with_the_choices() -> None:
    with pytest.raises(UnknownChoiceError, match="unknown edition '2'; choose one of: 3"):
        choose(california_housing.EDITIONS, "2")


def test_an_exercise_changes_only_what_it_names() -> None:
    varied = vary(imdb.EDITIONS["3"], imdb.EXERCISES, "tanh")
    assert varied.activation == "tanh"
    assert varied.hidden == (16, 16)


def test_a_limit_shortens_long_trainings_only() -> None:
    limited = limit_epochs(imdb.EDITIONS["3"], 10)
    assert (limited.validation_epochs, limited.final_epochs) == (10, 4)


@pytest.mark.parametrize("task", [imdb, reuters])
def test_every_exercise_builds_a_model(task: object) -> None:
    for name in task.EXERCISES:  # type: ignore[attr-defined]
        settings = vary(task.EDITIONS["3"], task.EXERCISES, name)  # type: ignore[attr-defined]
        assert task.build_model(settings).compiled  # type: ignore[attr-defined]


def test_integer_labels_go_with_the_sparse_loss() -> None:
    settings = vary(reuters.EDITIONS["3"], reuters.EXERCISES, "integer-labels")
    assert reuters.build_model(settings).loss == "sparse_categorical_crossentropy"


def test_a_smoothed_curve_remembers_nine_tenths() -> None:
    assert smoothed([1.0, 2.0, 0.0]) == pytest.approx([1.0, 1.1, 0.99])


def test_the_first_ten_epochs_are_left_out_of_both_panels() -> None:
    truncated, smooth = fold_panels([9.0] * 10 + [1.0, 2.0], folds=4, unit="dollars")
    assert (truncated.curves["validation"], truncated.first_epoch) == ([1.0, 2.0], 11)
    assert (smooth.curves["validation"], smooth.first_epoch) == (pytest.approx([1.0, 1.1]), 11)


def test_a_short_curve_is_shown_whole() -> None:
    truncated, _ = fold_panels([2.0, 1.0], folds=4, unit="dollars")
    assert (truncated.curves["validation"], truncated.first_epoch) == ([2.0, 1.0], 1)


def test_where_improvement_stops_can_be_read_from_the_smoothed_curve() -> None:
    curve = [0.0] * 10 + [5.0, 1.0, 4.0, 4.0]  # the unsteady beginning is no improvement
    assert improves_until(curve) == 1
    assert improves_until(curve, smooth=True) == 14


def test_boston_editions_differ_where_the_books_do() -> None:
    first, second = boston_housing.EDITIONS["1"], boston_housing.EDITIONS["2"]
    assert (first.fold_batch_size, first.final_epochs) == (1, 80)
    assert (second.fold_batch_size, second.final_epochs) == (16, 130)


def test_fewer_rows_leave_enough_to_train_on() -> None:
    assert limit_rows(imdb.EDITIONS["3"], 6_000).held_out == 1_500
    assert limit_rows(boston_housing.EDITIONS["2"], 100) == boston_housing.EDITIONS["2"]


def test_a_split_follows_the_seed_only_where_it_is_asked_to() -> None:
    usual = seeded(breast_cancer.EDITIONS["lecture"], 7)
    other = seeded(vary(usual, breast_cancer.EXERCISES, "other-split"), 7)
    assert (usual.seed, usual.split_seed) == (7, 42)
    assert (other.seed, other.split_seed) == (7, 1_007)
