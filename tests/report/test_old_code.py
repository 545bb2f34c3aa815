"""What the page and the terminal say about code for older versions."""

from __future__ import annotations

import io
import re
from html import unescape

from rich.console import Console

from grader.records import OldCode, Place, Result
from grader.report import render_page, show

from . import builders

MAPPED = OldCode(
    name="optimizer-lr", effect="mapped", old="RMSprop(lr=0.001)", modern="RMSprop(learning_rate=0.001)",
    why="The learning rate of an optimizer is called learning_rate.", line="opt = RMSprop(lr=2e-3)",
    places=(Place(cell=5, line=2), Place(cell=7, line=1)), count=3,
)  # fmt: skip
FAILED = OldCode(
    name="version-assert", effect="failed", old="assert tf.__version__.startswith('1')", modern="",
    why="Only other versions would do.", line="assert <b>1</b>", places=(Place(cell=3, line=1),), count=1, stopped=(3,),
)  # fmt: skip


def old(*found: OldCode) -> Result:
    return builders.result(execution=builders.execution(old_code=found))


def section(page: str) -> str:
    found = re.search(r'<section id="modernise".*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.group())).split())


def test_the_page_tells_each_spelling_once_with_line_place_count_and_modern_spelling() -> None:
    told = section(render_page(old(MAPPED, FAILED)))
    assert "opt = RMSprop(lr=2e-3)" in told
    assert "Today: RMSprop(learning_rate=0.001)" in told
    assert "It was run as its modern spelling, 3 times." in told
    assert "Cell 6, line 2; cell 8, line 1" in told
    assert told.count("RMSprop(learning_rate=0.001)") == 1
    assert "Today: leave it out." in told
    assert "It stopped cell 4." in told


def test_code_of_a_student_is_shown_as_text() -> None:
    assert "assert &lt;b&gt;1&lt;/b&gt;" in render_page(old(FAILED))


def test_the_page_says_that_it_was_run_in_another_spelling_only_when_it_was() -> None:
    assert "Here they were run as they are written today" in section(render_page(old(MAPPED)))
    assert "Here they were run" not in section(render_page(old(FAILED)))


def test_a_page_without_old_code_has_no_such_section() -> None:
    page = render_page(builders.full_marks())
    assert "Modernise" not in page


def test_the_cell_itself_says_what_to_write() -> None:
    cells = [builders.code("x = 1")] * 8
    page = unescape(render_page(old(MAPPED), notebook=builders.notebook(*cells)))
    assert page.count("write RMSprop(learning_rate=0.001) in place of RMSprop(lr=0.001)") == 2


def test_the_terminal_has_one_line_for_each_spelling() -> None:
    stream = io.StringIO()
    show(old(MAPPED, FAILED), Console(file=stream, width=80))
    lines = stream.getvalue().splitlines()
    assert sum(line.startswith("Old code in cell 6, line 2: write RMSprop(learning_rate=0.001)") for line in lines) == 1
    assert sum(line.startswith("Old code in cell 4, line 1: leave out assert tf") for line in lines) == 1
