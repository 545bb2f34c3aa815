"""What the shared habits promise: folds, curves, editions."""

from __future__ import annotations

import numpy as np
import pytest

from reference import california_housing, imdb, reuters
from reference.editions import choose, limit_epochs, vary
from reference.errors import UnknownChoiceError
from reference.training import best_epoch, fold_rows, mean_curve


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
