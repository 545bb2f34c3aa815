"""What becomes of the outputs of a student's cells before they reach a page."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.records import Result
from grader.report.cells import notebook_view
from grader.report.html import render_page
from grader.report.markdown import blocks
from grader.report.outputs import clean_html, pieces, plain, png_uri

from . import builders
from .reading import Page


def only(output: dict[str, Any]) -> str:
    (piece,) = pieces([output])
    return piece.body


def kinds(*outputs: object) -> list[str]:
    return [piece.kind for piece in pieces(list(outputs))]


def test_terminal_codes_are_taken_out() -> None:
    assert plain("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x9b2J") == "red link"


def test_a_progress_bar_is_shown_in_its_last_state() -> None:
    assert plain("Epoch 1\n1/3 [>  ]\r2/3 [=> ]\r3/3 [==>]\nEpoch 2") == "Epoch 1\n3/3 [==>]\nEpoch 2"
    assert plain("ten\x08\x08\x08\r\nlines\r\n") == "ten\nlines\n"


def test_letters_that_reverse_the_reading_order_are_made_visible() -> None:
    assert plain("a\u202eb") == "a\ufffdb"


def test_fragments_of_one_stream_are_one_output() -> None:
    found = pieces([builders.stream("a"), builders.stream("b"), builders.stream("c", "stderr")])
    assert [(piece.kind, piece.body) for piece in found] == [("text", "ab"), ("stderr", "c")]


def test_a_long_output_keeps_its_beginning_and_its_end_and_says_what_is_missing() -> None:
    (piece,) = pieces([builders.stream("\n".join(str(n) for n in range(5_000)))])
    assert piece.body.startswith("0\n1\n")
    assert piece.body.endswith("4998\n4999")
    assert piece.note == "4,800 lines in the middle are left out."


def test_one_endless_line_is_cut_too() -> None:
    (piece,) = pieces([builders.stream("x" * 900_000)])
    assert len(piece.body) < 21_000
    assert "characters in the middle are left out" in piece.note


def test_a_png_is_shown_and_its_text_form_is_not() -> None:
    assert kinds(builders.display(image_png=builders.png(), text_plain="<Figure>")) == ["image"]


@pytest.mark.parametrize(
    "encoded",
    [
        "!!!",
        base64.b64encode(b"GIF89a" + b"\0" * 40).decode(),
        base64.b64encode(b"<svg onload=alert(1)>").decode(),
        base64.b64encode(base64.b64decode(builders.png()) + b"\0" * 10_000_000).decode(),
        base64.b64encode(base64.b64decode(builders.png())[:16] + b"\0\0\xea\x60" * 2).decode(),
        "é" * 400,
        "",
    ],
    ids=["no base64", "gif", "svg", "10 MB", "60,000 pixels wide", "not ascii", "empty"],
)
def test_what_is_no_bearable_png_is_left_out_with_a_note(encoded: str) -> None:
    assert png_uri(encoded) is None
    assert "An image is left out" in only(builders.display(image_png=encoded))


def test_a_data_frame_keeps_its_table_and_loses_its_style() -> None:
    page = Page(clean_html(builders.TABLE))
    assert [one.text for one in page.all("td")] == ["0.512", "0.794", "0.301", "0.902"]
    assert not page.all("style")
    assert {name for one in page.elements for name in one.attributes} == set()


@pytest.mark.parametrize("attack", builders.ATTACKS, ids=range(len(builders.ATTACKS)))
def test_no_attack_survives_the_allow_list(attack: str) -> None:
    page = Page(clean_html(attack.encode("utf-8", "replace").decode()))
    for one in page.elements:
        assert one.tag in {"table", "tbody", "tr", "td", "img", "style"} - {"style"}
        assert not {"src", "href", "id", "class", "style"} & one.attributes.keys()
        assert not [name for name in one.attributes if name.startswith("on")]


def test_images_in_html_stay_only_when_they_are_pngs_within_the_page() -> None:
    good = f"<img src='data:image/png;base64,{builders.png()}' alt='plot'>"
    bad = "<img src='https://x.example/a.png'><img src='data:image/svg+xml;base64,PHN2Zz4='>"
    found = [one.attributes.get("src", "") for one in Page(clean_html(good + bad)).all("img")]
    assert [one[:22] for one in found] == ["data:image/png;base64,", "", ""]


@pytest.mark.parametrize("span", ["1000000", "-1", "x", "²"])
def test_a_table_cell_spans_no_more_than_a_page_can_bear(span: str) -> None:
    (cell,) = Page(clean_html(f"<table><tr><td colspan='{span}'>x</td></tr></table>")).all("td")
    assert cell.attributes == {}


def test_what_no_page_can_show_is_named() -> None:
    assert only(builders.display(**{"application/javascript": "alert(1)"})) == (
        "Left out, not shown on this page: application/javascript."
    )
    assert kinds({"output_type": "never heard of"}) == ["note"]


def test_too_long_html_falls_back_to_its_text_form() -> None:
    output = builders.display(text_html="<b>x</b>" * 50_000, text_plain="short")
    assert kinds(output) == ["text", "note"]


def test_an_error_shows_its_traceback_without_colours() -> None:
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "v",
        "traceback": ["\x1b[31mE\x1b[0m: v"],
    }
    assert only(error) == "E: v"
    assert only({"output_type": "error", "ename": "E", "evalue": "v"}) == "E: v"


def test_a_cell_with_endless_outputs_is_cut() -> None:
    many = [builders.display(text_plain=str(n)) for n in range(500)]
    found = pieces(many)
    assert len(found) == 101
    assert found[-1].body == "Left out, no room: 400 further outputs."


def test_a_page_full_of_images_stays_bearable() -> None:
    big = base64.b64encode(base64.b64decode(builders.png()) + b"\0" * 1_900_000).decode()
    plots = [builders.display(image_png=big) for _ in range(5)]
    notebook = builders.notebook(*[builders.code("plot()", *plots) for _ in range(20)])
    assert len(render_page(builders.full_marks(), notebook=notebook)) < 10_000_000


@pytest.mark.parametrize("raw", ["<div>" * 12_000, "<a><b><div>" * 5_400, "<b></p>" * 8_500, "<table><b>" * 6_000])
def test_nested_html_is_cleaned_in_bearable_time(raw: str) -> None:
    start = time.process_time()
    pieces([builders.display(text_html=raw)])
    assert time.process_time() - start < 2


@pytest.mark.parametrize("raw", ["\x1b[" * 400_000, "\x1b]" * 400_000, "\r" * 900_000, "\b \r" * 300_000])
def test_terminal_codes_without_end_are_read_in_bearable_time(raw: str) -> None:
    start = time.process_time()
    pieces([builders.stream(raw)])
    assert time.process_time() - start < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
SHOWABLE = ["text/plain", "text/html", "image/png"]
OUTPUT = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "display_data", "execute_result", "error"])},
    optional={
        "text": JSON, "name": JSON, "ename": JSON, "evalue": JSON, "traceback": JSON,
        "data": JSON | st.dictionaries(st.sampled_from(SHOWABLE), JSON),
    },
)  # fmt: skip
CELL = JSON | st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown"])},
    optional={"source": JSON, "outputs": JSON | st.lists(OUTPUT | JSON, max_size=3)},
)
RESULT: Result = builders.failing()


@settings(max_examples=150, deadline=None)
@given(cells=JSON | st.lists(CELL, max_size=4))
def test_no_notebook_whatever_its_shape_breaks_the_page(cells: object) -> None:
    page = Page(render_page(RESULT, notebook={"cells": cells}))
    assert len(page.all("footer")) == 1
    assert not page.all("script")


def test_a_notebook_read_from_json_with_broken_surrogates_is_shown() -> None:
    cells = json.loads('[{"cell_type": "code", "source": "x = \\"\\ud800\\"", "outputs": []}]')
    view = notebook_view({"cells": cells}, RESULT)
    assert view is not None
    assert view.cells[0].lines[0].text == 'x = "\ufffd"'


def test_a_notebook_of_many_cells_is_cut_with_a_count() -> None:
    view = notebook_view(builders.notebook(*[builders.text("x")] * 450), RESULT)
    assert view is not None
    assert (len(view.cells), view.left_out) == (400, 50)


def test_markdown_is_read_into_blocks_of_text() -> None:
    found = blocks("# Title\ntext **bold** `code`\n\n- a\n- b\n\n1. c\n```\nfor x:\n```\n## <b>x</b>")
    assert [block.kind for block in found] == [
        "heading", "paragraph", "bullets", "numbers", "code", "heading",
    ]  # fmt: skip
    assert [span.kind for span in found[1].lines[0]] == ["text", "strong", "text", "code"]
    assert found[-1].lines[0][0].text == "<b>x</b>"
