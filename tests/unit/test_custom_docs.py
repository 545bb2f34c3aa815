"""Claims of docs/custom-checks.md: its worked example runs, and says what the page says it says."""

from __future__ import annotations

import re
from pathlib import Path

from grader.assignment import load
from grader.checks import CHECKS
from grader.rubric import findings

from .builders import FACTS, run, submitted

PAGE = (Path(__file__).parents[2] / "docs" / "custom-checks.md").read_text(encoding="utf-8")
HEAD = 'title = "Reviews"\nloader = "imdb"\ntask = "binary"\nmetric = "accuracy"\n'


def block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


def test_the_worked_example_of_the_page_gives_the_points_and_the_words_that_the_page_promises(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text(block("python"))
    (tmp_path / "assignment.toml").write_text(HEAD + block("toml"))
    judged = load(tmp_path, checks=CHECKS)
    (long,) = findings(judged, submitted(run(epochs=20)), FACTS)
    assert f"{long.points:.0f} of these {long.possible:.0f} points" in PAGE
    assert f"> {long.rationale} {long.help}\n" in PAGE
    (short,) = findings(judged, submitted(run(epochs=4)), FACTS)
    assert short.points == 2
