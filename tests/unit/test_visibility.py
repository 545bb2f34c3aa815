"""Claims about what a student can and can't learn from a result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grader.records import (
    CellRun,
    CellState,
    DataSource,
    Diagnosis,
    Evidence,
    Execution,
    Exit,
    Finding,
    GradedModel,
    Result,
    RunMetrics,
    RunSummary,
    ScoreScale,
    SubmissionRef,
    Verdict,
    Visibility,
)
from grader.visibility import visible_to

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
UNSEEN = "UNSEEN"


def finding(name: str, **changes: object) -> Finding:
    finding = Finding(
        criterion=name,
        check=f"compile.{name}",
        title=f"About {name}",
        verdict=Verdict.PASSED,
        credit=1,
        points=3,
        possible=3,
        rationale="Your loss fits.",
    )
    return finding.model_copy(update=changes)


def secret(**changes: object) -> Finding:
    told = {
        "title": f"{UNSEEN} title",
        "rationale": UNSEEN,
        "help": UNSEEN,
        "possible": 7,
        "points": 7,
    }
    return finding("secret", **{"visibility": Visibility.HIDDEN, **told, **changes})


def result(*findings: Finding, **changes: object) -> Result:
    metrics = tuple(
        RunMetrics(name="accuracy", value=0.8765, evidence=evidence)
        for evidence in (Evidence.VERIFIED, Evidence.REPORTED)
    )
    made = Result(
        assignment="imdb",
        student="alice",
        submission=SubmissionRef(file="hw.ipynb", sha256="00"),
        points=13,
        most_possible=13,
        possible=13,
        passed=True,
        withheld=False,
        findings=findings,
        diagnoses=(Diagnosis(name="d", title=UNSEEN, explanation=UNSEEN, fix=UNSEEN),),
        graded_model=GradedModel(run=1, why=f"{UNSEEN}: 13 of 13 points"),
        runs=(RunSummary(run=1, architecture="Dense 1", test=metrics),),
        score=ScoreScale(metric="accuracy", value=0.8765, full=0.86, baseline=0.5),
        execution=Execution(
            exit=Exit.OK,
            seconds=1,
            peak_mib=1,
            isolation="none",
            cells=(CellRun(cell=0, state=CellState.OK),),
        ),
        data=DataSource(source="unknown", description=""),
    )
    return made.model_copy(update=changes)


def seen(*findings: Finding, now: datetime = NOW, **changes: object) -> Result:
    return visible_to(result(*findings, **changes), student=True, now=now)


def test_an_instructor_sees_everything() -> None:
    whole = result(finding("loss"), secret())
    assert visible_to(whole, student=False, now=NOW) is whole


def test_a_student_sees_a_wholly_visible_result_unchanged() -> None:
    whole = result(finding("loss"))
    assert visible_to(whole, student=True, now=NOW) is whole


def test_a_hidden_finding_never_shows_and_is_counted() -> None:
    view = seen(finding("loss"), secret(), due_date=NOW - timedelta(9), published_at=NOW - timedelta(9))
    assert [each.criterion for each in view.findings] == ["loss"]
    assert view.hidden == 1


@pytest.mark.parametrize(
    ("visibility", "field", "offset", "shows"),
    [
        (Visibility.AFTER_DUE_DATE, "due_date", timedelta(0), False),
        (Visibility.AFTER_DUE_DATE, "due_date", timedelta(seconds=1), True),
        (Visibility.AFTER_DUE_DATE, "published_at", timedelta(seconds=1), False),
        (Visibility.AFTER_PUBLISHED, "published_at", timedelta(seconds=-1), False),
        (Visibility.AFTER_PUBLISHED, "published_at", timedelta(0), True),
        (Visibility.AFTER_PUBLISHED, "due_date", timedelta(seconds=1), False),
        (Visibility.HIDDEN, "published_at", timedelta(seconds=1), False),
        (Visibility.VISIBLE, "due_date", timedelta(seconds=-1), True),
    ],
)
def test_a_finding_shows_from_its_own_date_on(
    visibility: Visibility, field: str, offset: timedelta, *, shows: bool
) -> None:
    view = seen(finding("loss", visibility=visibility), **{field: NOW}, now=NOW + offset)
    assert bool(view.findings) is shows
    assert view.hidden == (0 if shows else 1)


def test_no_trace_of_a_hidden_criterion_is_left_in_the_text() -> None:
    text = seen(finding("loss"), secret(check="scores.accuracy")).to_json()
    assert UNSEEN not in text
    assert "secret" not in text
    assert "13" not in text


def test_points_are_of_the_visible_part_alone() -> None:
    view = seen(finding("loss"), finding("curves", points=1.0, credit=0.5), secret())
    assert (view.points, view.most_possible, view.possible) == (4, 4, 6)


def test_two_results_that_differ_only_in_the_hidden_part_look_the_same() -> None:
    good = seen(finding("loss"), secret())
    bad = seen(
        finding("loss"),
        secret(verdict=Verdict.FAILED, points=0, credit=0, rationale="no"),
        points=3,
        most_possible=3,
        passed=False,
        graded_model=GradedModel(run=1, why="3 points"),
    )
    broken = seen(
        finding("loss"),
        secret(verdict=Verdict.ERRORED, points=None, credit=None),
        points=3,
        passed=False,
        withheld=True,
    )
    assert good == bad == broken


def test_passed_says_that_all_visible_points_are_earned() -> None:
    assert seen(finding("loss"), secret()).passed
    assert not seen(finding("loss", points=2.99), secret()).passed


def test_nothing_visible_is_nothing_passed() -> None:
    assert not seen(secret()).passed


def test_a_visible_error_of_the_grader_still_withholds() -> None:
    errored = finding("loss", verdict=Verdict.ERRORED, credit=None, points=None)
    view = seen(errored, secret(), withheld=True)
    assert (view.withheld, view.passed, view.points, view.most_possible) == (True, False, 0, 3)


def test_a_result_withheld_as_a_whole_stays_withheld() -> None:
    view = seen(finding("loss"), secret(), withheld=True)
    assert (view.withheld, view.passed) == (True, False)


def test_verified_scores_go_with_a_hidden_score_criterion() -> None:
    view = seen(finding("loss"), secret(check="scores.accuracy"))
    assert view.score is None
    assert [metric.evidence for metric in view.runs[0].test] == [Evidence.REPORTED]


def test_scores_stay_when_something_else_is_hidden() -> None:
    view = seen(finding("loss"), secret(check="compile.loss"))
    assert view.score is not None
    assert len(view.runs[0].test) == 2


def test_diagnoses_stay_while_nothing_is_hidden_and_go_once_something_is() -> None:
    assert seen(finding("loss")).diagnoses
    assert not seen(finding("loss"), secret()).diagnoses


def test_a_skipped_finding_does_not_name_the_hidden_one_that_it_waits_for() -> None:
    skipped = finding(
        "loss",
        verdict=Verdict.SKIPPED,
        points=0,
        credit=0,
        rationale="Not judged: 'secret' failed.",
    )
    text = seen(skipped, secret()).to_json()
    assert "secret" not in text
    assert "could not be judged" in text


def test_a_skipped_finding_keeps_a_reason_that_names_nothing_hidden() -> None:
    skipped = finding("loss", verdict=Verdict.SKIPPED, points=0, credit=0, rationale="No model.")
    assert seen(skipped, secret()).findings[0].rationale == "No model."


def test_looking_twice_hides_nothing_more() -> None:
    once = seen(finding("loss"), secret())
    assert visible_to(once, student=True, now=NOW) == once
