"""What a person, a pipe and an old terminal get to read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from grader import cli
from grader.report.html import render_page
from grader.report.outputs import plain
from grader.report.terminal import show
from grader.report.words import duration, figure, points

from . import builders

if TYPE_CHECKING:
    from grader.records import Result


def piped(result: Result) -> str:
    stream = io.StringIO()
    show(result, Console(file=stream, width=80))
    return stream.getvalue()


def watched(result: Result, *, width: int = 72) -> str:
    stream = io.StringIO()
    show(result, Console(file=stream, force_terminal=True, width=width))
    return stream.getvalue()


def test_piped_output_has_no_codes_and_no_line_is_cut_or_folded() -> None:
    result = builders.failing()
    told = piped(result)
    assert "\x1b" not in told
    for finding in result.findings:
        if finding.help:
            assert f"    {finding.rationale}\n" in told
            assert f"    Next: {finding.help}\n" in told


def test_every_criterion_has_a_line_with_symbol_word_title_and_points() -> None:
    lines = piped(builders.failing()).splitlines()
    assert "✓ Passed      The loss is binary crossentropy  (2 of 2)" in lines
    assert "✗ Failed      One sigmoid unit gives the probability  (0 of 2)" in lines
    assert "◐ Partial     Test accuracy of a correct solution  (3.75 of 4)" in lines
    assert "Not passed yet: 9.75 of 20 points." in lines
    assert "2 criteria are not shown here yet." in lines


def test_a_passed_criterion_needs_one_line_only() -> None:
    assert "Found just what the assignment asks for." not in piped(builders.full_marks())


def test_a_withheld_grade_is_told_as_the_graders_fault() -> None:
    told = piped(builders.withheld())
    assert "Grade withheld: 16 points so far, up to 20 of 20 once the grader is mended." in told
    assert "You don't lose points by it." in told


def test_a_terminal_gets_colours_and_lines_within_its_width() -> None:
    told = watched(builders.failing())
    assert "\x1b[32m" in told
    assert max(len(plain(line)) for line in told.splitlines()) <= 72


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_can_write_any_result(encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    show(builders.hostile(), Console(file=stream))
    stream.flush()
    stream.seek(0)
    told = stream.read()
    assert "Failed" in told
    assert ("✗" in told) == (encoding == "utf-8")


def test_terminal_codes_and_markup_in_a_students_text_have_no_effect() -> None:
    renamed = builders.result(student="\x1b[31m[bold]Eve[/bold]\x1b]0;owned\x07")
    assert "[bold]Eve[/bold], imdb_lovelace.ipynb" in piped(renamed)


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (None, "—")])
def test_points_are_written_short(value: float | None, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (41.3, "41 s"), (119.7, "2 min 0 s"), (7300, "2 h 1 min")],
)
def test_durations_use_the_unit_a_reader_would(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8831, "0.883"), (0, "0.000"), (1e-9, "1e-09"), (float("nan"), "not a number")],
)
def test_figures_have_three_decimals(value: float, text: str) -> None:
    assert figure(value) == text


def test_a_grade_that_waits_for_a_person_is_told_as_nobodys_fault() -> None:
    given = builders.withheld()
    by_hand = [one.model_copy(update={"by_hand": one.points is None}) for one in given.findings]
    waiting = given.model_copy(update={"findings": tuple(by_hand)})
    assert not given.waits_for_a_person
    for told in (piped(waiting), render_page(waiting, notebook=None)):
        assert "A person marks part of your work" in told
        assert "up to 20 of 20 once a person has marked it" in told
        assert "The grader itself failed" not in told
    assert cli._exit_code([waiting]) == 1
    assert cli._exit_code([given]) == 3


def test_a_diagnosis_is_told_with_its_place_the_students_own_line_and_the_fix() -> None:
    failing = builders.failing()
    first = failing.diagnoses[0].model_copy(update={"line_number": 7})
    told = piped(failing.model_copy(update={"diagnoses": (first,)}))
    assert "Diagnosis: Softmax over a single unit  (cell 6, line 7)\n" in told
    assert '    > layers.Dense(1, activation="softmax"),\n' in told
    assert f"    {first.explanation}\n" in told
    assert '    Fix: Use layers.Dense(1, activation="sigmoid").\n' in told
    assert told.index("Diagnosis:") > told.index("Partial")
