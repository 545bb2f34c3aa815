"""Claims about reading a student's code: magics don't hide it, and no text of it costs more than a moment."""

from __future__ import annotations

import ast
import time

import pytest

from grader.records import Cell
from grader.syntax import LONGEST, trees


def read(*sources: str) -> dict[int, ast.Module]:
    return trees([Cell(index=index, kind="code", source=source) for index, source in enumerate(sources)])


def lines(source: str) -> list[int]:
    """Return the lines of all calls in a cell; none where it has no tree."""
    return [node.lineno for tree in read(source).values() for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize(
    "magic",
    [
        "%matplotlib inline", "!pip install keras", "?fit", "fit?", "model.fit??", "files = !ls *.csv", "%%time",
        "took = %timeit -o f(x)", "if True:\n    !ls", "!wget -q \\\n  https://example.org/a \\\n  -O a.csv",
    ],
)  # fmt: skip
def test_magics_and_shell_lines_do_not_hide_the_rest_of_a_cell_or_move_its_lines(magic: str) -> None:
    assert lines(f"{magic}\nmodel.fit(x, y)") == [magic.count("\n") + 2]


def test_what_is_python_already_is_read_as_it_stands() -> None:
    assert lines("rest = (f(a)\n    % b)") == [1]


@pytest.mark.parametrize("magic", ["%%bash", "%%writefile model.py", "%%html", "\n%%script false"])
def test_a_cell_that_does_not_run_as_python_here_has_no_tree(magic: str) -> None:
    assert read(f"{magic}\nmodel.fit(x, y)") == {}


@pytest.mark.parametrize(
    "source",
    ["x = \0", "(" * 5_000, "-" * 100_000 + "1", "lambda:" * 20_000 + "1", "print 'a'", "def f(:", "\ud800"],
    ids=range(7),
)  # fmt: skip
def test_what_can_not_be_read_has_no_tree_and_the_other_cells_have_theirs(source: str) -> None:
    assert list(read(source, "x = 1")) == [1]


def test_cells_beyond_what_anybody_writes_are_left_out_and_smaller_ones_after_them_are_read() -> None:
    assert list(read("x = 1", "#" * (LONGEST // 2), "#" * LONGEST, "y = 2")) == [0, 1, 3]


@pytest.mark.parametrize(
    "source",
    ["\n" * 100_000 + "!ls\n", " " * 200_000 + "\n!ls", "!ls\n" * 50_000, "a" * 200_000 + "\n!ls", "\t\n" * 100_000],
    ids=["blank-lines", "spaces", "shell-lines", "one-word", "tabs"],
)  # fmt: skip
def test_any_text_is_read_in_a_moment(source: str) -> None:
    begin = time.process_time()
    read(source)
    assert time.process_time() - begin < 5
