"""The command line as its users meet it: one clear line for bad input, the right exit code, the others graded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import nbformat
import pytest

from grader.schema import FILE, result_schema


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=environment, timeout=300)


def notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


BAD = {
    "web.ipynb": b"<!DOCTYPE html><html><body>a saved page</body></html>",
    "broken.ipynb": b'{"cells": [',
    "latin.ipynb": b'{"cells": [{"cell_type": "code", "source": "x = \xff\xfe"}], "nbformat": 4}',
    "data.ipynb": b'{"a": 1}',
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_notebook_is_one_clear_line_and_exit_code_2(name: str, tmp_path: Path, standin: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    done = run("check", "imdb", path, "--data", standin)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2
    assert len(lines) == 1
    assert name in lines[0]


def test_a_notebook_of_200_mb_is_refused_without_reading_it(tmp_path: Path, standin: Path) -> None:
    path = tmp_path / "large.ipynb"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    done = run("check", "imdb", path, "--data", standin)
    assert done.returncode == 2
    assert "large.ipynb" in done.stderr


def test_an_unknown_assignment_is_answered_with_the_choices(tmp_path: Path) -> None:
    done = run("check", "imbd", notebook(tmp_path / "a.ipynb", "1"))
    assert done.returncode == 2
    assert "imdb" in done.stderr
    assert "reuters" in done.stderr


def test_missing_data_names_both_remedies(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("check", "imdb", notebook(tmp_path / "a.ipynb", "1"), "--data", tmp_path / "empty")
    assert done.returncode == 2
    assert "grader data fetch" in done.stderr
    assert "grader data standin" in done.stderr


def test_a_folder_without_submissions_is_named(tmp_path: Path, standin: Path) -> None:
    (tmp_path / "nothing").mkdir()
    done = run("grade", "imdb", tmp_path / "nothing", "--out", tmp_path / "out", "--data", standin)
    assert done.returncode == 2
    assert "nothing" in done.stderr


def test_a_path_that_does_not_exist_is_named(tmp_path: Path, standin: Path) -> None:
    done = run("grade", "imdb", tmp_path / "gone.ipynb", "--out", tmp_path / "out", "--data", standin)
    assert done.returncode == 2
    assert "gone.ipynb" in done.stderr


def test_a_bad_file_in_a_batch_is_reported_and_the_others_are_graded(tmp_path: Path, standin: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    notebook(work / "ada.ipynb", "x = 1")
    (work / "bob.ipynb").write_bytes(BAD["broken.ipynb"])
    done = run("grade", "imdb", "reuters", work, "--out", tmp_path / "out", "--data", standin)
    assert done.returncode == 2
    assert "bob.ipynb" in done.stderr
    for name in ("imdb", "reuters"):
        result = json.loads((tmp_path / "out" / "ada" / name / "result.json").read_text())
        assert result["points"] == 0
        assert not result["withheld"]
    rows = (tmp_path / "out" / "gradebook.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [["ada", "imdb", "0"], ["ada", "reuters", "0"], ["bob", "", ""]]


def test_an_export_with_a_roster_is_shown_before_it_is_run_and_then_graded(tmp_path: Path) -> None:
    sources = {"byronada_101_9001_hw.ipynb": "import helpers, data.more", "roebob_LATE_102_9002_hw.ipynb": "1"}
    export = tmp_path / "export.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name, source in sources.items():
            cells = [nbformat.v4.new_code_cell(source)]
            archive.writestr(name, nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
        archive.writestr("byronada_101_9003_helpers-1.py", "open('table.csv').read()")
        archive.writestr("byronada_101_9004_table.csv", "1,2")
        archive.writestr("poeann_103_9005_report.pdf", "%PDF")
    roster = tmp_path / "roster.csv"
    roster.write_text("name,id\nAda Byron,s1\nBob Roe,s2\nMax Zoe,s3\n")
    asked = ("grade", "breast-cancer", export, "--roster", roster)

    plan = run(*asked, "--dry-run")
    assert plan.returncode == 2
    assert "Canvas export, 3 uploads" in plan.stderr
    for wanted in ("Ada Byron", "helpers.py, table.csv", "late", "report.pdf", "Max Zoe"):
        assert wanted in plan.stdout

    done = run(*asked, "--out", tmp_path / "out", "--only", "s1")
    assert done.returncode == 0
    result = json.loads((tmp_path / "out" / "Ada Byron" / "breast-cancer" / "result.json").read_text())
    assert (result["student_id"], result["late"]) == ("s1", False)
    executed = (tmp_path / "out" / "Ada Byron" / "executed.ipynb").read_text()
    assert "No module named 'data'" in executed, "the helper was found and read its table; the other is not there"
    assert not (tmp_path / "out" / "Bob Roe").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--only", "adda"), "--only 'adda': found no submission of that student"),
        (("--pattern", "("), "a regular expression with a mistake in it"),
        (("--pattern", "(?P<student>.)", "--layout", "canvas"), "expected one of them"),
        (("--roster", "gone.csv"), "the roster can't be read"),
    ],
)
def test_options_of_intake_that_can_not_do_are_one_clear_line(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = run("grade", "breast-cancer", notebook(tmp_path / "ada.ipynb", "1"), *options, "--dry-run")
    assert (done.returncode, said in done.stderr, len(done.stderr.strip().splitlines())) == (2, True, 1)


def test_check_prints_json_that_fits_the_published_schema_and_writes_a_page(tmp_path: Path, standin: Path) -> None:
    page = tmp_path / "page.html"
    work = notebook(tmp_path / "ada.ipynb", "print('<script>alert(1)</script>')", "1/0")
    done = run("check", "california-housing", work, "--data", standin, "--json", "--html", page)
    assert done.returncode == 1
    result = json.loads(done.stdout)
    jsonschema.validate(result, json.loads(FILE.read_text()))
    assert result["execution"]["exit"] == "raised"
    assert result["data"]["source"] == "standin-small"
    assert "ZeroDivisionError" in page.read_text()
    assert "<script>alert" not in page.read_text()


def test_the_published_schema_is_the_one_of_the_records() -> None:
    assert FILE.read_text() == result_schema(), "run: grader schema > grader/result.schema.json"
