"""The two laws, on every data source: the reference earns full marks, the starter its declared floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader import intake
from grader.assignment import Assignment
from grader.calibrate import Training, Variant
from grader.data import DataFolder, open_folder
from grader.pipeline import grade, prepare
from grader.records import Evidence, Exit
from grader.sandbox.session import Sandbox

QUICK = ("imdb", "reuters", "breast-cancer")
SLOW = ("california-housing", "boston-housing", "california-housing-full", "fashion-mnist")
ASSIGNMENTS = (*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_reference_earns_full_marks_with_verified_scores(
    name: str, data: DataFolder, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    _earns_full_marks(load(name), data, sandbox, tmp_path)


@pytest.mark.parametrize("name", ["california-housing", "fashion-mnist"])
def test_the_reference_earns_full_marks_on_stand_ins(
    name: str, standin: Path, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    _earns_full_marks(load(name), open_folder(standin), sandbox, tmp_path)


def _earns_full_marks(assignment: Assignment, data: DataFolder, sandbox: Sandbox, folder: Path) -> None:
    submission = intake.read(assignment.folder / "reference.py", student="reference")
    prepared = prepare([assignment], data, sandbox, scratch=folder / "facts")
    result = grade(submission, prepared, data, sandbox, folder=folder / "run").results[assignment.name]
    lost = [f"{one.criterion}: {one.rationale}" for one in result.findings if one.points != one.possible]
    assert not lost
    assert result.passed
    scores = [one for one in result.findings if one.check.startswith("scores.")]
    assert [one.evidence for one in scores] == [Evidence.VERIFIED]
    assert result.data.source == data.source(assignment.loader).source


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_the_starter_runs_and_earns_its_floor(
    name: str, standin: Path, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    assignment, data = load(name), open_folder(standin)
    submission = intake.read(assignment.folder / "starter.ipynb")
    prepared = prepare([assignment], data, sandbox, scratch=tmp_path / "facts")
    result = grade(submission, prepared, data, sandbox, folder=tmp_path / "run").results[name]
    assert result.execution.exit is Exit.OK
    assert result.points == assignment.floor
    assert not result.passed
    assert not result.withheld


@pytest.mark.parametrize("name", [pytest.param("california-housing", marks=pytest.mark.slow), "breast-cancer"])
def test_a_seed_trained_by_calibration_scores_what_the_grader_verifies_of_the_same_seed_run_as_a_submission(
    name: str, standin: Path, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    assignment, data = load(name), open_folder(standin)
    plan = assignment.calibration
    assert plan is not None
    training = Training.of(assignment, data, lambda _: None)
    trained = training.values(Variant(edition=plan.editions[-1]), seeds=1)[0]
    submission = intake.read(assignment.folder / "reference.py", student="reference")
    prepared = prepare([assignment], data, sandbox, scratch=tmp_path / "facts")
    result = grade(submission, prepared, data, sandbox, folder=tmp_path / "run").results[name]
    assert result.score is not None
    assert result.score.value == pytest.approx(trained, rel=1e-4)
