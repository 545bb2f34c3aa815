"""Claims about runs: which rows were trained on and held out, fresh or continued, folds, and what may be graded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.capture import FitRecord
from grader.records import Exit
from grader.runs import TaskCapture, TrainingRun

from .builders import (
    DONE,
    STREAM,
    fit,
    houses,
    model,
    multi_hot,
    part,
    reviews,
    submitted,
    table,
    task,
    use,
    word_lists,
)
from .builders import run as run_of

Array = np.ndarray[Any, Any]
RAW = reviews()  # 120 training rows, 60 test rows
X = multi_hot(word_lists(180), 200)
TRAIN, TEST = X[:120], X[120:]
Y = RAW.y_train
HOUSES = houses()
ROWS = table(HOUSES)
WIDER = model(("Dense", 64, "relu"), ("Dense", 1, "sigmoid"))


def only(capture: TaskCapture) -> TrainingRun:
    assert len(capture.runs) == 1
    return capture.runs[0]


# --- rows and validation ------------------------------------------------------------------------


def test_training_on_all_rows_without_validation() -> None:
    run = only(task(RAW, [fit(TRAIN, Y)]))
    assert run.validation == "none"
    assert (len(run.rows), len(run.held_out)) == (120, 0)
    assert run.targets.kind == "integers"
    assert run.input_shape == (120, 200)


def test_rows_set_aside_and_given_as_validation_data_are_held_out() -> None:
    run = only(task(RAW, [fit(TRAIN[30:], Y[30:], held_out=TRAIN[:30])]))
    assert run.validation == "held_out"
    np.testing.assert_array_equal(run.rows, np.arange(30, 120))
    np.testing.assert_array_equal(run.held_out, np.arange(30))


def test_views_of_one_stored_array_are_their_own_rows() -> None:
    run = only(
        task(
            RAW,
            [fit(part(TRAIN, slice(30, 120, 1)), part(Y, slice(30, 120, 1)), held_out=part(TRAIN, slice(0, 30, 1)))],
        )
    )
    assert (run.validation, run.input_shape, run.targets.kind) == ("held_out", (90, 200), "integers")
    np.testing.assert_array_equal(run.rows, np.arange(30, 120))


def test_rows_chosen_at_random_are_held_out() -> None:
    order = np.random.default_rng(0).permutation(120)
    run = only(task(RAW, [fit(TRAIN[order[:90]], Y[order[:90]], held_out=TRAIN[order[90:]])]))
    assert run.validation == "held_out"
    np.testing.assert_array_equal(run.rows, order[:90])


def test_validation_rows_that_are_also_trained_on_are_training_rows() -> None:
    assert only(task(RAW, [fit(TRAIN, Y, held_out=TRAIN[:30])])).validation == "training_rows"


@pytest.mark.parametrize(("shared", "kind"), [(1, "held_out"), (9, "training_rows")])
def test_a_single_row_on_both_sides_is_no_overlap_and_a_third_is(shared: int, kind: str) -> None:
    run = only(task(RAW, [fit(TRAIN[30 - shared :], Y[30 - shared :], held_out=TRAIN[:30])]))
    assert run.validation == kind


@pytest.mark.parametrize(("shared", "kind"), [(0, "held_out"), (3, "test_rows")])
def test_a_few_test_rows_among_the_validation_rows_are_enough_to_spoil_them(shared: int, kind: str) -> None:
    mixed = np.concatenate([TRAIN[:30], TEST[:shared]])
    assert only(task(RAW, [fit(TRAIN[30:], Y[30:], held_out=mixed)])).validation == kind


def test_validation_rows_of_the_test_set_are_test_rows() -> None:
    assert only(task(RAW, [fit(TRAIN, Y, held_out=TEST)])).validation == "test_rows"


def test_validation_rows_that_are_none_of_the_data_are_unknown() -> None:
    other = multi_hot(word_lists(40, seed=8), 200)
    assert only(task(RAW, [fit(TRAIN, Y, held_out=other)])).validation == "unknown"


def test_validation_data_without_rows_is_none() -> None:
    assert only(task(RAW, [fit(TRAIN, Y, held_out=part(TRAIN, slice(0, 0, 1)))])).validation == "none"


@pytest.mark.parametrize(("share", "left"), [(0.25, 90), (0.2, 96), (0.3, 84), (0.33, 80), (0.999, 0)])
def test_a_validation_split_holds_out_the_last_rows_as_keras_counts_them(share: float, left: int) -> None:
    run = only(task(RAW, [fit(TRAIN, Y, validation_split=share)]))
    assert run.validation == "held_out"
    assert (len(run.rows), len(run.held_out)) == (left, 120 - left)
    np.testing.assert_array_equal(run.held_out, np.arange(left, 120))


def test_a_split_beside_validation_data_is_ignored_as_keras_ignores_it() -> None:
    run = only(task(RAW, [fit(TRAIN[30:], Y[30:], held_out=TRAIN[:30], validation_split=0.5)]))
    assert len(run.rows) == 90


def test_rows_evaluated_after_a_fit_without_validation_count_as_held_out() -> None:
    run = only(task(RAW, [fit(TRAIN[30:], Y[30:])], [use(TRAIN[:30], "after-1")]))
    assert run.validation == "held_out"
    np.testing.assert_array_equal(run.held_out, np.arange(30))


def test_evaluating_on_the_trained_rows_as_well_takes_nothing_away() -> None:
    uses = [use(TRAIN[30:], "after-1"), use(TEST, "after-1"), use(TRAIN[:30], "after-1")]
    assert only(task(RAW, [fit(TRAIN[30:], Y[30:])], uses)).validation == "held_out"


def test_evaluating_on_the_trained_rows_alone_is_validation_on_training_rows() -> None:
    assert only(task(RAW, [fit(TRAIN, Y)], [use(TRAIN, "after-1")])).validation == "training_rows"


def test_rows_that_occur_in_both_sets_are_no_evidence_against_anyone() -> None:
    rows = word_lists(100, seed=21)
    raw = reviews()
    from .builders import texts  # noqa: PLC0415

    twins = [*rows[:4], *rows[60:]]
    raw = type(raw)(
        loader="imdb", arguments={}, x_train=texts(rows[:60]), y_train=Y[:60], x_test=texts(twins), y_test=Y[:44]
    )
    run = only(
        task(
            raw,
            [fit(multi_hot(rows[10:60], 200), Y[10:60], held_out=multi_hot(rows[:10], 200))],
            [use(multi_hot(twins, 200), "after-1")],
        )
    )
    assert run.validation == "held_out"
    assert (run.rows < 60).all()
    assert run.tested


def test_other_data_sets_and_streams_are_no_runs_of_this_task() -> None:
    capture = task(
        RAW, [fit(ROWS, HOUSES.y), fit(STREAM, None), fit(None, None), fit(np.zeros((60, 28, 28)), np.zeros(60))]
    )
    assert capture.runs == ()


def test_a_fit_that_failed_is_a_run_that_did_not_finish() -> None:
    run = only(task(RAW, [fit(TRAIN, Y, error="ValueError: no")]))
    assert not run.finished


# --- tested -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["evaluate", "predict"])
def test_a_model_used_on_test_rows_was_tested(kind: str) -> None:
    assert only(task(RAW, [fit(TRAIN, Y)], [use(TEST, "after-1", kind=kind)])).tested


@pytest.mark.parametrize(
    "uses", [[], [use(TEST, "before-1")], [use(TRAIN, "after-1")]], ids=["unused", "before", "on-training-rows"]
)
def test_a_model_not_used_on_test_rows_after_training_was_not_tested(uses: list[Any]) -> None:
    assert not only(task(RAW, [fit(TRAIN, Y)], uses)).tested


def test_test_rows_in_an_encoding_nobody_knows_still_count_as_tested() -> None:
    assert only(task(RAW, [fit(TRAIN, Y)], [use(np.random.default_rng(0).random((60, 200)), "after-1")])).tested


def test_the_encoding_of_the_test_rows_is_kept_beside_that_of_the_training_rows() -> None:
    mean, spread = ROWS[120:].mean(axis=0), ROWS[120:].std(axis=0)
    run = only(
        task(HOUSES, [fit(ROWS[:120], HOUSES.y_train)], [use((ROWS[120:] - mean) / spread, "after-1")], classes=None)
    )
    assert (run.inputs.kind, run.test_inputs[0].kind) == ("raw", "columns")


# --- fresh or continued -------------------------------------------------------------------------


def test_a_model_with_weights_of_its_own_is_fresh() -> None:
    first, second = task(RAW, [fit(TRAIN, Y, id=1), fit(TRAIN, Y, id=2, before=None)]).runs
    assert first.fresh
    assert second.fresh


def test_a_model_that_goes_on_from_trained_weights_is_not_fresh() -> None:
    _, second = task(RAW, [fit(TRAIN, Y, id=1), fit(TRAIN, Y, id=2, before="after-1")]).runs
    assert not second.fresh


def test_weights_trained_on_another_data_set_are_not_fresh_either() -> None:
    capture = task(RAW, [fit(ROWS, HOUSES.y, id=1), fit(TRAIN, Y, id=2, before="after-1")])
    assert not only(capture).fresh


def test_weights_set_back_to_those_before_training_are_fresh() -> None:
    runs = task(RAW, [fit(TRAIN, Y, id=1), fit(TRAIN, Y, id=2, before="before-1", after="after-2")]).runs
    assert runs[1].fresh


def test_a_fit_that_failed_before_its_first_step_leaves_the_model_fresh() -> None:
    failed = fit(TRAIN, Y, id=1, after="before-1", error="ValueError: shapes")
    _, second = task(RAW, [failed, fit(TRAIN, Y, id=2, before="before-1")]).runs
    assert second.fresh


def test_a_fit_that_failed_half_way_does_not() -> None:
    _, second = task(RAW, [fit(TRAIN, Y, id=1, error="stopped"), fit(TRAIN, Y, id=2, before="after-1")]).runs
    assert not second.fresh


# --- K-fold -------------------------------------------------------------------------------------


def folds(k: int, *, order: Array | None = None, first: int = 1, rows: int = 120, **changes: Any) -> list[FitRecord]:
    """Return the fits of K-fold validation as the book has it: ``rows // k`` rows a fold, the rest never held out."""
    order = np.arange(rows) if order is None else order
    size = rows // k
    fits = []
    for number in range(k):
        out = order[number * size : (number + 1) * size]
        left = np.setdiff1d(order, out, assume_unique=True)
        fits.append(fit(TRAIN[left], Y[left], id=first + number, held_out=TRAIN[out], **changes))
    return fits


def sizes(capture: TaskCapture) -> list[list[int]]:
    return [[run.number for run in group] for group in capture.folds]


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("k", range(3, 11))
def test_k_folds_are_one_round_whatever_k_is_and_whatever_remains(k: int, shuffled: bool) -> None:  # noqa: FBT001
    order = np.random.default_rng(k).permutation(119) if shuffled else None
    assert sizes(task(RAW, folds(k, order=order, rows=119))) == [list(range(1, k + 1))]


@pytest.mark.parametrize("k", [3, 4, 7])
def test_folds_made_by_scikit_learn_are_a_round(k: int) -> None:
    from sklearn.model_selection import KFold  # noqa: PLC0415

    parts = KFold(k, shuffle=True, random_state=0).split(TRAIN)
    fits = [
        fit(TRAIN[left], Y[left], id=number, held_out=TRAIN[out]) for number, (left, out) in enumerate(parts, start=1)
    ]
    assert sizes(task(RAW, fits)) == [list(range(1, k + 1))]


def test_two_rounds_in_a_row_are_two_rounds() -> None:
    assert sizes(task(RAW, [*folds(4), *folds(3, first=5)])) == [[1, 2, 3, 4], [5, 6, 7]]


def test_folds_validated_by_evaluate_are_a_round() -> None:
    fits = [
        fit(TRAIN[np.r_[0:s, s + 30 : 120]], Y[np.r_[0:s, s + 30 : 120]], id=n)
        for n, s in enumerate(range(0, 120, 30), start=1)
    ]
    uses = [use(TRAIN[s : s + 30], f"after-{n}") for n, s in enumerate(range(0, 120, 30), start=1)]
    both = [
        one
        for held_out, s in zip(uses, range(0, 120, 30), strict=True)
        for one in (use(TRAIN[np.r_[0:s, s + 30 : 120]], held_out.state or ""), held_out)
    ]
    assert sizes(task(RAW, fits, uses)) == [[1, 2, 3, 4]]
    assert sizes(task(RAW, fits, both)) == [[1, 2, 3, 4]]


def test_folds_scaled_each_by_its_own_statistics_are_a_round() -> None:
    fits = []
    for number, start in enumerate(range(0, 120, 30), start=1):
        left = np.r_[0:start, start + 30 : 120]
        mean, spread = ROWS[left].mean(axis=0), ROWS[left].std(axis=0)
        scaled = ((ROWS - mean) / spread).astype(np.float32)
        fits.append(fit(scaled[left], HOUSES.y_train[left], id=number, held_out=scaled[start : start + 30]))
    assert sizes(task(HOUSES, fits, classes=None)) == [[1, 2, 3, 4]]


def test_a_model_trained_further_from_fold_to_fold_makes_no_round() -> None:
    fits = [
        one if one.id == 1 else fit(one.x, one.y, id=one.id, held_out=one.validation[0], before=f"after-{one.id - 1}")
        for one in folds(4)
        if one.validation
    ]
    assert sizes(task(RAW, fits)) == []


def test_the_same_part_held_out_again_and_again_makes_no_round() -> None:
    fits = [fit(TRAIN[30:], Y[30:], id=number, held_out=TRAIN[:30]) for number in range(1, 6)]
    assert sizes(task(RAW, fits)) == []


def test_parts_that_leave_many_rows_out_make_no_round() -> None:
    assert sizes(task(RAW, folds(4)[:3])) == []


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_hold_out_run_before_the_folds_is_not_taken_for_one_of_them(number: int) -> None:
    other = np.r_[0 : 30 * number, 30 * number + 30 : 120]
    held_out = fit(TRAIN[other], Y[other], id=1, held_out=TRAIN[30 * number : 30 * number + 30], structure=WIDER)
    assert sizes(task(RAW, [held_out, *folds(4, first=2)])) == [[2, 3, 4, 5]]


def test_two_models_tried_in_each_fold_are_two_rounds() -> None:
    narrow, wide = folds(4), folds(4, first=5, structure=WIDER)
    mixed = [one for pair in zip(narrow, wide, strict=True) for one in pair]
    assert sizes(task(RAW, mixed)) == [[1, 3, 5, 7], [2, 4, 6, 8]]


def test_a_fold_that_failed_and_was_run_again_does_not_spoil_the_round() -> None:
    fits = folds(4)
    broken = fit(
        fits[1].x, fits[1].y, id=9, held_out=fits[1].validation[0] if fits[1].validation else None, error="ValueError"
    )
    assert sizes(task(RAW, [fits[0], broken, *fits[1:]])) == [[1, 3, 4, 5]]


@settings(max_examples=25, deadline=None)
@given(k=st.integers(3, 8), rows=st.integers(100, 120), seed=st.integers(0, 99))
def test_a_round_holds_out_every_row_once_except_for_fewer_than_k(k: int, rows: int, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(rows)
    (group,) = task(RAW, folds(k, order=order, rows=rows)).folds
    held_out = np.concatenate([run.held_out for run in group])
    assert len(held_out) == len(set(held_out.tolist()))
    assert rows - len(held_out) < k


def test_folds_of_a_small_part_of_the_training_rows_make_no_round() -> None:
    assert not task(RAW, folds(4, order=np.arange(40), rows=40)).folds


# --- candidates ---------------------------------------------------------------------------------


def numbers(capture: TaskCapture) -> list[int]:
    return [run.number for run in capture.candidates]


def test_models_used_on_test_rows_come_before_all_others() -> None:
    capture = task(RAW, [fit(TRAIN, Y, id=n) for n in (1, 2, 3)], [use(TEST, "after-2")])
    assert numbers(capture) == [2]


def test_without_a_tested_model_all_that_finished_are_candidates() -> None:
    capture = task(RAW, [fit(TRAIN, Y, id=1), fit(TRAIN, Y, id=2, error="no"), fit(TRAIN, Y, id=3)])
    assert numbers(capture) == [1, 3]


def test_models_of_folds_are_no_candidates_where_there_is_another() -> None:
    assert numbers(task(RAW, [*folds(4), fit(TRAIN, Y, id=5)])) == [5]


def test_models_of_folds_are_candidates_where_there_is_no_other() -> None:
    assert numbers(task(RAW, folds(4))) == [1, 2, 3, 4]


def test_a_model_whose_training_failed_is_a_candidate_only_where_nothing_finished() -> None:
    assert numbers(task(RAW, [fit(TRAIN, Y, error="no")])) == [1]


# --- figures of a run ---------------------------------------------------------------------------


@pytest.mark.parametrize(("series", "best"), [((3, 1, 2), 2), ((1, 1, 1), 1), ((), None)])
def test_the_best_epoch_has_the_least_validation_loss(series: tuple[float, ...], best: int | None) -> None:
    assert run_of(history={"val_loss": series} if series else {}).best_epoch == best


def test_a_validation_loss_that_is_not_a_number_is_never_the_best() -> None:
    assert run_of(history={"val_loss": (2.0, 1.0, float("nan"))}).best_epoch == 2


def test_a_capture_without_runs_has_no_folds_and_no_candidates() -> None:
    nothing = submitted(execution=DONE.model_copy(update={"exit": Exit.RAISED}))
    assert nothing.folds == ()
    assert nothing.candidates == ()
    assert nothing.graded is None
