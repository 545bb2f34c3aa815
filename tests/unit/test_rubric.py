"""Claims about judging: faults of ours withhold, what builds on something waits for it, and the best model counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import rubric
from grader.assignment import Assignment, Criterion
from grader.checks import CHECKS, Answer, by_hand
from grader.recognise import TargetEncoding
from grader.records import Evidence, Finding, Verdict
from grader.rubric import findings, judge
from grader.runs import TaskCapture

from .builders import FACTS, run, submitted


def answered(credit: float | None) -> Any:
    return lambda: lambda *, submitted, reference: Answer(credit=credit, rationale="Found this.", help="Do that.")  # noqa: ARG005


def broken() -> Any:
    def question(*, submitted: TaskCapture, reference: Any) -> Answer:  # noqa: ARG001
        raise ZeroDivisionError

    return question


def by_accuracy() -> Any:
    return lambda *, submitted, reference: Answer(credit=submitted.graded.scores["accuracy"], rationale="Measured.")  # noqa: ARG005


@pytest.fixture(autouse=True)
def _checks(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {
        "t.pass": answered(1.0),
        "t.half": answered(0.5),
        "t.fail": answered(0.0),
        "t.skip": answered(None),
        "t.break": broken,
        "t.score": by_accuracy,
        "t.hand": lambda: lambda *, submitted, reference: by_hand("A person reads it.", cell=3),  # noqa: ARG005
    }
    monkeypatch.setattr(rubric, "CHECKS", {**CHECKS, **own})


def assignment(*checks: str | tuple[str, tuple[str, ...]], **changes: Any) -> Assignment:
    """Return an assignment of one criterion worth 2 points for each check; a pair names what the check needs."""
    pairs = [(check, ()) if isinstance(check, str) else check for check in checks]
    criteria = tuple(
        Criterion(id=f"c{number}", title=f"Title {number}", check=check, points=2, needs=needs, **changes)
        for number, (check, needs) in enumerate(pairs)
    )
    return Assignment(
        name="a",
        folder=Path(),
        title="A",
        loader="imdb",
        task="binary",
        metric="accuracy",
        criteria=criteria,
        pass_points=1.0,
    )


def conclude(*checks: Any, **changes: Any) -> list[Finding]:
    return list(findings(assignment(*checks, **changes), submitted(run()), FACTS))


@pytest.mark.parametrize(
    ("check", "verdict", "points"),
    [
        ("t.pass", Verdict.PASSED, 2),
        ("t.half", Verdict.PARTIAL, 1),
        ("t.fail", Verdict.FAILED, 0),
        ("t.skip", Verdict.SKIPPED, 0),
    ],
)
def test_an_answer_becomes_a_verdict_and_points(check: str, verdict: Verdict, points: float) -> None:
    (finding,) = conclude(check)
    assert (finding.verdict, finding.points, finding.possible) == (verdict, points, 2)
    assert (finding.criterion, finding.title, finding.rationale) == ("c0", "Title 0", "Found this.")


@pytest.mark.parametrize(
    ("check", "told"), [("t.pass", ""), ("t.half", "Do that."), ("t.fail", "Do that."), ("t.skip", "Do that.")]
)
def test_help_is_given_where_something_is_to_do(check: str, told: str) -> None:
    assert conclude(check)[0].help == told


def test_an_assignments_own_hint_takes_the_place_of_the_checks_help() -> None:
    assert conclude("t.fail", hint="Read chapter 4.")[0].help == "Read chapter 4."
    assert conclude("t.pass", hint="Read chapter 4.")[0].help == ""


def test_a_check_that_breaks_is_our_fault_and_the_others_go_on() -> None:
    first, second, third = conclude("t.pass", "t.break", "t.half")
    assert (first.points, third.points) == (2, 1)
    assert second.verdict is Verdict.ERRORED
    assert second.points is None
    assert second.credit is None
    assert second.evidence is Evidence.NONE
    assert "not your mistake" in second.rationale


def test_what_a_person_marks_is_open_and_nobodys_fault() -> None:
    waiting, after, other = conclude("t.hand", ("t.pass", ("c0",)), "t.half")
    assert (waiting.verdict, waiting.points, waiting.by_hand, waiting.cell) == (Verdict.ERRORED, None, True, 3)
    assert waiting.rationale == "A person reads it."
    assert (after.verdict, after.by_hand) == (Verdict.ERRORED, True)
    assert (other.points, other.by_hand) == (1, False)


def test_wrong_parameters_of_a_check_are_our_fault_too() -> None:
    assert conclude("layers.output")[0].verdict is Verdict.ERRORED


def test_a_grade_with_a_broken_check_is_withheld_with_what_is_still_possible() -> None:
    from grader import scoring  # noqa: PLC0415

    total = scoring.total(conclude("t.pass", "t.break", "t.half"))
    assert total.withheld
    assert (total.points, total.most_possible, total.possible) == (3, 5, 6)


@pytest.mark.parametrize("check", ["t.fail", "t.half", "t.skip"])
def test_what_builds_on_something_unmet_is_skipped_with_the_reason(check: str) -> None:
    _, waiting = conclude(check, ("t.pass", ("c0",)))
    assert waiting.verdict is Verdict.SKIPPED
    assert waiting.points == 0
    assert "Title 0" in waiting.rationale
    assert "Title 0" in waiting.help


def test_what_builds_on_something_met_is_judged() -> None:
    assert conclude("t.pass", ("t.half", ("c0",)))[1].verdict is Verdict.PARTIAL


def test_what_builds_on_something_that_broke_is_withheld_and_not_lost() -> None:
    assert conclude("t.break", ("t.pass", ("c0",)), ("t.pass", ("c1",)))[2].verdict is Verdict.ERRORED


def scores(*values: float) -> TaskCapture:
    runs = [run(number, scores={"accuracy": value}, fresh=True) for number, value in enumerate(values, start=1)]
    return submitted(*runs, graded=None)


def test_the_model_that_earns_most_is_graded() -> None:
    judged = judge(assignment("t.score"), scores(0.2, 0.9, 0.4), FACTS)
    assert judged.graded is not None
    assert judged.graded.run == 2
    assert judged.findings[0].points == 1.8
    assert "of 3 models" in judged.graded.why


def test_of_models_that_earn_the_same_the_latest_is_graded() -> None:
    judged = judge(assignment("t.score"), scores(0.9, 0.9, 0.4), FACTS)
    assert judged.graded is not None
    assert judged.graded.run == 2


def test_a_single_model_is_graded_and_the_reason_says_so() -> None:
    judged = judge(assignment("t.score"), scores(0.9), FACTS)
    assert judged.graded is not None
    assert judged.graded.why == "Run 1 is the only model that was evaluated on test rows."


def test_all_criteria_judge_the_same_model() -> None:
    leaking = run(2, scores={"accuracy": 1.0}, rows=np.arange(180))
    judged = judge(
        assignment("t.score", "training.no_leakage"), submitted(run(1, scores={"accuracy": 0.8}), leaking), FACTS
    )
    assert judged.capture.graded is not None
    assert judged.capture.graded.number == 1
    assert [finding.points for finding in judged.findings] == [1.6, 2]


def test_a_model_trained_on_shuffled_labels_is_not_preferred_to_one_trained_on_the_right_ones() -> None:
    shuffled = run(2, targets=TargetEncoding(kind="shuffled"), scores={"accuracy": 0.5})
    judged = judge(assignment("t.score", "compile.loss"), submitted(run(1), shuffled), FACTS)
    assert judged.capture.graded is not None
    assert judged.capture.graded.number == 1


def test_without_any_model_nothing_is_graded_and_every_question_still_answered() -> None:
    judged = judge(assignment("t.pass", "compile.loss", "layers.hidden"), submitted(), FACTS)
    assert judged.graded is None
    assert [finding.verdict for finding in judged.findings] == [Verdict.PASSED, Verdict.ERRORED, Verdict.SKIPPED]
