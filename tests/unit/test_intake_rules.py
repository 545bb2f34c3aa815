"""Claims about which file counts and whose it is: the stated rules, the roster, and that nothing is ever lost."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.intake import Collected, Roster, Task, collect, read_roster
from grader.records import Submission

from .exports import CANVAS, EXPORTS, GRADESCOPE, MOODLE, Files, lay, notebook, zip_bytes, zipped

IMDB = Task(name="imdb", loader="imdb")
REUTERS = Task(name="reuters", loader="reuters")
USES_IMDB = notebook("from keras.datasets import imdb")
USES_REUTERS = notebook("from keras.datasets import reuters")
LONG = notebook("x = 1\n" * 50)


def gathered(tmp_path: Path, files: Files, *tasks: Task, roster: Roster | None = None) -> Collected:
    others = {"zz-other/hw.ipynb": USES_IMDB}  # so that a single folder is one student's
    folder = lay(tmp_path / "given", {**{f"ada/{name}": content for name, content in files.items()}, **others})
    return collect([folder], tasks=tasks or [IMDB], roster=roster, into=tmp_path / "into")


def adas(found: Collected) -> Submission:
    (submission,) = [each for each in found.submissions if each.student == "ada"]
    return submission


def remarks(found: Collected, student: str) -> str:
    return "; ".join(each.text for each in found.remarks if each.student == student)


# --- which notebook -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "taken", "why"),
    [
        ({"a.ipynb": LONG, "b.ipynb": USES_IMDB}, "b.ipynb", "it uses imdb"),
        ({"a.ipynb": LONG, "My IMDb work.ipynb": notebook()}, "My IMDb work.ipynb", "its name fits imdb"),
        ({"a.ipynb": notebook(), "b.ipynb": LONG}, "b.ipynb", "it has the most code"),
        ({"a.ipynb": notebook("a"), "b.ipynb": notebook("b")}, "a.ipynb", "all else being equal"),
        ({"hw.ipynb": LONG, "hw-1.ipynb": LONG, "hw-2.ipynb": notebook()}, "hw-2.ipynb", "the latest copy"),
        ({"hw.ipynb": LONG, "hw (10).ipynb": notebook(), "hw (9).ipynb": LONG}, "hw (10).ipynb", "the latest copy"),
        ({"hw-1.ipynb": USES_IMDB, "hw-2.ipynb": USES_REUTERS}, "hw-1.ipynb", "it uses imdb"),
        ({"hw.ipynb": notebook(), "hw-checkpoint.ipynb": LONG}, "hw.ipynb", "Jupyter's own copy"),
        ({"a.py": b"x = 1\n" * 99, "b.ipynb": notebook()}, "b.ipynb", ""),
        ({"a.py": b"x = 1", "main.py": b"from keras.datasets import imdb"}, "main.py", "it uses imdb"),
        ({"deep/er/hw.ipynb": USES_IMDB, "hw.ipynb": notebook()}, "hw.ipynb", "it uses imdb"),
    ],
)  # fmt: skip
def test_of_several_notebooks_one_is_taken_and_the_others_are_told_with_the_reason(
    tmp_path: Path, files: Files, taken: str, why: str
) -> None:
    found = gathered(tmp_path, files)
    assert adas(found).file.name == taken
    assert why in remarks(found, "ada")
    run = {adas(found).file, *adas(found).beside}
    left = {tmp_path / "given/ada" / name for name in files} - run
    assert left <= {each.path for each in found.told}


def test_the_newest_in_an_archive_is_taken_by_the_archives_own_times(tmp_path: Path) -> None:
    folder = lay(tmp_path / "given", {"zz.ipynb": notebook()})
    with zipfile.ZipFile(folder / "ada.zip", "w") as archive:
        for name, year in (("draft.ipynb", 2025), ("final.ipynb", 2026), ("old.ipynb", 2024)):
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), notebook("x" * (2030 - year)))
    found = collect([folder], tasks=[IMDB], into=tmp_path / "into")
    assert adas(found).file.name == "final.ipynb"
    assert "it is the newest in its archive" in remarks(found, "ada")


def test_a_notebook_for_each_assignment_is_run_where_several_are_graded(tmp_path: Path) -> None:
    files = {"one.ipynb": USES_IMDB, "two.ipynb": USES_REUTERS, "scratch.ipynb": LONG}
    found = gathered(tmp_path, files, IMDB, REUTERS)
    assert [each.student for each in found.submissions] == ["ada-one", "ada-two", "zz-other"]


def test_an_unreadable_notebook_is_passed_over_for_one_that_can_be_read(tmp_path: Path) -> None:
    found = gathered(tmp_path, {"imdb.ipynb": b"<html>", "work.ipynb": notebook()})
    assert adas(found).file.name == "work.ipynb"
    assert any("imdb.ipynb: found a saved web page" in each.reason for each in found.told)


def test_a_notebook_for_another_language_is_refused_with_a_clear_line(tmp_path: Path) -> None:
    found = gathered(tmp_path, {"hw.ipynb": notebook(kernelspec={"language": "R"})})
    assert found.unrun == ("ada",)
    assert "found a notebook for R; expected a notebook for Python; choose a Python kernel" in found.refused[0].reason


@pytest.mark.parametrize(
    "name", ["hw.ipynb.txt", "hw.ipynb.json", "hw.json", "hw", "hw.txt", "hw.py", "hw.ipynb.download"]
)
def test_a_misnamed_notebook_is_read_as_one_and_that_is_said(tmp_path: Path, name: str) -> None:
    found = gathered(tmp_path, {name: USES_IMDB})
    assert (adas(found).kind, len(adas(found).cells)) == ("notebook", 1)
    assert "read as a notebook" in remarks(found, "ada")


def test_a_misnamed_module_is_read_as_one(tmp_path: Path) -> None:
    assert adas(gathered(tmp_path, {"hw.py.txt": b"x = 1"})).kind == "module"


def test_copies_and_leftovers_of_systems_are_nobodys_work(tmp_path: Path) -> None:
    files = {
        "hw.ipynb": notebook(), "._hw.ipynb": b"\0\5\x16\7", ".DS_Store": b"x", "__MACOSX/hw.ipynb": LONG,
        ".ipynb_checkpoints/hw-checkpoint.ipynb": LONG, "__pycache__/x.pyc": b"x", "~$notes.docx": b"x",
    }  # fmt: skip
    found = gathered(tmp_path, files)
    assert adas(found).file.name == "hw.ipynb"
    assert adas(found).beside == ()
    assert len(found.told) == 6


# --- what lies beside ---------------------------------------------------------------------------


def test_modules_and_data_beneath_the_notebook_are_placed_with_it(tmp_path: Path) -> None:
    files = {
        "src/hw.ipynb": notebook(), "src/helpers.py": b"x", "src/lib/__init__.py": b"", "src/lib/a.py": b"x",
        "src/data/x.csv": b"1", "outside.csv": b"1",
    }  # fmt: skip
    found = gathered(tmp_path, files)
    folder = adas(found).file.parent
    placed = [path.relative_to(folder).as_posix() for path in adas(found).beside]
    assert placed == ["data/x.csv", "helpers.py", "lib/__init__.py", "lib/a.py"]
    assert any("outside the folder of what is run" in each.reason for each in found.told)


def test_links_and_huge_files_are_never_placed(tmp_path: Path) -> None:
    folder = lay(tmp_path / "given", {"ada/hw.ipynb": notebook(), "bob/hw.ipynb": notebook("b")})
    (folder / "ada/passwd.csv").symlink_to("/etc/passwd")
    with (folder / "ada/huge.bin").open("wb") as file:
        file.truncate(65 << 20)
    os.mkfifo(folder / "ada/pipe.csv")
    found = collect([folder])
    assert adas(found).beside == ()
    reasons = "\n".join(each.reason for each in found.told)
    for wanted in ("passwd.csv: not placed beside hw.ipynb: found a link", "more than 64 MiB", "no regular file"):
        assert wanted in reasons


# --- whose it is --------------------------------------------------------------------------------


def test_two_students_with_the_same_file_are_both_graded_and_it_is_said(tmp_path: Path) -> None:
    found = collect([lay(tmp_path, {"ada.ipynb": USES_IMDB, "bob.ipynb": USES_IMDB, "carol.ipynb": LONG})])
    assert len(found.submissions) == 3
    assert remarks(found, "ada") == "the same file, to the last byte, as that of bob"
    assert remarks(found, "carol") == ""


def roster(tmp_path: Path, text: str) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return read_roster(path)


@pytest.mark.parametrize(
    "text",
    [
        "name,student id,email\nAda Byron,s1,ada@x.edu\n",
        "Student ID;Full Name;E-Mail\ns1;Ada Byron;ada@x.edu\n",
        "First Name\tLast Name\tSID\tEmail Address\nAda\tByron\ts1\tada@x.edu\n",
        'Student,ID,SIS Login ID,Email\n    Points Possible,,,\n"Byron, Ada",s1,ab12,ada@x.edu\n"Student, Test",,,\n',
        "Last Name,First Name,Username,Email\nByron,Ada,s1,ada@x.edu\n",
        "id,last_name,first_name,email\ns1,Byron,Ada,ada@x.edu\n",
    ],
)
def test_rosters_are_read_whatever_their_columns_are_called(tmp_path: Path, text: str) -> None:
    (person,) = roster(tmp_path, text).people
    assert (person.name, person.id, person.email) == ("Ada Byron", "s1", "ada@x.edu")


def test_moodles_own_worksheet_is_a_roster(tmp_path: Path) -> None:
    text = "Identifier,Full name,Email address,Status\nParticipant 12345,Ada Lovelace,ada@x.edu,Submitted\n"
    found = collect([lay(tmp_path / "given", MOODLE)], roster=roster(tmp_path, text))
    assert "Ada Lovelace" in [each.student for each in found.submissions]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\n\n"])
def test_a_roster_without_a_column_that_says_who_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text or " ")
    with pytest.raises(UsageError, match=r"roster.csv: found .+; expected .+; .+"):
        read_roster(path)


def test_who_handed_in_nothing_is_named_and_names_come_from_the_roster(tmp_path: Path) -> None:
    text = "name,id\nAda Byron,101\nMarie Grace Hopper,102\nAnn Poe,104\nMax Zoe,199\n"
    found = collect([lay(tmp_path / "given", CANVAS)], roster=roster(tmp_path, text), into=tmp_path / "into")
    assert [person.name for person in found.missing] == ["Max Zoe"]
    assert [each.student for each in found.submissions] == ["Ada Byron", "Marie Grace Hopper", "müllerjörg"]
    assert "Ann Poe" in found.unrun
    assert "not on the roster" in remarks(found, "müllerjörg")


def test_a_name_alone_decides_only_where_one_person_bears_it(tmp_path: Path) -> None:
    text = "name,id\nAda Byron,a1\nAda Byron,a2\nJörg Müller,j1\n"
    files = {"Ada Byron.ipynb": notebook("a"), "müllerjörg.ipynb": notebook("b")}
    found = collect([lay(tmp_path / "given", files)], roster=roster(tmp_path, text))
    assert [(each.student, each.student_id) for each in found.submissions] == [("Ada Byron", ""), ("Jörg Müller", "j1")]
    assert [person.id for person in found.missing] == ["a1", "a2"]


def test_two_uploads_that_claim_one_name_are_nobodys_until_a_person_looks(tmp_path: Path) -> None:
    files = {"Ada Byron/a.ipynb": notebook("a"), "byron_ada.ipynb": notebook("b")}
    found = collect([lay(tmp_path / "given", files)], roster=roster(tmp_path, "name,id\nAda Byron,a1\n"))
    assert len(found.submissions) == 2
    assert all(each.student_id != "a1" for each in found.submissions)
    assert [person.id for person in found.missing] == ["a1"]


def test_a_number_of_canvas_or_moodle_means_nothing_in_the_list_of_another(tmp_path: Path) -> None:
    others = roster(tmp_path, "name,student id\nMax Zoe,101\nEva Fox,12345\n")
    for number, files in enumerate((CANVAS, MOODLE)):
        found = collect([lay(tmp_path / str(number), files)], roster=others, into=tmp_path / f"into{number}")
        assert [person.name for person in found.missing] == ["Max Zoe", "Eva Fox"]
    own = roster(tmp_path, "Student,ID,SIS Login ID,Section\nLady Lovelace,101,ll1,A\n")
    found = collect([tmp_path / "0"], roster=own, into=tmp_path / "into")
    assert "Lady Lovelace" in [each.student for each in found.submissions]


def test_a_file_called_by_a_students_number_is_theirs(tmp_path: Path) -> None:
    text = "name,id\nAda Byron,s101\n"
    found = collect([lay(tmp_path / "given", {"S101.ipynb": notebook()})], roster=roster(tmp_path, text))
    assert [(each.student, each.student_id) for each in found.submissions] == [("Ada Byron", "s101")]


def test_an_export_that_is_given_twice_is_graded_once(tmp_path: Path) -> None:
    paths = [lay(tmp_path / "given", CANVAS), zipped(tmp_path / "given.zip", CANVAS)]
    found = collect(paths, into=tmp_path / "into")
    assert [each.student for each in found.submissions] == ["byronada", "hopper_mariegrace", "müllerjörg"]
    assert any("given before, as byronada's" in each.reason for each in found.told)


def test_members_of_a_group_have_not_handed_in_nothing(tmp_path: Path) -> None:
    text = "name,id,group\nAda Byron,1,Red\nBob Roe,2,Red\nCarol Poe,3,Blue\n"
    found = collect([lay(tmp_path / "given", {"red.ipynb": notebook("a")})], roster=roster(tmp_path, text))
    assert found.submissions[0].members == ("Ada Byron", "Bob Roe")
    assert [person.name for person in found.missing] == ["Carol Poe"]


def test_all_submitters_of_gradescope_are_found_on_the_roster(tmp_path: Path) -> None:
    text = "First Name,Last Name,SID,Email\nAda,Byron,12345,\nJörg,Müller,12346,\nPat,O'Neil,,pat@example.edu\n"
    found = collect([lay(tmp_path / "given", GRADESCOPE)], roster=roster(tmp_path, text))
    assert found.missing == ()
    assert [each.student for each in found.submissions] == ["Ada Byron", "Jörg Müller"]


# --- nothing is lost ----------------------------------------------------------------------------

NAMES = st.sampled_from(
    ["hw", "hw-1", "hw (2)", "imdb final", "Ünï çode 作业", ".hidden", "._x", "x" * 90, "smith_12_34_hw", "a.b", "con"]
)
ENDINGS = st.sampled_from(
    [".ipynb", ".IPYNB", ".py", ".txt", ".csv", ".pdf", ".zip", ".ipynb.txt", "", ".rar", ".json"]
)
FOLDERS = st.sampled_from(
    ["", "ada/", "bob/", "bob/data/", "ada/.ipynb_checkpoints/", "Ada Byron_12_assignsubmission_file/"]
)
CONTENTS = st.sampled_from(
    [
        USES_IMDB,
        notebook(),
        LONG,
        b"",
        b"x = 1",
        b"<html>",
        b"%PDF",
        zip_bytes({"hw.ipynb": LONG, "a/b.csv": b"1"}),
        b"PK",
    ]
)
TREES = st.dictionaries(st.builds("".join, st.tuples(FOLDERS, NAMES, ENDINGS)), CONTENTS, min_size=1, max_size=12)


def accounted_for(path: Path, found: Collected, into: Path) -> bool:
    """Say whether a file was run, placed, or told of, itself or by a folder that it lies in."""
    told = {each.path for each in (*found.told, *found.refused)}
    taken = {each.file for each in found.submissions} | {one for each in found.submissions for one in each.beside}
    staged = {one.read_bytes() for one in taken if one.is_relative_to(into)}
    return path in taken or not told.isdisjoint({path, *path.parents}) or path.read_bytes() in staged


@settings(deadline=None, max_examples=80)
@given(files=TREES)
def test_every_file_is_run_or_beside_what_is_run_or_told_of(
    tmp_path_factory: pytest.TempPathFactory, files: Files
) -> None:
    tmp_path = tmp_path_factory.mktemp("given")
    folder, into = lay(tmp_path / "given", files), tmp_path / "into"
    try:
        found = collect([folder], tasks=[IMDB], into=into)
    except UsageError:
        assert not any(name.lower().endswith((".ipynb", ".py")) and "/." not in f"/{name}" for name in files)
        return
    for path in folder.rglob("*"):
        if path.is_file():
            assert accounted_for(path, found, into), path


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_file_of_an_export_is_accounted_for(tmp_path: Path, kind: str) -> None:
    folder = lay(tmp_path / "given", EXPORTS[kind])
    found = collect([folder], tasks=[IMDB], into=tmp_path / "into")
    lost = [path for path in folder.rglob("*") if path.is_file() and not accounted_for(path, found, tmp_path / "into")]
    assert lost == []


@settings(deadline=None, max_examples=30)
@given(data=st.data(), kind=st.sampled_from(sorted(EXPORTS)))
def test_the_order_in_which_files_are_written_and_zipped_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("order")
    shuffled = dict(data.draw(st.permutations(sorted(EXPORTS[kind].items()))))
    outcomes = []
    for number, files in enumerate((EXPORTS[kind], shuffled)):
        found = collect(
            [zipped(tmp_path / str(number) / "a.zip", files)], tasks=[IMDB], into=tmp_path / f"into{number}"
        )
        graded = [(each.student, each.sha256, [path.name for path in each.beside]) for each in found.submissions]
        outcomes.append((graded, found.unrun, len(found.told), len(found.refused)))
    assert outcomes[0] == outcomes[1]


def test_three_hundred_uploads_give_three_hundred_submissions(tmp_path: Path) -> None:
    files = {f"student{n}_{1000 + n}_{5000 + n}_hw.ipynb": notebook(f"n = {n}") for n in range(300)}
    found = collect([zipped(tmp_path / "export.zip", files)], tasks=[IMDB], into=tmp_path / "into")
    assert len({each.student for each in found.submissions}) == 300
    assert found.found[0].endswith("Canvas export, 300 uploads")
