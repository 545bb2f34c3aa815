"""Claims about exports of learning platforms: each is recognised, and every upload in it is found and rightly named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import Collected, Task, collect, named, pattern_layout
from grader.intake.layouts import EXPORTS as KNOWN
from grader.intake.metadata import metadata
from grader.intake.tree import tree_of

from .exports import (
    BLACKBOARD,
    CANVAS,
    CANVAS_ANONYMOUS,
    CLONES,
    EXPORTS,
    FOLDER,
    GRADESCOPE,
    METADATA,
    MOODLE,
    MOODLE_FLAT,
    NBGRADER,
    Files,
    lay,
    notebook,
    tarred,
    zip_bytes,
    zipped,
)  # fmt: skip

BREAST_CANCER = Task(name="breast-cancer", loader="load_breast_cancer")


def given(tmp_path: Path, files: Files) -> Collected:
    return collect([lay(tmp_path / "given", files)], tasks=[BREAST_CANCER], into=tmp_path / "into")


def students(found: Collected) -> list[str]:
    return [each.student for each in found.submissions]


def one(found: Collected, student: str) -> dict[str, object]:
    (submission,) = [each for each in found.submissions if each.student == student]
    said = {"beside": [path.name for path in submission.beside], "file": submission.file.name}
    return {**submission.model_dump(include={"student_id", "members", "late", "submitted_at"}), **said}


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_is_recognised_by_its_shape_in_a_folder_a_zip_and_a_tar(tmp_path: Path, kind: str) -> None:
    files = EXPORTS[kind]
    inside = {f"export/{name}": content for name, content in files.items()}
    paths = [
        lay(tmp_path / "plain", files),
        lay(tmp_path / "wrapped", inside),
        zipped(tmp_path / "a.zip", files),
        zipped(tmp_path / "b.zip", inside),
        tarred(tmp_path / "a.tar.gz", files),
        tarred(tmp_path / "b.tar", inside, "w"),
    ]
    title = {"folder": ("folder", "archive"), "git": ("folder of git clones", "archive")}.get(kind)
    expected = title or (named(kind.partition(" ")[0]).title,)
    alike = set()
    for number, path in enumerate(paths):
        if kind in {"folder", "git"} and number in {1, 3, 5}:
            continue  # a folder in a folder may be a student's; history is not unpacked from an archive
        found = collect([path], tasks=[BREAST_CANCER], into=tmp_path / f"into{number}")
        assert any(word in found.found[0] for word in expected), found.found
        if kind != "git":
            alike.add(tuple(sorted(each.sha256 for each in found.submissions)))
    assert len(alike) <= 1


def test_no_export_is_taken_for_another(tmp_path: Path) -> None:
    for number, (kind, files) in enumerate(EXPORTS.items()):
        tree = tree_of(lay(tmp_path / str(number), files))
        tree = tree.within(tree.sole_folder()) if tree.sole_folder() else tree
        convinced = [layout.name for layout in KNOWN if layout.recognise(tree).convinces]
        assert convinced == ([kind.split()[0]] if kind != "folder" else [])


# --- Canvas -------------------------------------------------------------------------------------


def test_canvas_names_are_taken_apart_and_late_work_is_marked(tmp_path: Path) -> None:
    found = given(tmp_path, CANVAS)
    assert students(found) == ["byronada", "hopper_mariegrace", "müllerjörg"]
    assert [each.late for each in found.submissions] == [False, True, False]
    assert one(found, "byronada")["student_id"] == "101"


def test_of_two_uploads_of_one_file_canvas_numbers_the_later_and_it_is_taken(tmp_path: Path) -> None:
    found = given(tmp_path, CANVAS)
    assert one(found, "hopper_mariegrace")["file"] == "hopper_mariegrace_LATE_102_9017_hw3-1.ipynb"
    (told,) = [each for each in found.told if each.path.name.endswith("9010_hw3.ipynb")]
    assert "hw3-1.ipynb is taken: it is the latest copy" in told.reason


def test_a_helper_that_canvas_renamed_is_placed_under_the_name_that_is_imported(tmp_path: Path) -> None:
    assert one(given(tmp_path, CANVAS), "byronada")["beside"] == ["helpers.py"]
    again = {
        "byronada_101_9001_hw3-1.ipynb": notebook("import helpers\nopen('data-1.csv')\nopen('table.csv')"),
        "byronada_101_9002_helpers-1.py": b"x = 1",
        "byronada_101_9003_data-1.csv": b"1",
        "byronada_101_9004_table-2.csv": b"1",
        "roebob_102_9005_hw.ipynb": notebook(),
    }
    found = given(tmp_path / "again", again)
    assert one(found, "byronada")["beside"] == ["helpers.py", "data-1.csv", "table.csv"]


def test_a_zip_that_a_student_uploaded_is_unpacked_with_its_data(tmp_path: Path) -> None:
    found = one(given(tmp_path, CANVAS), "müllerjörg")
    assert (found["file"], found["beside"]) == ("hw.ipynb", ["data.csv"])


def test_a_student_of_whom_there_is_only_a_pdf_or_typed_text_is_named_among_what_cannot_be_run(tmp_path: Path) -> None:
    found = given(tmp_path, CANVAS)
    assert found.unrun == ("poeann", "roebob")
    pdf, typed = found.refused
    assert "found only report.pdf; expected a notebook" in pdf.reason
    assert "typed into Canvas" in typed.reason


def test_anonymous_uploads_of_canvas_keep_their_letters(tmp_path: Path) -> None:
    found = given(tmp_path, CANVAS_ANONYMOUS)
    assert students(found) == ["anon Zz81q", "anon aB3x9"]
    assert [each.late for each in found.submissions] == [True, False]


def test_files_of_canvas_that_are_named_one_by_one_are_still_canvas(tmp_path: Path) -> None:
    folder = lay(tmp_path, CANVAS)
    found = collect(sorted(folder.iterdir()), into=tmp_path / "into")
    assert students(found) == ["byronada", "hopper_mariegrace", "müllerjörg"]


def test_dates_in_file_names_are_not_mistaken_for_canvas(tmp_path: Path) -> None:
    files = {f"{name}_2026_11_hw.ipynb": notebook(name) for name in ("ada", "bob", "carol")}
    assert students(given(tmp_path, files)) == ["ada_2026_11_hw", "bob_2026_11_hw", "carol_2026_11_hw"]


def test_work_that_does_not_fit_its_export_is_graded_under_its_own_name(tmp_path: Path) -> None:
    found = given(tmp_path, {**CANVAS, "late by mail from zoe.ipynb": notebook("z"), "grades.csv": b"1"})
    assert "late by mail from zoe" in students(found)
    assert any("grades.csv: no part of the export" in each.reason for each in found.told)


# --- Moodle -------------------------------------------------------------------------------------


def test_moodle_participants_of_one_name_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    found = given(tmp_path, MOODLE)
    assert students(found) == ["Ada Byron-12345", "Ada Byron-12399", "Jörg Müller"]
    assert {each.student for each in found.remarks if "goes by the name Ada Byron" in each.text} == set(
        students(found)[:2]
    )
    assert found.unrun == ("Bob Roe",)


def test_data_in_a_folder_of_moodles_keeps_its_place_beneath_the_notebook(tmp_path: Path) -> None:
    (path,) = given(tmp_path, MOODLE).submissions[0].beside
    assert path.parts[-2:] == ("data", "x.csv")


def test_a_flat_export_of_moodles_gives_each_file_its_own_name_back(tmp_path: Path) -> None:
    found = given(tmp_path, MOODLE_FLAT)
    assert students(found) == ["Ada Byron", "Group 7"]
    assert one(found, "Ada Byron")["beside"] == ["helpers.py"]


# --- Gradescope ---------------------------------------------------------------------------------


def test_gradescope_tells_whose_a_submission_is_and_when_it_came(tmp_path: Path) -> None:
    found = given(tmp_path, GRADESCOPE)
    assert students(found) == ["Ada Byron", "Jörg Müller"]
    ada = one(found, "Ada Byron")
    assert (ada["student_id"], ada["members"], ada["beside"]) == ("12345", (), ["helpers.py"])
    assert ada["submitted_at"] == datetime(2026, 11, 20, 21, 5, 33, tzinfo=UTC)
    assert one(found, "Jörg Müller")["members"] == ("Jörg Müller", "O'Neil, Pat")
    assert found.unrun == ("Grace Hopper",)


def test_only_gradescopes_own_words_about_a_submission_are_read() -> None:
    read = metadata(METADATA)
    assert [person.name for meta in read.values() for person in meta.submitters] == [
        "Ada Byron", "Jörg Müller", "O'Neil, Pat", "Grace Hopper",
    ]  # fmt: skip
    assert read["submission_7003"].created_at == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert read["submission_7002"].submitters[0].sid == "12346"


def test_a_long_name_that_ruby_wraps_is_one_name() -> None:
    text = "submission_1:\n  :submitters:\n  - :name: 'Ana Maria de la\n      Concepcion O''Neil'\n    :sid: '1'\n"
    (person,) = metadata(text)["submission_1"].submitters
    assert (person.name, person.sid) == ("Ana Maria de la Concepcion O'Neil", "1")


@pytest.mark.parametrize(
    "text", ["", "---\n", "- a\n- b\n", "x: 1\n", "a:\n  - :name: x\n", ":\n:\n", "\0\n", "a:\n b:\n"]
)
def test_metadata_of_another_shape_says_nothing_and_raises_nothing(text: str) -> None:
    assert all(not meta.submitters for meta in metadata(text).values())


# --- Blackboard ---------------------------------------------------------------------------------


def test_blackboard_gives_the_latest_attempt_and_the_name_from_its_own_text(tmp_path: Path) -> None:
    found = given(tmp_path, BLACKBOARD)
    assert students(found) == ["Ada Byron", "gh13"]
    ada = one(found, "Ada Byron")
    assert (ada["file"], ada["student_id"]) == ("Homework 3_ab12_attempt_2026-11-20-09-30-00_hw 3.ipynb", "ab12")
    assert ada["submitted_at"] == datetime(2026, 11, 20, 9, 30).astimezone()
    assert any("is an earlier one" in each.reason for each in found.told)


def test_a_file_named_like_anothers_upload_stays_its_own_students(tmp_path: Path) -> None:
    posing = "Homework 3_mm66_attempt_2026-11-20-11-00-00_Homework 3_gh13_attempt_2027-01-01-00-00-00_hw.ipynb"
    found = given(tmp_path, {**BLACKBOARD, posing: notebook("posing")})
    assert students(found) == ["Ada Byron", "gh13", "mm66"]
    assert one(found, "gh13")["file"] == "Homework 3_gh13_attempt_2026-11-20-10-00-00_hw_3.ipynb"


# --- nbgrader, git, folder ----------------------------------------------------------------------


def test_nbgraders_tree_gives_the_assignment_that_is_graded(tmp_path: Path) -> None:
    found = given(tmp_path, NBGRADER)
    assert students(found) == ["ada", "bob"]
    assert found.submissions[0].submitted_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert found.submissions[1].submitted_at == datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert any("handed in for ps2" in each.reason for each in found.told)
    assert any("another step of nbgrader's" in each.reason for each in found.told)


def test_all_of_nbgraders_assignments_are_graded_where_none_is_called_as_what_is_graded(tmp_path: Path) -> None:
    files = {name: content for name, content in NBGRADER.items() if name.startswith("submitted/")}
    found = collect([lay(tmp_path, files)], tasks=[Task(name="imdb", loader="imdb")])
    assert sorted(students(found)) == ["ada-breast-cancer", "ada-ps2", "bob"]


def test_clones_are_called_by_what_their_folders_do_not_share(tmp_path: Path) -> None:
    found = given(tmp_path, CLONES)
    assert students(found) == ["ada"]
    assert found.unrun == ("bob",)
    assert one(found, "ada")["beside"] == ["tools.py"]


def test_a_folder_holds_files_folders_and_archives_of_students(tmp_path: Path) -> None:
    found = given(tmp_path, FOLDER)
    assert students(found) == ["ada", "bob", "carol"]
    assert [len(each.beside) for each in found.submissions] == [0, 1, 1]


def test_an_archive_with_one_notebook_is_one_students(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ada.zip", {"hw/hw.ipynb": notebook("from helpers import x"), "hw/helpers.py": b"x = 1"})
    found = collect([path], into=tmp_path / "into")
    assert students(found) == ["ada"]
    assert one(found, "ada")["beside"] == ["helpers.py"]


def test_an_archive_with_modules_that_its_notebook_does_not_import_is_a_class(tmp_path: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"ada.ipynb": notebook("import bob_and_co"), "bob.py": b"x = 1"})
    assert students(collect([path], into=tmp_path / "into")) == ["ada", "bob"]


def test_the_only_folder_with_a_whole_class_in_it_is_no_students(tmp_path: Path) -> None:
    found = given(tmp_path, {f"week3/student{n}.ipynb": notebook(str(n)) for n in range(40)})
    assert len(found.submissions) == 40


def test_a_forced_layout_is_used_whatever_the_names_say(tmp_path: Path) -> None:
    found = collect([lay(tmp_path, CANVAS_ANONYMOUS)], layout=named("folder"))
    assert students(found) == ["LATE_anon_Zz81q_9002_hw3", "anon_aB3x9_9001_hw3"]


# --- patterns -----------------------------------------------------------------------------------


def test_a_pattern_tells_whose_any_file_is(tmp_path: Path) -> None:
    files = {
        "ps1/20261120T0930 s123 helpers.py": b"x = 1",
        "ps1/2026-11-20 09:30 s123 hw.ipynb": notebook("new"),
        "ps1/2026-11-19 09:30 s123 hw.ipynb": notebook("old"),
        "ps1/2026-11-19 09:30 s124 hw.ipynb": notebook("b"),
        "ps1/other.ipynb": notebook("c"),
    }
    pattern = r"/(?P<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d) (?P<student>s\d+) (?P<file>.+)$"
    found = collect([lay(tmp_path, files)], layout=pattern_layout(pattern))
    assert {"s123", "s124"} < set(students(found))
    assert one(found, "s123")["file"] == "2026-11-20 09:30 s123 hw.ipynb"
    assert any(each.student == "other" for each in found.submissions), "work is never lost"


def test_the_groups_of_nbgraders_zipcollect_are_known(tmp_path: Path) -> None:
    pattern = r"^(?P<last_name>\w+)_(?P<first_name>\w+)_(?P<student_id>\d+)_(?P<file_id>.*)$"
    found = collect([lay(tmp_path, {"byron_ada_7_hw.ipynb": notebook()})], layout=pattern_layout(pattern))
    assert (students(found), found.submissions[0].student_id) == (["ada byron"], "7")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("(", "a mistake in it"), (r"\d+", "no group that tells whose"), ("(?P<studnet>x)", "a group called studnet")],
)
def test_a_pattern_that_can_not_do_is_refused_in_one_line(pattern: str, found: str) -> None:
    with pytest.raises(UsageError, match=found):
        pattern_layout(pattern)


def test_an_export_in_an_export_of_every_student_stays_within_one_level(tmp_path: Path) -> None:
    inner = zip_bytes({"deeper.zip": zip_bytes({"hw.ipynb": notebook("hidden")}), "hw.ipynb": notebook("seen")})
    found = given(tmp_path, {**CANVAS, "roezoe_120_9100_all.zip": inner})
    assert one(found, "roezoe")["file"] == "hw.ipynb"
    assert any("an archive within an archive" in each.reason for each in found.refused)
