"""Findings → Grade: pure arithmetic, and the only place that rounds points."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from pydantic import Field

from grader.records import Finding, Record, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HUNDREDTH = Decimal("0.01")
TOLERANCE = 1e-6  # points: far under a hundredth, far over the error of adding floats


class Grade(Record):
    """What the findings of one submission add up to."""

    points: float = Field(description="Points earned, 2 decimals.")
    most_possible: float = Field(description="Points earned if all errored findings pass.")
    possible: float = Field(description="Points of all findings together.")
    withheld: bool = Field(description="True when a finding errored: then it is no final grade.")


def points_for(credit: float, possible: float, *, criterion: str = "") -> float:
    """Return the points that ``credit`` (0..1) of ``possible`` points earns, to 2 decimals.

    Half a hundredth goes up, but never up to all points: those take full credit. ``ValueError``
    names the ``criterion`` if ``credit`` is outside 0..1 or ``possible`` is no number of points.
    """
    _refuse_wrong_credit(credit, criterion)
    _refuse_wrong_points(possible, criterion)
    if credit == 1:
        return float(possible)
    # By way of str, so that 0.285 is the number written and not the float a hair below it.
    whole = Decimal(str(possible))
    points = (Decimal(str(credit)) * whole).quantize(HUNDREDTH, ROUND_HALF_UP)
    if points >= whole:
        points = (whole - HUNDREDTH).quantize(HUNDREDTH, ROUND_FLOOR)
    return max(0.0, float(points))


def verdict_for(credit: float, *, criterion: str = "") -> Verdict:
    """Return passed for credit 1, failed for 0 and partial between; ``ValueError`` outside 0..1."""
    _refuse_wrong_credit(credit, criterion)
    if credit == 1:
        return Verdict.PASSED
    return Verdict.PARTIAL if credit > 0 else Verdict.FAILED


def total(findings: Sequence[Finding]) -> Grade:
    """Return the grade that ``findings`` add up to.

    A skipped finding earns 0 and its points stay possible. An errored one is the grader's fault: it
    earns nothing yet, its points stay within reach and the grade is withheld. ``ValueError`` names
    a criterion whose credit or points are no number.
    """
    errored = [finding for finding in findings if finding.verdict is Verdict.ERRORED]
    points = _sum(_earned(finding) for finding in findings)
    return Grade(
        points=points,
        most_possible=_sum([points, *(finding.possible for finding in errored)]),
        possible=_sum(finding.possible for finding in findings),
        withheld=bool(errored),
    )


def passed(grade: Grade, pass_points: float) -> bool:
    """Return whether ``grade`` reaches ``pass_points``; a withheld grade never does."""
    return not grade.withheld and grade.points >= pass_points - TOLERANCE


def _earned(finding: Finding) -> float:
    _refuse_wrong_points(finding.possible, finding.criterion)
    if finding.verdict in {Verdict.ERRORED, Verdict.SKIPPED}:
        return 0.0
    points = math.nan if finding.points is None else finding.points
    _refuse_wrong_points(points, finding.criterion)
    _refuse_wrong_credit(math.nan if finding.credit is None else finding.credit, finding.criterion)
    return points


def _sum(points: Iterable[float]) -> float:
    return round(math.fsum(points), 2)


def _refuse_wrong_credit(credit: float, criterion: str) -> None:
    if not 0 <= credit <= 1:  # NaN compares false
        message = f"criterion {criterion!r}: credit is {credit}; it must lie within 0..1"
        raise ValueError(message)


def _refuse_wrong_points(points: float, criterion: str) -> None:
    if not (0 <= points < math.inf):
        message = f"criterion {criterion!r}: points are {points}; they must be a number from 0 up"
        raise ValueError(message)
