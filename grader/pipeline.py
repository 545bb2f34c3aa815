"""The whole story: a submission is run once, what it did is read, judged by each assignment, and added up."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from grader import intake, scoring
from grader.assignment import Assignment
from grader.calls import Calls, read_calls
from grader.capture import Capture, read_capture
from grader.checks import Facts
from grader.checks.functions import requests
from grader.checks.scores import asked as also_scored
from grader.data import DataFolder, raw_rows
from grader.diagnose import DETECTORS, Case, diagnose
from grader.errors import CaptureInvalid, GradingFailed, told
from grader.execute import Setup, code_cells, execute
from grader.facts import calibration, facts_from, stored_facts
from grader.modern import Used, old_code
from grader.records import (
    Evidence,
    Execution,
    Finding,
    OldCode,
    Result,
    ScoreScale,
    Submission,
    SubmissionRef,
    Verdict,
)
from grader.rubric import Judgement, judge
from grader.runs import TaskCapture
from grader.sandbox.environment import ALLOCATOR
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.summary import summaries
from grader.task import task_capture
from grader.verify import Metric, verify
from grader.writing import written

PREDICTOR_SECONDS = 300
UNUSABLE_HELP = (
    "Remove code that writes, links or deletes files outside of your working folder, and run it again. If there is "
    "none, show this page to your instructor: then the mistake is ours."
)
MOST_CALLS = 6  # different calls of one loader that are looked into, the latest first
PACKAGES = ("tensorflow", "keras", "numpy", "nbclient", "ipykernel")


@dataclass(frozen=True, kw_only=True)
class Graded:
    """One submission, executed once: a result for each assignment, and the notebook as it ran."""

    results: Mapping[str, Result]
    notebook: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An assignment with what judging it needs on one data source."""

    assignment: Assignment
    facts: Facts


def prepare(
    assignments: Sequence[Assignment], data: DataFolder, sandbox: Sandbox, *, scratch: Path
) -> tuple[Prepared, ...]:
    """Return each assignment with its facts and calibration; a reference is only run where no facts are shipped."""
    return tuple(
        Prepared(assignment=each, facts=_facts(each, data, sandbox, scratch=scratch / each.name))
        for each in assignments
    )


def grade(
    submission: Submission, prepared: Sequence[Prepared], data: DataFolder, sandbox: Sandbox, *, folder: Path
) -> Graded:
    """Run a submission in ``folder`` and judge it by every assignment.

    Whatever fails in judging is ours: the grade is withheld, and the next submission can go on. A
    kernel that can't be started at all raises BoxFailed.
    """
    assignments = [each.assignment for each in prepared]
    setup = _setup(assignments, data, sandbox, folder, reference=_is_reference(submission, assignments))
    setup = replace(setup, functions=_functions(assignments, submission))
    execution, notebook = execute(submission, setup)
    try:
        results = _judge(submission, prepared, data, setup, execution)
    except CaptureInvalid as error:  # what the run itself left behind
        execution = execution.model_copy(update={"violations": (*execution.violations, told(error))})
        results = {each.assignment.name: _unusable(each.assignment, submission, execution, data) for each in prepared}
    except Exception as error:  # noqa: BLE001 - one submission never stops a batch
        results = {
            each.assignment.name: _withheld(each.assignment, submission, execution, data, error) for each in prepared
        }
    return Graded(results=results, notebook=notebook)


def _judge(
    submission: Submission, prepared: Sequence[Prepared], data: DataFolder, setup: Setup, execution: Execution
) -> dict[str, Result]:
    capture = read_capture(setup.capture, code_cells(submission.cells))
    calls = read_calls(capture, seed=_seed(submission)) if setup.functions else None
    notes = (*execution.notes, *capture.notes)
    old = _old_code(submission, execution, capture)
    execution = execution.model_copy(update={"notes": notes, "old_code": old})
    sandbox = setup.sandbox
    tasks = {each.assignment.name: _task(each.assignment, capture, data, sandbox, execution) for each in prepared}
    scored = verify(tasks, capture, sandbox, seconds=PREDICTOR_SECONDS)
    return {
        each.assignment.name: _result(
            each,
            submission,
            _with_words(scored[each.assignment.name], each.assignment, submission, calls),
            capture,
            execution,
            data,
        )
        for each in prepared
    }


def _with_words(task: TaskCapture, assignment: Assignment, submission: Submission, calls: Calls | None) -> TaskCapture:
    """Return a capture with what is in it besides trainings: answers of functions, and what the student wrote."""
    starter = assignment.folder / "starter.ipynb"
    given = intake.read(starter, student="starter").cells if starter.is_file() else ()
    return replace(task, calls=calls, writing=written(submission.cells, given))


def _old_code(submission: Submission, execution: Execution, capture: Capture) -> tuple[OldCode, ...]:
    """Return the spellings of older versions in a submission: mapped, or the cause of an error, or without effect."""
    used = [
        Used(name=event.name, cell=cell, line=event.line, times=event.times)
        for event in capture.old_spellings
        if (cell := capture.cell(event)) is not None
    ]
    histories = frozenset(key for fit in capture.fits for key in fit.history)
    return old_code(submission.cells, execution, used=used, histories=histories)


def capture_reference(assignment: Assignment, data: DataFolder, sandbox: Sandbox, *, folder: Path) -> TaskCapture:
    """Run the reference solution as a submission and return its capture with the model that counts."""
    submission = intake.read(assignment.folder / "reference.py", student="reference")
    setup = _setup([assignment], data, sandbox, folder, reference=True)
    execution, _ = execute(submission, setup)
    capture = read_capture(setup.capture, code_cells(submission.cells))
    if execution.stopped:
        message = f"{submission.file}: the reference solution does not run to its end: {execution.stopped}"
        raise GradingFailed(message)
    task, _ = _task(assignment, capture, data, sandbox, execution)
    candidates = task.candidates
    return TaskCapture(
        raw=task.raw, runs=task.runs, figures=task.figures, execution=execution,
        graded=candidates[-1] if candidates else None,
    )  # fmt: skip


def _facts(assignment: Assignment, data: DataFolder, sandbox: Sandbox, *, scratch: Path) -> Facts:
    source = data.source(assignment.loader)
    measured = calibration(assignment, source)
    facts = stored_facts(assignment, source)
    if facts is None:
        facts = facts_from(capture_reference(assignment, data, sandbox, folder=scratch), source.source)
    return facts.model_copy(update={"calibration": measured})


def _is_reference(submission: Submission, assignments: Sequence[Assignment]) -> bool:
    """Say whether this is an assignment's own reference solution, which may import what students may not."""
    return submission.file.resolve() in {(each.folder / "reference.py").resolve() for each in assignments}


def _setup(
    assignments: Sequence[Assignment], data: DataFolder, sandbox: Sandbox, folder: Path, *, reference: bool
) -> Setup:
    """Return one setup for all assignments that judge the same execution."""
    return Setup(
        sandbox=sandbox,
        folder=folder,
        data=data.folder.resolve(),
        trusted_data=data.trusted,
        limits=_most_generous([each.limits for each in assignments]),
        stop_on_error=any(each.on_error == "stop" for each in assignments),
        compat=any(each.compat for each in assignments),
        reference=reference,
    )


def _functions(assignments: Sequence[Assignment], submission: Submission) -> tuple[Mapping[str, Any], ...]:
    """Return what is to be called of a submission's functions; the same submission gets the same inputs again."""
    criteria = [(criterion.check, criterion.params) for each in assignments for criterion in each.criteria]
    return requests(criteria, _seed(submission))


def _seed(submission: Submission) -> int:
    return int(submission.sha256[:16], 16)


def _most_generous(limits: Sequence[Limits]) -> Limits:
    """Return the largest of each limit; times of different tasks in one notebook add up."""
    threads = [limit.threads for limit in limits]
    added = {
        "seconds": sum(limit.seconds for limit in limits),
        "cpu_seconds": sum(limit.cpu for limit in limits),
        "threads": None if None in threads else max(filter(None, threads)),
    }
    largest = {name: max(getattr(limit, name) for limit in limits) for name in Limits.model_fields if name not in added}
    return Limits(**added, **largest)


def _task(
    assignment: Assignment, capture: Capture, data: DataFolder, sandbox: Sandbox, execution: Execution
) -> tuple[TaskCapture, Metric]:
    """Return what a submission did on an assignment's data, read with the loader arguments it used itself."""
    calls: list[dict[str, Any]] = [load.arguments for load in capture.loads if load.loader == assignment.loader]
    distinct = list({str(sorted(call.items(), key=str)): call for call in reversed(calls)}.values())[:MOST_CALLS]
    classes = None if assignment.task == "regression" else assignment.classes
    split = assignment.split.model_dump() if assignment.split else None
    made = distinct or [dict(assignment.arguments)]
    raws = [raw_rows(data, assignment.loader, call, sandbox, split=split) for call in made]
    views = [task_capture(capture, raw, execution, classes=classes) for raw in raws]
    criteria = [(criterion.check, criterion.params) for criterion in assignment.criteria]
    return max(views, key=_recognised), Metric(name=assignment.metric, more=also_scored(criteria))


def _recognised(view: TaskCapture) -> tuple[int, int]:
    """Return how much of a submission is explained by one call of the loader: the right one explains most."""
    return sum(run.inputs.kind != "unknown" for run in view.runs), len(view.runs)


def _result(
    prepared: Prepared,
    submission: Submission,
    task: TaskCapture,
    capture: Capture,
    execution: Execution,
    data: DataFolder,
) -> Result:
    assignment = prepared.assignment
    judged = judge(assignment, task, prepared.facts)
    total = scoring.total(judged.findings)
    case = Case(
        work=judged.capture, capture=capture, cells=submission.cells, findings=judged.findings, task=assignment.task,
        classes=assignment.classes,
    )  # fmt: skip
    diagnosed = diagnose(case, DETECTORS)
    execution = execution.model_copy(update={"notes": (*execution.notes, *diagnosed.notes)})
    return Result(
        **_frame(assignment, submission, execution, data),
        points=total.points,
        most_possible=total.most_possible,
        possible=total.possible,
        passed=scoring.passed(total, assignment.pass_points),
        withheld=total.withheld,
        findings=tuple(_in_file(finding, submission) for finding in judged.findings),
        diagnoses=diagnosed.diagnoses,
        graded_model=judged.graded,
        runs=summaries(judged.capture),
        score=_scale(judged, prepared.facts, assignment),
    )


def _in_file(finding: Finding, submission: Submission) -> Finding:
    """Count a finding's line from the start of a module's file; a notebook's lines count within their cell."""
    if finding.cell is None or finding.line is None:
        return finding
    return finding.model_copy(update={"line": submission.cells[finding.cell].line + finding.line - 1})


def _frame(assignment: Assignment, submission: Submission, execution: Execution, data: DataFolder) -> dict[str, Any]:
    """Return the fields of a result that don't depend on the verdict."""
    return {
        "assignment": assignment.name,
        "title": assignment.title,
        "student": submission.student,
        "student_id": submission.student_id,
        "members": submission.members,
        "submission": SubmissionRef(file=submission.file.name, sha256=submission.sha256),
        "submitted_at": submission.submitted_at,
        "late": submission.late,
        "graded_at": datetime.now(UTC),
        "due_date": assignment.due_date,
        "published_at": assignment.published_at,
        "execution": execution,
        "data": data.source(assignment.loader),
        "environment": {**environment(), "threads": str(assignment.limits.threads or "one a core")},
    }


def _scale(judged: Judgement, facts: Facts, assignment: Assignment) -> ScoreScale | None:
    run, measured = judged.capture.graded, facts.calibration
    if run is None or measured is None or assignment.metric not in run.scores:
        return None
    return ScoreScale(
        metric=assignment.metric,
        value=run.scores[assignment.metric],
        full=measured.full,
        baseline=measured.baseline,
        reference=measured.variants,
        higher_is_better=assignment.metric == "accuracy",
    )


def _withheld(
    assignment: Assignment,
    submission: Submission,
    execution: Execution,
    data: DataFolder,
    error: Exception,
) -> Result:
    """Return a result without a grade: the grader failed, so every criterion is errored."""
    why = f"The grader failed: {told(error)}. This is not your mistake: the grade is withheld."
    return _unjudged(assignment, _frame(assignment, submission, execution, data), Verdict.ERRORED, why)


def _unusable(assignment: Assignment, submission: Submission, execution: Execution, data: DataFolder) -> Result:
    """Return a result without evidence: the run changed the recorder's files, which only code in it can do."""
    why = (
        "While your code ran, a recorder wrote down what it did. That record can't be used: "
        f"{execution.violations[-1]}. Nothing but your own code can reach those files, so no points are given for "
        "what can't be shown."
    )
    frame = _frame(assignment, submission, execution, data)
    return _unjudged(assignment, frame, Verdict.SKIPPED, why, UNUSABLE_HELP)


def _unjudged(
    assignment: Assignment, frame: Mapping[str, Any], verdict: Verdict, rationale: str, remedy: str = ""
) -> Result:
    ours = verdict is Verdict.ERRORED
    findings = tuple(
        Finding(
            criterion=each.id, check=each.check, title=each.title, verdict=verdict,
            credit=None if ours else 0.0, points=None if ours else 0.0,
            possible=each.points, visibility=each.visibility, evidence=Evidence.NONE, section=each.section,
            rationale=rationale, help=remedy,
        )
        for each in assignment.criteria
    )  # fmt: skip
    total = scoring.total(findings)
    return Result(
        **frame, findings=findings, points=total.points, most_possible=total.most_possible, possible=total.possible,
        passed=False, withheld=ours,
    )  # fmt: skip


def environment() -> dict[str, str]:
    """Return the versions that a result depends on."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    found["allocator"] = " ".join(f"{name}={value}" for name, value in ALLOCATOR.items())
    for package in ("dlgrader", *PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
