"""What a reader of the feedback page can count on."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.records import Exit, Verdict
from grader.report.html import render_page
from grader.report.words import EVIDENCE_MEANINGS, VERDICT_WORDS, points

from . import builders
from .reading import Page, outline

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.records import Result

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVERY = [
    builders.full_marks,
    builders.failing,
    builders.withheld,
    builders.crashed,
    builders.k_fold,
    builders.hostile,
]
every_result = pytest.mark.parametrize("build", EVERY, ids=lambda build: build.__name__)


def page_of(result: Result, *, with_notebook: bool = True) -> Page:
    hostile = result.student.startswith("<")
    notebook = builders.hostile_notebook() if hostile else builders.executed_notebook()
    return Page(render_page(result, notebook=notebook if with_notebook else None))


@every_result
def test_every_finding_stands_in_the_table_with_its_verdict_and_points(
    build: Callable[[], Result],
) -> None:
    result = build()
    rows = page_of(result).all("tr", role="row")[1:]
    assert len(rows) == len(result.findings)
    for row, finding in zip(rows, result.findings, strict=True):
        assert row.text.startswith(VERDICT_WORDS[finding.verdict])
        if finding.possible:
            assert row.text.endswith(f"{points(finding.points)} of {points(finding.possible)}")


@every_result
def test_the_page_is_well_formed_and_each_id_is_used_once(build: Callable[[], Result]) -> None:
    page = page_of(build())
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert page.unclosed == []
    assert len(ids) == len(set(ids))


@every_result
def test_every_link_on_the_page_leads_to_a_place_on_it(build: Callable[[], Result]) -> None:
    page = page_of(build())
    ids = {one.attributes.get("id") for one in page.elements}
    links = [one.attributes["href"] for one in page.all("a")]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


@every_result
def test_headings_go_down_one_level_at_a_time(build: Callable[[], Result]) -> None:
    levels = [int(one.tag[1]) for one in page_of(build()).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@every_result
def test_a_page_has_landmarks_a_language_and_a_way_past_the_header(
    build: Callable[[], Result],
) -> None:
    page = page_of(build())
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("main").attributes["id"] == "main"
    assert page.all("a")[0].attributes == {"class": "skip", "href": "#main"}
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]


@every_result
def test_every_table_head_has_a_scope_and_every_chart_a_text_alternative(
    build: Callable[[], Result],
) -> None:
    page = page_of(build())
    students = [one for rich in page.all("div", class_="rich") for one in page.within(rich, "th")]
    ours = [one for one in page.all("th") if one not in students]
    assert ours
    assert {one.attributes.get("scope") for one in ours} <= {"row", "col"}
    named = {one.attributes.get("id"): one.text for one in page.all("title", "desc")}
    for chart in page.all("svg", role="img"):
        assert all(named[ident] for ident in chart.attributes["aria-labelledby"].split())


@every_result
def test_nothing_on_a_page_can_run_or_load(build: Callable[[], Result]) -> None:
    page = page_of(build())
    forbidden = {"script", "iframe", "object", "embed", "form", "input", "base", "math", "audio"}
    assert not [one.tag for one in page.elements if one.tag in forbidden]
    for one in page.elements:
        assert not [name for name in one.attributes if name.startswith("on")]
        assert "style" not in one.attributes
        for name in ("src", "href", "action", "srcset", "xlink:href"):
            assert one.attributes.get(name, "#").startswith(("#", "data:image/png;base64,", "data:,"))
    assert len(page.all("style")) == 1
    assert [one.attributes.get("http-equiv") for one in page.all("meta")].count("refresh") == 0


@every_result
def test_the_policy_allows_just_the_style_block_that_is_there(build: Callable[[], Result]) -> None:
    page = page_of(build())
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    digest = hashlib.sha256(page.one("style").raw.encode()).digest()
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}';" in policy
    assert "default-src 'none';" in policy
    assert "unsafe" not in policy


def test_the_head_tells_the_points_of_the_result() -> None:
    page = page_of(builders.failing())
    assert page.one("span", class_="earned").text == "9.75"
    assert page.one("span", class_="of").text == "of 20 points"
    assert "Not passed yet" in page.one("header").text


def test_a_withheld_grade_is_never_told_as_zero_or_as_a_failure() -> None:
    head = page_of(builders.withheld()).one("header").text
    assert "Grade withheld" in head
    assert "16 points so far, up to 20 of 20 once the grader is mended" in head
    assert "Not passed" not in head


def test_the_three_findings_with_most_to_win_come_first() -> None:
    cards = [one.text for one in page_of(builders.failing()).all("li", class_="fix")]
    assert len(cards) == 3
    assert cards[0].startswith("Reviews are multi-hot vectors of 10,000 words")
    assert ["3 points to win" in cards[0], "2 points to win" in cards[1]] == [True, True]
    assert "Next: Write results[i, j] = 1.0 instead of adding 1.0." in cards[0]


def test_when_the_code_stopped_the_page_says_where_to_start_instead_of_listing_what_waits() -> None:
    page = page_of(builders.crashed())
    callout = page.one("div", class_="callout").text
    assert "stopped with an error in cell 6, line 2" in callout
    assert "NameError: name 'layer' is not defined" in callout
    assert "8 criteria could not be looked at: 16 points to win." in callout
    assert not page.all("li", class_="skipped")


def test_full_marks_are_congratulated_and_nothing_is_asked() -> None:
    page = page_of(builders.full_marks())
    assert "Everything passed." in page.one("p", class_="congratulations").text
    assert not page.all("li", class_="fix")


@pytest.mark.parametrize(("hidden", "line"), [(1, "1 criterion is"), (2, "2 criteria are")])
def test_findings_left_out_of_the_view_are_counted(hidden: int, line: str) -> None:
    page = page_of(builders.result(hidden=hidden))
    assert f"{line} not shown here yet." in page.one("header").text
    assert "Everything you can see here passed." in page.text


def test_nothing_is_said_about_hidden_findings_when_there_are_none() -> None:
    assert "not shown here yet" not in page_of(builders.full_marks()).text


def test_grades_of_evidence_are_explained_in_plain_words() -> None:
    result = builders.failing()
    legend = page_of(result).one("dl", class_="legend").text
    for evidence in {finding.evidence for finding in result.findings}:
        assert EVIDENCE_MEANINGS[evidence] in legend


def test_verdicts_differ_by_word_and_by_shape() -> None:
    page = page_of(builders.failing())
    shapes = {use.attributes["href"] for use in page.all("use")}
    assert {f"#v-{verdict}" for verdict in ("passed", "partial", "failed", "skipped")} <= shapes


def test_a_diagnosis_shows_the_students_own_line_and_the_fix() -> None:
    diagnosis = page_of(builders.failing()).all("article", class_="diagnosis")[0]
    assert 'layers.Dense(1, activation="softmax"),' in diagnosis.text
    assert 'Fix: Use layers.Dense(1, activation="sigmoid").' in diagnosis.text


def test_the_line_of_a_diagnosis_is_named_and_marked_in_the_notebook() -> None:
    failing, cells = builders.failing(), builders.executed_notebook()["cells"]
    cell = next(number for number, one in enumerate(cells) if one["cell_type"] == "code")
    line = "".join(cells[cell]["source"]).split("\n")[0]
    named = failing.diagnoses[0].model_copy(update={"cell": cell, "line_number": 1})
    page = page_of(failing.model_copy(update={"findings": (), "diagnoses": (named,)}))
    assert f"Cell {cell + 1}, line 1" in page.all("article", class_="diagnosis")[0].text
    assert line in [mark.text for mark in page.all("mark")]


@pytest.mark.parametrize("folds", [4, 25])
def test_the_experiment_table_lists_every_run_and_marks_the_graded_one(folds: int) -> None:
    page = page_of(builders.k_fold(folds=folds, epochs=20))
    rows = page.within(page.one("table", class_="runs"), "tr")
    assert len(rows) == 1 + folds + 1
    graded = page.one("tr", class_="graded-run").text
    assert graded.startswith(f"{folds + 1} graded")
    assert "MAE 0.312 verified" in graded
    region = page.one("div", class_="scroll").attributes
    assert (region["tabindex"], region["role"]) == ("0", "region")


def test_the_curve_of_all_folds_together_stands_before_the_single_ones() -> None:
    figures = page_of(builders.k_fold(folds=4)).all("figure", class_="curve")
    assert figures[0].text.startswith("Average of 4 folds")
    assert figures[1].text.startswith("Run 5, graded")


def test_the_curves_say_after_which_epoch_overfitting_starts() -> None:
    readings = [one.text for one in page_of(builders.full_marks()).all("span", class_="reading")]
    assert "Trained without validation rows" in readings[0]
    assert "Overfitting starts after epoch 4" in readings[1]


def test_running_without_a_sandbox_is_said_in_plain_words() -> None:
    assert "this code ran without a sandbox" in page_of(builders.failing()).one("footer").text
    assert "without a sandbox" not in page_of(builders.full_marks()).one("footer").text


@pytest.mark.parametrize("exit_", list(Exit))
def test_every_way_an_execution_can_end_has_a_page(exit_: Exit) -> None:
    result = builders.result(execution=builders.execution(exit=exit_, stopped="A limit of 9 s."))
    start = page_of(result).all("div", class_="callout")
    assert len(start) == (exit_ is not Exit.OK)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_row(verdict: Verdict) -> None:
    one = builders.finding("loss", "The loss", 2, verdict=verdict, points=None, credit=None)
    assert VERDICT_WORDS[verdict] in page_of(builders.result(findings=(one,))).text


def test_an_empty_result_still_makes_a_page() -> None:
    empty = builders.result(findings=(), runs=(), score=None, graded_model=None, title="")
    assert "No criteria to show." in page_of(empty, with_notebook=False).text


def test_text_that_looks_like_markup_or_a_template_is_shown_as_it_is() -> None:
    page = page_of(builders.hostile())
    assert "<script>alert('student')</script>" in page.one("p", class_="who").text
    assert "{{ 7 * 7 }}{% include 'x' %}" in page.text
    assert "\x00" not in page.text
    assert "\u202e" not in page.text


def test_a_page_can_always_be_written_as_utf8() -> None:
    render_page(builders.hostile(), notebook=builders.hostile_notebook()).encode("utf-8")


def test_cells_are_linked_only_where_the_notebook_is_on_the_page() -> None:
    without = page_of(builders.failing(), with_notebook=False)
    assert not [one for one in without.all("a") if "#cell-" in one.attributes["href"]]
    assert "Cell 4, line 4" in without.text
    assert "#cell-3" in [one.attributes["href"] for one in page_of(builders.failing()).all("a")]


def test_findings_stand_beside_their_cell_and_their_line_is_marked() -> None:
    page = page_of(builders.failing())
    cell = page.one("div", id="cell-3")
    assert "Failed Reviews are multi-hot vectors of 10,000 words line 4" in cell.text
    assert page.all("mark")[0].text == "for j in sequence: results[i, j] += 1.0"


def _shades(scheme: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))


def _light(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_aa_asks_for(scheme: int) -> None:
    style = page_of(builders.full_marks()).one("style").raw
    shades = _shades(re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)[scheme])
    grounds = ("paper", "raised", "sunk", "accent-wash")
    pairs = [
        (ink, ground) for ink in ("ink", "soft", "accent", *(str(verdict) for verdict in Verdict)) for ground in grounds
    ]
    pairs += [("ink", f"{verdict}-wash") for verdict in Verdict]
    for ink, ground in pairs:
        low, high = sorted((_light(shades[ink]), _light(shades[ground])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_a_page_of_the_official_length_is_small_and_fast() -> None:
    result, notebook = builders.k_fold(folds=4), builders.executed_notebook()
    render_page(result, notebook=notebook)
    seconds = min(_timed(lambda: render_page(result)) for _ in range(5))
    with_notebook = min(_timed(lambda: render_page(result, notebook=notebook)) for _ in range(5))
    assert seconds < 0.05
    assert with_notebook < 0.3
    assert len(render_page(result, notebook=notebook).encode()) < 1_000_000


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("build", [builders.failing, builders.withheld], ids=["failing", "withheld"])
def test_the_page_is_as_it_was_last_looked_at(build: Callable[[], Result]) -> None:
    """Set ``UPDATE_SNAPSHOTS=1`` to accept a change, after looking at the page."""
    file = SNAPSHOTS / f"{build.__name__}.txt"
    found = outline(render_page(build(), notebook=builders.executed_notebook()))
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")
