"""Claims about data sets that come in one piece: the test rows are those that a student set aside."""

from __future__ import annotations

import numpy as np
import pytest

from grader.splits import Handling, own_test_rows

FIT, VALIDATION, TEST = np.arange(0, 70), np.arange(70, 80), np.arange(80, 100)
NOTHING = np.empty(0, np.int64)


def handled(*used: np.ndarray, fitted: np.ndarray = FIT, validated: np.ndarray = VALIDATION) -> Handling:
    return Handling(fitted=fitted, validated=validated, used=used)


def test_rows_evaluated_but_never_fitted_are_the_test_rows() -> None:
    np.testing.assert_array_equal(own_test_rows([handled(TEST)], 20, 100), TEST)


def test_evaluating_the_training_and_validation_rows_too_changes_nothing() -> None:
    for used in ((FIT, VALIDATION, TEST), (TEST, VALIDATION, FIT)):
        np.testing.assert_array_equal(own_test_rows([handled(*used)], 20, 100), TEST)


def test_who_validated_on_the_rows_evaluated_last_has_no_others() -> None:
    np.testing.assert_array_equal(own_test_rows([handled(TEST, validated=TEST)], 20, 100), TEST)


@pytest.mark.parametrize("size", [1, 9])
def test_a_look_at_a_few_rows_sets_no_others_aside(size: int) -> None:
    np.testing.assert_array_equal(own_test_rows([handled(TEST[:size])], 20, 100), TEST)


def test_rows_left_out_of_everything_were_set_aside_for_a_test_that_never_came() -> None:
    np.testing.assert_array_equal(own_test_rows([handled()], 20, 100), TEST)
    assert own_test_rows([handled(validated=np.arange(70, 95))], 20, 100) is None


def test_rows_that_were_fitted_are_no_test_rows() -> None:
    assert own_test_rows([handled(TEST, fitted=np.arange(100), validated=NOTHING)], 20, 100) is None


def test_a_model_trained_without_validation_after_one_that_had_it_is_tested_on_the_same_rows() -> None:
    again = handled(TEST, fitted=np.arange(80), validated=NOTHING)
    np.testing.assert_array_equal(own_test_rows([handled(VALIDATION), again], 20, 100), TEST)
