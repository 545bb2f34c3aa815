"""Claims about an assignment's own checks: five lines are enough, and their faults are never a student's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.assignment import Assignment, load
from grader.checks import CHECKS
from grader.errors import AssignmentInvalid
from grader.records import Finding, Verdict
from grader.rubric import findings

from .builders import FACTS, run, submitted

FEW_EPOCHS = '''\
"""Own checks of this course."""
from grader.checks import about_graded_model, failed, passed

def few_epochs(*, most: int = 10):
    """Ask whether the final model was trained for a few epochs only."""
    def ask(run, submitted, reference):
        if run.fit.epochs <= most:
            return passed(f"You trained for {run.fit.epochs} epochs.")
        return failed(f"You trained for {run.fit.epochs} epochs.", help=f"Train for {most} at most.")
    return about_graded_model(ask)
'''
RUBRIC = """\
title = "Reviews"
loader = "imdb"
task = "binary"
metric = "accuracy"
[[criteria]]
id = "epochs"
title = "Few epochs"
check = "custom.few_epochs"
params = { most = 3 }
points = 2
[[criteria]]
id = "loss"
title = "The loss"
check = "compile.loss"
params = { task = "binary" }
points = 1
"""


def assignment(folder: Path, checks: str | None = FEW_EPOCHS, rubric: str = RUBRIC) -> Assignment:
    (folder / "assignment.toml").write_text(rubric)
    if checks is not None:
        (folder / "checks.py").write_text(checks)
    return load(folder, checks=CHECKS)


def refused(folder: Path, checks: str | None, rubric: str = RUBRIC) -> str:
    with pytest.raises(AssignmentInvalid) as told:
        assignment(folder, checks, rubric)
    return str(told.value).replace(f"{folder}/", "")


def conclude(judged: Assignment, **changes: Any) -> list[Finding]:
    return list(findings(judged, submitted(run(**changes)), FACTS))


def returning(answer: str) -> str:
    return f"def few_epochs(*, most: int):\n    return lambda *, submitted, reference: {answer}\n"


def test_a_check_of_an_assignment_s_own_gives_points_like_any_other(tmp_path: Path) -> None:
    judged = assignment(tmp_path)
    assert [each.points for each in conclude(judged, epochs=3)] == [2, 1]
    few, loss = conclude(judged, epochs=4)
    assert (few.verdict, few.points, few.check) == (Verdict.FAILED, 0, "custom.few_epochs")
    assert (few.rationale, few.help) == ("You trained for 4 epochs.", "Train for 3 at most.")
    assert loss.points == 1


def test_a_changed_file_is_read_again_and_no_byte_code_is_left_beside_it(tmp_path: Path) -> None:
    assert conclude(assignment(tmp_path), epochs=3)[0].points == 2
    assert conclude(assignment(tmp_path, FEW_EPOCHS.replace("<=", "<")), epochs=3)[0].points == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["assignment.toml", "checks.py"]


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        pytest.param("x = 1\ndef few_epochs(:\n", "checks.py:2: SyntaxError: ", id="syntax"),
        pytest.param("\nimport no_such_module\n", "checks.py:2: ModuleNotFoundError: ", id="import"),
        pytest.param("def f():\n    return 1 / 0\n\nf()\n", "checks.py:2: ZeroDivisionError: ", id="raises"),
    ],
)
def test_a_file_that_does_not_run_is_told_with_its_line(tmp_path: Path, checks: str, told: str) -> None:
    assert refused(tmp_path, checks).startswith(told)


def test_a_check_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    told = refused(tmp_path, FEW_EPOCHS, RUBRIC.replace("few_epochs", "few_epoch"))
    assert told.startswith("assignment.toml:8: criteria[0].check: no check is called 'custom.few_epoch'; ")
    assert "did you mean 'custom.few_epochs'?" in told


def test_what_is_imported_or_private_is_no_check(tmp_path: Path) -> None:
    for name in ("passed", "_few"):
        told = refused(tmp_path, FEW_EPOCHS + "\n_few = few_epochs\n", RUBRIC.replace("few_epochs", name))
        assert f"no check is called 'custom.{name}'" in told


def test_a_folder_without_the_file_says_that_a_release_may_leave_it_out(tmp_path: Path) -> None:
    told = refused(tmp_path, None)
    assert told.startswith("assignment.toml:8: criteria[0].check: no check is called 'custom.few_epochs'")
    assert "a release to students may leave it out" in told


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ("{ most = 'x' }", 'params.most: found "x"; expected int'),
        ("{ least = 3 }", "check 'custom.few_epochs' has no parameter 'least'. Choices: most"),
    ],
)
def test_wrong_parameters_are_told_with_the_line_of_the_rubric(tmp_path: Path, params: str, told: str) -> None:
    said = refused(tmp_path, FEW_EPOCHS, RUBRIC.replace("{ most = 3 }", params))
    assert said.startswith("assignment.toml:9: ")
    assert told in said


def test_parameters_that_a_check_refuses_are_told_with_its_own_line(tmp_path: Path) -> None:
    picky = FEW_EPOCHS.replace(
        "    def ask", '    if most < 5:\n        raise ValueError("most is under 5")\n    def ask'
    )
    told = refused(tmp_path, picky)
    assert told == (
        "assignment.toml:9: criteria[0].params: check 'custom.few_epochs' refuses: most is under 5 (checks.py:7)"
    )


def test_a_factory_that_returns_no_question_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, "def few_epochs(*, most: int):\n    return most\n")
    assert "custom.few_epochs returned int, expected a function of submitted and reference" in told


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        pytest.param(returning("1 / 0"), "failed in checks.py, line 2 (ZeroDivisionError)", id="raises"),
        pytest.param(returning("reference.secret"), "failed in checks.py, line 2 (AttributeError)", id="attribute"),
        pytest.param(returning("None"), "returned NoneType, expected an Answer", id="no answer"),
        pytest.param(returning("True"), "returned bool, expected an Answer", id="a bool"),
        pytest.param(
            "from grader.checks import Answer\n" + returning("Answer(credit=2.0, rationale='x')"),
            "gave the credit 2.0, expected 0 to 1",
            id="credit",
        ),
    ],
)
def test_a_check_that_breaks_withholds_its_own_criterion_alone(tmp_path: Path, checks: str, told: str) -> None:
    few, loss = conclude(assignment(tmp_path, checks))
    assert (few.verdict, few.points) == (Verdict.ERRORED, None)
    assert told in few.rationale
    assert "not your mistake" in few.rationale
    assert str(tmp_path) not in few.rationale
    assert loss.points == 1


def test_a_file_that_is_gone_when_work_is_judged_withholds_its_own_criterion_alone(tmp_path: Path) -> None:
    judged = assignment(tmp_path)
    (tmp_path / "checks.py").unlink()
    few, loss = conclude(judged)
    assert few.verdict is Verdict.ERRORED
    assert loss.points == 1


def test_a_check_may_hand_its_question_to_a_person(tmp_path: Path) -> None:
    source = (
        "from grader.checks import by_hand\n"
        "def few_epochs(*, most: int):\n"
        "    return lambda *, submitted, reference: by_hand('A person reads it.')\n"
    )
    few, _ = conclude(assignment(tmp_path, source))
    assert (few.verdict, few.points, few.by_hand) == (Verdict.ERRORED, None, True)
    assert few.rationale == "A person reads it."


def test_an_upload_with_an_assignment_in_it_is_never_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = tmp_path / "uploads"
    for student in ("ada", "bob"):
        (uploads / student).mkdir(parents=True)
        (uploads / student / "assignment.toml").write_text(RUBRIC)
        (uploads / student / "checks.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(uploads)
    for words in (["ada", "bob"], [str(uploads / "ada"), str(uploads / "bob" / "assignment.toml")]):
        names, paths = cli._sort_arguments(["imdb", "reuters", *words])
        assert names[0] == "imdb"
        assert [Path(name).name for name in names] == ["imdb", "reuters"]
        assert paths == [Path(word) for word in words]


def test_the_commands_take_a_folder_with_its_own_checks(tmp_path: Path) -> None:
    assignment(tmp_path)
    assert cli._assignment(str(tmp_path)).criteria[0].check == "custom.few_epochs"
