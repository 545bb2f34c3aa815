"""Claims about reading uploads: what becomes a submission, whose it is, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionUnreadable, UsageError
from grader.intake import collect, read

if TYPE_CHECKING:
    from pathlib import Path

    from grader.records import Submission

CODE = {"cell_type": "code", "source": "1 + 1"}


def notebook(*cells: object, **changes: object) -> dict[str, object]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes}


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def cells(path: Path) -> list[tuple[str, str]]:
    return [(cell.kind, cell.source) for cell in read(path).cells]


def refusal(path: Path) -> str:
    with pytest.raises(SubmissionUnreadable) as caught:
        read(path)
    line = str(caught.value)
    assert re.fullmatch(rf"{re.escape(str(path))}: found .+; expected .+; .+", line)
    return line.removeprefix(f"{path}: ")


# --- notebooks ----------------------------------------------------------------------------------


def test_a_notebook_becomes_its_code_and_markdown_in_order(tmp_path: Path) -> None:
    prose = {"cell_type": "markdown", "source": ["# Title\n", "text"]}
    submission = read(write(tmp_path / "alice.ipynb", notebook(prose, CODE)))
    assert [(cell.index, cell.kind, cell.source) for cell in submission.cells] == [
        (0, "markdown", "# Title\ntext"),
        (1, "code", "1 + 1"),
    ]
    assert (submission.student, submission.kind) == ("alice", "notebook")
    assert submission.submitted_at is None


def test_the_digest_is_of_the_files_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", notebook(CODE))
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_nothing_but_kinds_and_sources_survives(tmp_path: Path) -> None:
    planted = {
        **CODE,
        "metadata": {"tags": ["PLANTED"]},
        "id": "PLANTED",
        "outputs": [{"output_type": "stream", "text": "PLANTED"}],
        "attachments": {"PLANTED": {}},
    }
    metadata = {"kernelspec": {"name": "PLANTED"}, "widgets": {"PLANTED": 1}}
    submission = read(write(tmp_path / "a.ipynb", notebook(planted, metadata=metadata)))
    assert "PLANTED" not in submission.model_dump_json()


def test_raw_cells_are_dropped_and_the_rest_is_numbered_anew(tmp_path: Path) -> None:
    raw = {"cell_type": "raw", "source": "x"}
    submission = read(write(tmp_path / "a.ipynb", notebook(CODE, raw, CODE)))
    assert [cell.index for cell in submission.cells] == [0, 1]


def test_a_notebook_without_code_is_read(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.ipynb", notebook())).cells == ()


def test_magics_stay_as_they_are(tmp_path: Path) -> None:
    source = "%%time\n!pip install x\n%matplotlib inline"
    path = write(tmp_path / "a.ipynb", notebook({"cell_type": "code", "source": source}))
    assert cells(path) == [("code", source)]


def test_a_notebook_of_format_3_is_read(tmp_path: Path) -> None:
    sheet = {
        "cells": [
            {"cell_type": "heading", "level": 2, "source": "Title"},
            {
                "cell_type": "code",
                "language": "python",
                "input": ["a = 1\n", "b = 2"],
                "outputs": [],
            },
            {"cell_type": "html", "source": "<b>x</b>"},
            {"cell_type": "raw", "source": "x"},
            {"cell_type": "heading", "level": 10**9, "source": "x"},
        ]
    }
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [sheet, sheet],
    }
    expected = [
        ("markdown", "## Title"),
        ("code", "a = 1\nb = 2"),
        ("markdown", "<b>x</b>"),
        ("markdown", "###### x"),
    ]
    assert cells(write(tmp_path / "a.ipynb", old)) == expected * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": "none"},
        {"metadata": {"kernelspec": [], "language_info": {"name": 3}}},
        {"metadata": {"kernelspec": {"name": "python2", "language": "python"}}},
        {"metadata": {"language_info": {"name": "Python"}, "kernelspec": {"language": ""}}},
        {"nbformat": None},
        {"nbformat": "4"},
        {"nbformat": 4.5},
        {"nbformat_minor": 99, "extra": {}},
    ],
)
def test_wrong_metadata_does_not_keep_a_notebook_from_being_read(tmp_path: Path, changes: dict[str, object]) -> None:
    assert cells(write(tmp_path / "a.ipynb", notebook(CODE, **changes))) == [("code", "1 + 1")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_notebook_is_read_in_the_encodings_that_editors_write(tmp_path: Path, encoding: str) -> None:
    text = json.dumps(notebook({"cell_type": "code", "source": "größe = 'π🎉'"}), ensure_ascii=False)
    path = write(tmp_path / "a.ipynb", text.encode(encoding))
    assert cells(path) == [("code", "größe = 'π🎉'")]


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    text = json.dumps(notebook({"cell_type": "code", "source": ["a\ud800b", "\udc00", "🎉"]}))
    assert cells(write(tmp_path / "a.ipynb", text.encode())) == [("code", "a\ufffdb\ufffd🎉")]


def test_a_number_of_many_digits_does_no_harm(tmp_path: Path) -> None:
    text = json.dumps(notebook(CODE)).replace('"nbformat_minor": 5', '"x": ' + "9" * 100_000)
    assert cells(write(tmp_path / "a.ipynb", text.encode())) == [("code", "1 + 1")]


NO_NOTEBOOKS = [
    (b"<!DOCTYPE html><html></html>", "found a saved web page"),
    (b"\n  <html>", "found a saved web page"),
    (b"", "found an empty file (0 bytes)"),
    (b"PK\x03\x04rest", "found a zip archive"),
    (b"%PDF-1.7", "found a PDF document"),
    (b"[1, 2]", "found JSON of another kind (a list)"),
    (b"NaN", "found JSON of another kind (a number)"),
    (b"{}", "found JSON without a list of cells"),
    (b'{"cells": {}}', "found JSON without a list of cells"),
    (b'{"worksheets": [{"cells": 3}]}', "found JSON without a list of cells"),
    (b'{"cells": [\n  {,]}', "found broken JSON at line 2, column 4"),
    (b'{"cells": [', "found broken JSON at line 1, column 12"),
    (b"   ", "found broken JSON"),
    (b"[" * 200_000, "found JSON nested too deeply"),
    (b'{"cells": ["H\xe4user"]}', "found a byte on line 1 that is not UTF-8"),
    (b"\xff\xfe\x00", "found a byte on line 1 that is not UTF-16"),
    (b'{"cells": [7]}', "found something else in the place of cell 1"),
    (b'{"cells": [{"source": "x"}]}', "found something else in the place of cell 1"),
    (b'{"cells": [{"cell_type": ["code"]}]}', "found something else in the place of cell 1"),
    (
        b'{"cells": [{"cell_type": "code", "source": [1]}]}',
        "found a cell 1 whose source is no text",
    ),
    (b'{"cells": [{"cell_type": "code", "source": {}}]}', "found a cell 1 whose source is no text"),
    (b'{"nbformat": 5, "cells": []}', "found a notebook of format 5"),
]


@pytest.mark.parametrize(("content", "found"), NO_NOTEBOOKS)
def test_what_is_no_notebook_is_refused_in_one_line(tmp_path: Path, content: bytes, found: str) -> None:
    assert refusal(write(tmp_path / "a.ipynb", content)).startswith(found)


@pytest.mark.parametrize(
    "metadata",
    [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}, "kernelspec": {}}],
)
def test_a_notebook_for_another_language_is_refused(tmp_path: Path, metadata: dict[str, object]) -> None:
    line = refusal(write(tmp_path / "a.ipynb", notebook(CODE, metadata=metadata)))
    assert re.match(r"found a notebook for (R|julia); expected a notebook for Python; choose", line)


# --- files --------------------------------------------------------------------------------------


def test_a_file_over_the_cap_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    assert refusal(path).startswith("found 200 MiB; expected at most 50 MiB; clear all outputs")


def test_a_file_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", b"[" + b"[]," * 5_000_001 + b"0]")
    assert refusal(path).startswith("found too many values in one file")


def test_a_link_is_refused_even_to_a_sound_notebook(tmp_path: Path) -> None:
    write(tmp_path / "real.ipynb", notebook(CODE))
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "real.ipynb")
    assert refusal(tmp_path / "a.ipynb").startswith("found a link; ")


def test_a_file_that_becomes_a_link_after_the_first_look_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = write(tmp_path / "real.ipynb", notebook(CODE))
    (tmp_path / "a.ipynb").symlink_to(real)
    monkeypatch.setattr(os, "lstat", lambda _: real.stat())
    assert refusal(tmp_path / "a.ipynb").startswith("found a file that can't be opened")


def test_a_folder_named_like_a_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").mkdir()
    assert refusal(tmp_path / "a.ipynb").startswith("found a folder of that name; ")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert refusal(tmp_path / "a.py").startswith("found a pipe or device; ")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.ipynb").startswith("found no such file; ")


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError

    path = write(tmp_path / "a.ipynb", notebook(CODE))
    monkeypatch.setattr("grader.intake.uploads.os.open", forbidden)
    assert refusal(path).startswith("found a file that you may not open; ")


@pytest.mark.parametrize("name", ["work.txt", "work"])
def test_a_file_of_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    line = refusal(write(tmp_path / name, b"text"))
    assert "expected a notebook (.ipynb) or a Python file (.py)" in line


def test_a_refusal_is_one_line_whatever_the_file_is_called(tmp_path: Path) -> None:
    with pytest.raises(SubmissionUnreadable) as caught:
        read(tmp_path / "a\n\x1b[31mb.ipynb")
    assert str(caught.value).isprintable()


def test_a_file_name_that_is_not_utf8_is_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path / os.fsdecode(b"Andr\xe9.ipynb"), notebook(CODE))
    assert read(path).student == "Andr\ufffd"


# --- modules ------------------------------------------------------------------------------------


def module(tmp_path: Path, text: str) -> Submission:
    return read(write(tmp_path / "bob.py", text.encode()))


def test_a_python_file_without_marks_is_one_cell(tmp_path: Path) -> None:
    submission = module(tmp_path, 'x = 1\n\nif __name__ == "__main__":\n    print(x)\n')
    (cell,) = submission.cells
    assert cell.source == 'x = 1\n\nif __name__ == "__main__":\n    print(x)'
    assert (submission.kind, submission.student, cell.line) == ("module", "bob", 1)


def test_a_python_file_is_cut_at_its_marks_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = '"""Doc."""\n\n# %%\nx = 1\n\n#%% [markdown]\n# # Title\n#\n# text\n# %% second\n\ny = 2\n'
    expected = [
        (1, "code", '"""Doc."""'),
        (4, "code", "x = 1"),
        (7, "markdown", "# Title\n\ntext"),
        (11, "code", "\ny = 2"),
    ]
    found = module(tmp_path, text).cells
    assert [(cell.line, cell.kind, cell.source) for cell in found] == expected
    assert [cell.index for cell in found] == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["# %%time\nx", "x = '# %%'", "  # %%\nx", "# 50 %% of it"])
def test_what_only_resembles_a_mark_cuts_nothing(tmp_path: Path, text: str) -> None:
    assert [cell.source for cell in module(tmp_path, text).cells] == [text]


def test_a_quoted_markdown_cell_loses_its_quotes_and_a_raw_cell_is_dropped(tmp_path: Path) -> None:
    text = '# %% [md]\n"""\n# Title\n"""\n# %% [raw]\nraw\n'
    assert [cell.source for cell in module(tmp_path, text).cells] == ["# Title"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_are_counted_alike_whatever_ends_them(tmp_path: Path, end: str) -> None:
    found = module(tmp_path, end.join(["a = 1", "# %%", "b = 2", "c = 3", ""])).cells
    assert [(cell.line, cell.source) for cell in found] == [(1, "a = 1"), (3, "b = 2\nc = 3")]


def test_a_syntax_error_is_no_reason_to_refuse(tmp_path: Path) -> None:
    assert len(module(tmp_path, "def f(:\n\t'''").cells) == 1


def test_a_coding_line_is_honoured(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "# -*- coding: latin-1 -*-\nx = 'é'".encode("latin-1"))
    assert read(path).cells[0].source.endswith("x = 'é'")


@pytest.mark.parametrize("name", ["punycode", "idna", "rot13", "utf-7"])
def test_a_coding_line_can_not_choose_a_slow_or_odd_codec(tmp_path: Path, name: str) -> None:
    line = refusal(write(tmp_path / "a.py", f"# coding: {name}\nx = 1".encode()))
    assert name in line


def test_a_python_file_that_is_not_utf8_is_refused_with_the_line(tmp_path: Path) -> None:
    line = refusal(write(tmp_path / "a.py", b"x = 1\ny = '\xe9'\n"))
    assert line.startswith("found a byte on line 2 that is not UTF-8; ")


# --- collecting ---------------------------------------------------------------------------------


def students(*paths: Path) -> list[str]:
    return [submission.student for submission in collect(paths).submissions]


def fill(root: Path, *names: str) -> Path:
    for name in names:
        write(root / name, notebook(CODE) if name.endswith(".ipynb") else b"x = 1")
    return root


def test_a_folder_gives_its_notebooks_and_modules_sorted(tmp_path: Path) -> None:
    assert students(fill(tmp_path, "carol.ipynb", "alice.ipynb", "bob.py", "notes.txt")) == [
        "alice", "bob", "carol",
    ]  # fmt: skip


def test_a_file_in_a_students_folder_bears_the_folders_name(tmp_path: Path) -> None:
    fill(tmp_path, "alice/hw.ipynb", "bob/week 1/hw.ipynb", "carol.ipynb")
    assert students(tmp_path) == ["alice", "bob", "carol"]


def test_what_is_no_work_of_a_student_is_passed_over(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "alice.ipynb",
        ".hidden.ipynb",
        ".ipynb_checkpoints/alice-checkpoint.ipynb",
        "__pycache__/x.py",
        "__MACOSX/alice.ipynb",
        "bob/main.py",
        "bob/__init__.py",
        "bob/python/lib/x.py",
        "bob/python/pyvenv.cfg",
    )
    assert students(tmp_path) == ["alice", "bob"]


def test_a_helper_beside_a_notebook_is_no_submission(tmp_path: Path) -> None:
    fill(tmp_path, "alice/hw.ipynb", "alice/helpers.py", "alice/lib/more.py", "bob.py")
    assert students(tmp_path) == ["alice", "bob"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("alice/one.ipynb", "alice.ipynb"), ["alice", "alice.ipynb"]),
        (("alice.ipynb", "alice.py"), ["alice.ipynb", "alice.py"]),
        (("Alice.ipynb", "alice/hw.ipynb"), ["Alice.ipynb", "alice"]),
    ],
)
def test_two_files_in_a_folder_never_share_a_name(tmp_path: Path, names: tuple[str, ...], expected: list[str]) -> None:
    assert students(fill(tmp_path, *names)) == expected


def test_a_folder_with_several_notebooks_is_one_students(tmp_path: Path) -> None:
    fill(tmp_path, "alice/a/hw.ipynb", "alice/b/hw.ipynb", "bob.ipynb")
    assert students(tmp_path) == ["alice", "bob"]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    fill(tmp_path, "alice/hw.ipynb", "bob/hw.ipynb", "carol/own.ipynb")
    paths = [tmp_path / "alice/hw.ipynb", tmp_path / "bob/hw.ipynb", tmp_path / "carol/own.ipynb"]
    assert students(*paths) == ["alice-hw", "bob-hw", "own"]


def test_students_of_one_name_in_two_classes_are_told_apart(tmp_path: Path) -> None:
    fill(tmp_path, "monday/alice.ipynb", "friday/alice.ipynb", "x/monday/alice.ipynb")
    folders = [tmp_path / "monday", tmp_path / "friday", tmp_path / "x/monday"]
    names = students(*folders)
    assert names[1] == "friday-alice.ipynb"
    assert len(set(names)) == 3


def test_names_that_only_unprintable_letters_tell_apart_stay_apart(tmp_path: Path) -> None:
    names = students(fill(tmp_path, "a\x01.ipynb", "a\x02.ipynb"))
    assert len(set(names)) == 2
    assert all(name.isprintable() for name in names)


@pytest.mark.parametrize(
    ("stem", "student"),
    [
        ("...", "unnamed"),
        ("..\\x", "x"),
        ("C:x", "C-x"),
        ("what? <b>", "what- -b"),
        ("-- -", "unnamed"),
    ],
)
def test_a_students_name_can_name_a_folder_on_any_system(tmp_path: Path, stem: str, student: str) -> None:
    assert read(write(tmp_path / f"{stem}.ipynb", notebook(CODE))).student == student


def test_a_students_name_is_never_too_long_for_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, f"{'é' * 110}ü.ipynb", f"{'é' * 110}ö.ipynb")
    names = students(tmp_path)
    assert len(set(names)) == 2
    assert all(len(name.encode()) < 256 and "/" not in name for name in names)


def test_a_name_is_the_same_however_a_system_composes_its_letters(tmp_path: Path) -> None:
    assert students(fill(tmp_path, "Jose\u0301.ipynb")) == ["Jos\u00e9"]


def test_a_file_given_twice_is_one_submission(tmp_path: Path) -> None:
    fill(tmp_path, "alice.ipynb")
    assert students(tmp_path, tmp_path / "alice.ipynb", tmp_path / "." / "alice.ipynb") == ["alice"]


def test_unreadable_files_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "alice.ipynb")
    write(tmp_path / "bob.ipynb", b"<html>")
    (tmp_path / "carol.ipynb").symlink_to(tmp_path / "alice.ipynb")
    (tmp_path / "dora.ipynb").mkdir()
    (tmp_path / "eve").symlink_to(tmp_path)
    found = collect([tmp_path, tmp_path / "missing.ipynb"])
    assert [submission.student for submission in found.submissions] == ["alice"]
    assert [each.path.name for each in found.refused] == [
        "bob.ipynb", "carol.ipynb", "dora.ipynb", "eve", "missing.ipynb",
    ]  # fmt: skip
    assert "saved web page" in found.refused[0].reason


def test_a_folder_too_deep_is_refused_not_forgotten(tmp_path: Path) -> None:
    fill(tmp_path, "alice.ipynb", "b/c/d/e/f/g/h/deep.ipynb")
    (refused,) = collect([tmp_path]).refused
    assert refused.path == tmp_path / "b/c/d/e/f/g/h"
    assert "6 folders deep" in refused.reason


def test_a_folder_that_can_not_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "iterdir", forbidden)
    (refused,) = collect([tmp_path]).refused
    assert refused.reason == f"{tmp_path}: this folder can't be listed (Permission denied)"


@pytest.mark.parametrize(("names", "found"), [((), "an empty folder"), (("a.txt",), "only .txt")])
def test_a_folder_without_submissions_is_an_error_that_says_what_would_do(
    tmp_path: Path, names: tuple[str, ...], found: str
) -> None:
    with pytest.raises(UsageError) as caught:
        collect([fill(tmp_path, *names)])
    assert str(caught.value).startswith(f"{tmp_path}: found {found}; expected notebooks (.ipynb)")


# --- whatever is uploaded -----------------------------------------------------------------------

SOURCES = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
CELLISH = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", "html"]) | JSON,
        "source": st.text() | st.lists(st.text()) | JSON,
        "input": st.text() | JSON,
        "level": JSON,
    },
)
CELLS = st.lists(CELLISH | JSON) | JSON
NOTEBOOKISH = st.fixed_dictionaries(
    {},
    optional={
        "nbformat": st.integers(1, 6) | JSON,
        "metadata": st.dictionaries(
            st.sampled_from(["kernelspec", "language_info"]),
            JSON | st.dictionaries(st.sampled_from(["name", "language"]), JSON),
        )
        | JSON,
        "cells": CELLS,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}) | JSON) | JSON,
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


def read_or_refuse(path: Path) -> None:
    try:
        submission = read(path)
    except SubmissionUnreadable as error:
        assert str(error).isprintable()  # noqa: PT017  # most examples are read, and that is right
    else:
        submission.model_dump_json().encode()


@settings(deadline=None)
@given(content=JSON | NOTEBOOKISH)
def test_any_json_is_read_or_refused(folder: Path, content: object) -> None:
    read_or_refuse(write(folder / "any.ipynb", content))


@settings(deadline=None)
@given(content=st.binary(), ending=st.sampled_from([".ipynb", ".py"]))
def test_any_bytes_are_read_or_refused(folder: Path, content: bytes, ending: str) -> None:
    read_or_refuse(write(folder / f"bytes{ending}", content))


@settings(deadline=None)
@given(sources=st.lists(st.tuples(st.booleans(), SOURCES)))
def test_sources_survive_being_written_by_jupyter_and_read(folder: Path, sources: list[tuple[bool, str]]) -> None:
    new = {True: nbformat.v4.new_code_cell, False: nbformat.v4.new_markdown_cell}
    made = nbformat.v4.new_notebook(cells=[new[code](source) for code, source in sources])
    nbformat.write(made, folder / "written.ipynb")
    expected = [("code" if code else "markdown", source) for code, source in sources]
    assert cells(folder / "written.ipynb") == expected


@settings(deadline=None)
@given(sources=st.lists(SOURCES))
def test_code_survives_being_written_in_format_3_and_read(folder: Path, sources: list[str]) -> None:
    # Code only: nbformat itself rewrites markdown that begins with "#" as headings.
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])
    nbformat.write(nbformat.convert(made, 3), folder / "old.ipynb")
    assert cells(folder / "old.ipynb") == [("code", source) for source in sources]


@given(pieces=st.lists(st.text("abc =()'#\n\t%", max_size=30), min_size=1))
def test_each_line_of_a_module_is_where_its_cell_says(folder: Path, pieces: list[str]) -> None:
    text = "\n# %%\n".join(pieces) + "\nend"
    lines = text.split("\n")
    for cell in read(write(folder / "lines.py", text.encode())).cells:
        if cell.kind == "code" and cell.source:
            for number, line in enumerate(cell.source.split("\n"), start=cell.line - 1):
                assert lines[number].rstrip() == line.rstrip()
