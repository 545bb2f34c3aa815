"""Claims about what is said before a run, and about the gradebook's rows of those who have no result."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from grader import plan
from grader.assignment import Assignment, find, load
from grader.checks import CHECKS
from grader.errors import UsageError
from grader.execute import placed_at
from grader.intake import Collected
from grader.store import gradebook

from .exports import CANVAS, GRADESCOPE, lay


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load(find("breast-cancer"), checks=CHECKS)


def gathered(tmp_path: Path, assignment: Assignment, roster: str = "") -> Collected:
    path = tmp_path / "roster.csv"
    path.write_text(roster)
    folder = lay(tmp_path / "given", CANVAS)
    return plan.gather([folder], [assignment], into=tmp_path / "into", roster=path if roster else None)


def shown(collected: Collected) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(plan.table(collected))
    return captured.get()


def test_the_table_has_a_row_for_each_submission_each_that_fails_and_each_missing(
    tmp_path: Path, assignment: Assignment
) -> None:
    text = shown(gathered(tmp_path, assignment, "name,id\nAda Byron,1\nMax [b]Zoe,2\n"))
    rows = {line.split("  ")[0].strip(): line for line in text.splitlines()}
    assert "byronada_101_9001_hw3.ipynb" in rows["Ada Byron"]
    assert "helpers.py" in rows["Ada Byron"]
    assert "late" in rows["hopper_mariegrace"]
    assert "can't be run" in rows["poeann"]
    assert "nothing handed in" in rows["Max [b]Zoe"]


def test_each_file_that_is_not_run_has_a_line(tmp_path: Path, assignment: Assignment) -> None:
    lines = list(plan.details(gathered(tmp_path, assignment)))
    assert [line.partition(":")[0] for line in lines] == ["error", "error", "used", "not run"]


def test_only_the_student_asked_for_is_left_by_name_or_number(tmp_path: Path, assignment: Assignment) -> None:
    found = gathered(tmp_path, assignment)
    for word in ("byronada", "BYRONADA", "101"):
        assert [each.student for each in plan.only(found, [word]).submissions] == ["byronada"]
    assert plan.only(found, []) is found
    with pytest.raises(UsageError, match="found no submission of that student"):
        plan.only(found, ["byronadda"])


def test_results_in_the_folder_that_is_graded_are_no_uploads(tmp_path: Path, assignment: Assignment) -> None:
    folder = lay(tmp_path, {"ada.ipynb": CANVAS["byronada_101_9001_hw3.ipynb"]})
    lay(folder / "results" / "ada", {"executed.ipynb": CANVAS["byronada_101_9001_hw3.ipynb"]})
    found = plan.gather([folder], [assignment], into=tmp_path / "into", skip=folder / "results")
    assert [each.student for each in found.submissions] == ["ada"]


def test_who_has_no_result_has_a_row_in_the_gradebook(tmp_path: Path, assignment: Assignment) -> None:
    found = gathered(tmp_path, assignment, "name,id\nAda Byron,1\n=cmd(),2\n")
    rows = gradebook([], plan.absent(found)).splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["poeann", "roebob", "'=cmd()"]
    assert [row.split(",")[6] for row in rows] == ["can't be run", "can't be run", "nothing handed in"]


def test_members_of_a_group_are_shown_together(tmp_path: Path, assignment: Assignment) -> None:
    folder = lay(tmp_path / "given", GRADESCOPE)
    assert "Jörg Müller, O'Neil, Pat" in shown(plan.gather([folder], [assignment], into=tmp_path / "into"))


def test_a_file_goes_where_it_lay_beneath_the_notebook_and_else_beside_it() -> None:
    notebook = Path("/uploads/ada/hw.ipynb")
    assert placed_at(Path("/uploads/ada/data/x.csv"), notebook) == Path("data/x.csv")
    assert placed_at(Path("/scratch/beside/0/helpers.py"), notebook) == Path("helpers.py")
