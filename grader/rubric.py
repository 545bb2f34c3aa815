"""Criteria → Findings: asks every question of every candidate model and keeps the one that earns most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader import scoring
from grader.assignment import Assignment, Criterion
from grader.checks import CHECKS, Answer, Factory, Facts
from grader.custom import own_checks
from grader.errors import told
from grader.records import Evidence, Finding, GradedModel, Verdict
from grader.runs import TaskCapture, TrainingRun

Checks = Mapping[str, Factory]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The findings on one submission and the model that they are about."""

    findings: tuple[Finding, ...]
    capture: TaskCapture
    graded: GradedModel | None


def judge(assignment: Assignment, submitted: TaskCapture, reference: Facts) -> Judgement:
    """Judge every candidate and return the judgement that earns most; ties go to the latest model."""
    choices = [replace(submitted, graded=run) for run in submitted.candidates] or [submitted]
    judged = [(findings(assignment, choice, reference), choice) for choice in choices]
    best, choice = max(judged, key=lambda pair: (scoring.total(pair[0]).points, _order(pair[1])))
    why = None if choice.graded is None else _why(choice.graded, submitted)
    return Judgement(findings=best, capture=choice, graded=why)


def _order(capture: TaskCapture) -> int:
    return capture.graded.number if capture.graded else 0


def _why(run: TrainingRun, submitted: TaskCapture) -> GradedModel:
    others = len(submitted.candidates) - 1
    what = "the only model that" if not others else f"of {others + 1} models, the one that earns most points; each"
    seen = "was evaluated on test rows" if run.tested else "was trained on this data"
    return GradedModel(run=run.number, why=f"Run {run.number} is {what} {seen}.")


def findings(assignment: Assignment, submitted: TaskCapture, reference: Facts) -> tuple[Finding, ...]:
    """Conclude all criteria of an assignment about one graded model, in their order."""
    checks = {**CHECKS, **own_checks(assignment.folder)}
    concluded: list[Finding] = []
    for criterion in assignment.criteria:
        concluded.append(_conclude(criterion, checks, concluded, submitted, reference))
    return tuple(concluded)


def _conclude(
    criterion: Criterion, checks: Checks, before: Sequence[Finding], submitted: TaskCapture, reference: Facts
) -> Finding:
    unmet = [
        finding for finding in before if finding.criterion in criterion.needs and finding.verdict is not Verdict.PASSED
    ]
    if unmet:
        waits = replace(_waits(unmet[0]), by_hand=unmet[0].by_hand)
        return _finding(criterion, waits, errored=unmet[0].verdict is Verdict.ERRORED)
    try:
        question = checks[criterion.check](**criterion.params)
        answer = question(submitted=submitted, reference=reference)
    except Exception as error:  # noqa: BLE001 - a check that breaks is our fault: the grade is withheld, the batch goes on
        return _finding(criterion, _broken(error), errored=True)
    return _finding(criterion, answer, errored=False)


def _waits(unmet: Finding) -> Answer:
    return Answer(
        credit=None,
        rationale=f"This builds on “{unmet.title}”, which is not met, so it could not be judged.",
        help=f"Mend “{unmet.title}” first.",
        evidence=Evidence.NONE,
    )


def _broken(error: Exception) -> Answer:
    return Answer(
        credit=None,
        rationale=f"The grader could not judge this: {told(error)}. This is not your mistake: "
        "your grade is withheld until a person has looked at it.",
        evidence=Evidence.NONE,
    )


def _finding(criterion: Criterion, answer: Answer, *, errored: bool) -> Finding:
    errored = errored or answer.by_hand
    skipped = answer.credit is None and not errored
    credit = None if errored else answer.credit or 0.0
    verdict = Verdict.ERRORED if errored else Verdict.SKIPPED if skipped else scoring.verdict_for(credit or 0.0)
    passed = verdict is Verdict.PASSED
    return Finding(
        criterion=criterion.id,
        check=criterion.check,
        title=criterion.title,
        verdict=verdict,
        credit=credit,
        points=None if credit is None else scoring.points_for(credit, criterion.points, criterion=criterion.id),
        possible=criterion.points,
        visibility=criterion.visibility,
        evidence=answer.evidence,
        cell=answer.cell,
        line=answer.line,
        rationale=answer.rationale,
        help="" if passed or errored else criterion.hint or answer.help,
        section=criterion.section,
        by_hand=answer.by_hand,
    )
