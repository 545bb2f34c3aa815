"""Claims about the arithmetic from credit to points, verdicts and grades."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.records import Finding, Verdict
from grader.scoring import Grade, passed, points_for, total, verdict_for

CREDITS = st.floats(0, 1)
POSSIBLE = st.integers(0, 1_000_000).map(lambda hundredths: hundredths / 100)


def finding(verdict: Verdict, points: float | None, possible: float, *, credit: float | None = 0.5) -> Finding:
    return Finding(
        criterion="loss",
        check="compile.loss",
        title="Loss",
        verdict=verdict,
        credit=None if verdict is Verdict.ERRORED else credit,
        points=points,
        possible=possible,
        rationale="",
    )


@given(CREDITS, POSSIBLE)
def test_points_have_two_decimals_and_lie_between_none_and_all(credit: float, possible: float) -> None:
    points = points_for(credit, possible)
    assert 0 <= points <= possible
    assert round(points, 2) == points


@given(CREDITS.filter(lambda credit: credit < 1), POSSIBLE.filter(bool))
def test_all_points_take_full_credit(credit: float, possible: float) -> None:
    assert points_for(credit, possible) < possible


@given(st.floats(0, 1e6))
def test_full_credit_is_all_points_and_no_credit_is_none(possible: float) -> None:
    assert points_for(1, possible) == possible
    assert points_for(0, possible) == 0


@given(CREDITS, CREDITS, POSSIBLE)
def test_more_credit_never_earns_less(one: float, other: float, possible: float) -> None:
    low, high = sorted((one, other))
    assert points_for(low, possible) <= points_for(high, possible)


@pytest.mark.parametrize(
    ("credit", "possible", "points"),
    [(0.285, 1, 0.29), (0.125, 1, 0.13), (0.1, 0.35, 0.04), (0.999999, 3, 2.99), (0.5, 0.01, 0.0)],
)
def test_half_a_hundredth_goes_up_as_written(credit: float, possible: float, points: float) -> None:
    assert points_for(credit, possible) == points


@pytest.mark.parametrize("credit", [math.nan, math.inf, -0.001, 1.001])
def test_a_credit_outside_0_to_1_is_refused_with_its_criterion(credit: float) -> None:
    with pytest.raises(ValueError, match="'hidden'"):
        points_for(credit, 1, criterion="hidden")
    with pytest.raises(ValueError, match="'hidden'"):
        verdict_for(credit, criterion="hidden")
    with pytest.raises(ValueError, match="'loss'"):
        total([finding(Verdict.PARTIAL, 1, 2, credit=credit)])


@pytest.mark.parametrize("points", [math.nan, math.inf, -1.0])
def test_points_that_are_no_number_are_refused_with_their_criterion(points: float) -> None:
    with pytest.raises(ValueError, match="'hidden'"):
        points_for(0.5, points, criterion="hidden")
    with pytest.raises(ValueError, match="'loss'"):
        total([finding(Verdict.PARTIAL, points, 2)])
    with pytest.raises(ValueError, match="'loss'"):
        total([finding(Verdict.ERRORED, None, points)])


def test_missing_points_are_refused_unless_errored() -> None:
    with pytest.raises(ValueError, match="'loss'"):
        total([finding(Verdict.FAILED, None, 2)])


@pytest.mark.parametrize(
    ("credit", "verdict"),
    [
        (1, Verdict.PASSED),
        (0, Verdict.FAILED),
        (5e-324, Verdict.PARTIAL),
        (0.9999, Verdict.PARTIAL),
    ],
)
def test_the_verdict_follows_the_credit(credit: float, verdict: Verdict) -> None:
    assert verdict_for(credit) is verdict


def test_an_errored_finding_withholds_the_grade_and_stays_within_reach() -> None:
    grade = total([finding(Verdict.PASSED, 3, 3, credit=1), finding(Verdict.ERRORED, None, 2)])
    assert grade == Grade(points=3, most_possible=5, possible=5, withheld=True)


def test_a_skipped_finding_earns_nothing_and_stays_possible() -> None:
    grade = total([finding(Verdict.PARTIAL, 1.5, 3), finding(Verdict.SKIPPED, 0, 2, credit=0)])
    assert grade == Grade(points=1.5, most_possible=1.5, possible=5, withheld=False)


def test_a_skipped_finding_earns_nothing_even_if_it_says_so() -> None:
    assert total([finding(Verdict.SKIPPED, 2, 2, credit=1)]).points == 0


def test_nothing_adds_up_to_nothing() -> None:
    assert total([]) == Grade(points=0, most_possible=0, possible=0, withheld=False)


def test_tenths_add_up_to_a_whole() -> None:
    grade = total([finding(Verdict.PASSED, 0.1, 0.1, credit=1)] * 30)
    assert grade.points == 3
    assert passed(grade, 0.1 * 3 * 10)
    assert not passed(grade, 3.01)


@given(st.lists(st.tuples(CREDITS, POSSIBLE), max_size=20))
def test_points_never_exceed_what_is_possible(rows: list[tuple[float, float]]) -> None:
    findings = [
        finding(verdict_for(credit), points_for(credit, possible), possible, credit=credit) for credit, possible in rows
    ]
    grade = total(findings)
    assert grade.points == grade.most_possible <= grade.possible


def test_a_withheld_grade_has_not_passed_however_many_points_it_has() -> None:
    grade = total([finding(Verdict.PASSED, 9, 9, credit=1), finding(Verdict.ERRORED, None, 1)])
    assert not passed(grade, 1)
    assert passed(grade.model_copy(update={"withheld": False}), 9)
