"""Keep what a submission came to: result, page, executed notebook and capture, in a folder for each student."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from grader.errors import CaptureInvalid
from grader.pipeline import Graded
from grader.records import Result
from grader.report import render_page
from grader.trusted import read_bytes
from grader.visibility import visible_to

COLUMNS = ("student", "assignment", "points", "possible", "passed", "withheld", "exit", "file")
KEPT_CAP = 256 << 20  # bytes of one file
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so


def keep(graded: Graded, home: Path, *, capture: Path) -> None:
    """Write ``home/<assignment>/`` with result.json and feedback.html, and the run's capture and notebook beside."""
    home.mkdir(parents=True, exist_ok=True)
    _replace_folder(capture, home / "capture")
    _replace_text(home / "executed.ipynb", json.dumps(graded.notebook, ensure_ascii=True, indent=1))
    for name, result in graded.results.items():
        folder = home / name
        folder.mkdir(exist_ok=True)
        seen = visible_to(result, student=True, now=datetime.now(UTC))
        _replace_text(folder / "feedback.html", render_page(seen, notebook=graded.notebook))
        _replace_text(folder / "result.json", result.to_json())


def _replace_text(path: Path, text: str) -> None:
    """Write a file so that at any instant it is the old one or the new one, never a part."""
    scratch = path.with_name(f".{path.name}.new")
    with scratch.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _replace_folder(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        for path in sorted(source.rglob("*")):
            _keep_file(path, target / path.relative_to(source))


def _keep_file(path: Path, target: Path) -> None:
    """Copy a capture's regular file of bearable size; anything else that a student's code left there is not kept."""
    try:
        content = read_bytes(path, cap=KEPT_CAP)
    except CaptureInvalid:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def gradebook(results: Sequence[Result], absent: Sequence[tuple[str, str]] = ()) -> str:
    """Return a CSV with one row for each student and assignment; cells can't act as spreadsheet formulas.

    Each member of a group has a row, and so has who is ``absent``, with the reason in place of how the run ended.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    rows = [row for result in results for row in _rows(result)]
    for row in (*rows, *((student, "", "", "", "false", "", reason, "") for student, reason in absent)):
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return text.getvalue()


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    points = "" if result.withheld else f"{result.points:g}"
    for student in dict.fromkeys((result.student, *result.members)):
        yield (
            student, result.assignment, points, f"{result.possible:g}", str(result.passed).lower(),
            str(result.withheld).lower(), result.execution.exit.value, result.submission.file,
        )  # fmt: skip
