"""The two laws, on every data source: the reference earns full marks, the starter its declared floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader import intake
from grader.assignment import Assignment
from grader.data import DataFolder
from grader.pipeline import grade, prepare
from grader.records import Evidence, Exit
from grader.sandbox.session import Sandbox

ASSIGNMENTS = ("imdb", "reuters", "california-housing")


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_reference_earns_full_marks_with_verified_scores(
    name: str, data: DataFolder, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    assignment = load(name)
    submission = intake.read(assignment.folder / "reference.py", student="reference")
    prepared = prepare([assignment], data, sandbox, scratch=tmp_path / "facts")
    result = grade(submission, prepared, data, sandbox, folder=tmp_path / "run").results[name]
    lost = [f"{one.criterion}: {one.rationale}" for one in result.findings if one.points != one.possible]
    assert not lost
    assert result.passed
    assert result.findings[-2].evidence is Evidence.VERIFIED
    assert result.data.source == data.source(assignment.loader).source


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_starter_runs_and_earns_its_floor(
    name: str, standin: Path, sandbox: Sandbox, load: Callable[[str], Assignment], tmp_path: Path
) -> None:
    from grader.data import open_folder  # noqa: PLC0415

    assignment, data = load(name), open_folder(standin)
    submission = intake.read(assignment.folder / "starter.ipynb")
    prepared = prepare([assignment], data, sandbox, scratch=tmp_path / "facts")
    result = grade(submission, prepared, data, sandbox, folder=tmp_path / "run").results[name]
    assert result.execution.exit is Exit.OK
    assert result.points == assignment.floor
    assert not result.passed
    assert not result.withheld
