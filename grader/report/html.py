"""Renders a result as the student's feedback page: one file, no script, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.records import Evidence, Exit, Result, Verdict
from grader.report import story, words
from grader.report.cells import notebook_view
from grader.report.charts import points_bar, scale_strip
from grader.report.curves import curve_set
from grader.report.outputs import plain
from grader.report.spread import Mark, Row, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.records import ScoreScale

FIXES_MOST: Final = 3
RUNS_MOST: Final = 200  # rows of the experiment table

# What no page should hold: controls, halves of surrogate pairs (a notebook's JSON can carry them,
# UTF-8 can't), non-characters, and characters that reverse the reading order and so can show other
# text than is there. Each becomes one visible mark, so that no two texts join up.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def render_page(result: Result, *, notebook: Mapping[str, object] | None = None) -> str:
    """Return the feedback page of one submission as a complete HTML document.

    ``result`` holds only what this reader may see; ``result.hidden`` tells how much was left out.
    ``notebook`` is the executed notebook in nbformat 4, outputs included; all of it is untrusted.
    """
    cells = notebook_view(notebook, result)
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            result=result,
            notebook=cells,
            anchors=cells.anchors if cells else frozenset(),
            fixes=story.to_fix(result),
            fixes_most=FIXES_MOST,
            errored=[one for one in result.findings if one.verdict is Verdict.ERRORED],
            curves=curve_set(result),
            runs=result.runs[:RUNS_MOST],
            graded=result.graded_model.run if result.graded_model else None,
            strips=strips(result.score) if result.score else (),
            variants=variants(result.score) if result.score else (),
            scale_words=scale_words(result.score) if result.score else "",
            bar=points_bar(result.findings),
        )
    )
    return _UNPRINTABLE.sub("\ufffd", page)


def strips(scale: ScoreScale) -> tuple[str, ...]:
    """Return the strip for a wide and for a narrow page, or nothing when it can't be drawn."""
    wide = scale_strip(scale, description=scale_words(scale))
    narrow = scale_strip(scale, description=scale_words(scale), width=340, ident="scale-narrow")
    return (wide, narrow) if wide else ()


def variants(scale: ScoreScale) -> tuple[str, ...]:
    """Return how each correct variant fared beside this score, drawn for a wide and for a narrow page."""
    rows = [Row(name=name, values=series) for name, series in scale.reference.items()]
    told = {mark: words.measured(scale.metric, mark) for mark in (scale.full, scale.value)}
    marks = [
        Mark(value=scale.full, label=f"full points: {told[scale.full]}", kind="full"),
        Mark(value=scale.value, label=f"you: {told[scale.value]}", kind="you"),
    ]
    name = f"Test {words.METRIC_WORDS.get(scale.metric, scale.metric)} of each kind of correct solution"
    description = "Each row is one kind of correct solution; the table below has its numbers."
    both = [
        spread(rows, marks, name=name, description=description, ident=ident, width=width)
        for ident, width in (("variants", 720.0), ("variants-narrow", 340.0))
    ]
    return tuple(both) if both[0] else ()


def scale_words(scale: ScoreScale) -> str:
    """Return where a score lies, in words: the strip's text alternative and its caption."""
    better = "Higher" if scale.higher_is_better else "Lower"
    metric = words.METRIC_WORDS.get(scale.metric, scale.metric)
    sentences = [
        f"Your test {metric} is {words.measured(scale.metric, scale.value)}.",
        f"Full points begin at {words.measured(scale.metric, scale.full)};",
        f"a naive guess reaches {words.measured(scale.metric, scale.baseline)} and earns none.",
        f"{better} is better.",
    ]
    if scale.values:
        low, high = min(scale.values), max(scale.values)
        sentences.insert(
            1,
            f"{words.counted(len(scale.values), 'correct solution')} reached "
            f"{words.measured(scale.metric, low)} to {words.measured(scale.metric, high)}.",
        )
    return " ".join(sentences)


@cache
def _environment() -> Environment:
    """Return the templates, compiled once per process."""
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,  # for every template: the usual selection doesn't know ``.html.j2``
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _style(environment)
    environment.globals |= {
        "style": style,
        "style_source": style_source(style),
        "words": words,
        "story": story,
        "Verdict": Verdict,
        "Evidence": Evidence,
        "Exit": Exit,
    }
    environment.filters |= {"drawing": _drawing, "plain": plain}
    return environment


def _style(environment: Environment) -> Markup:
    """Return the style sheet; a template of its own, so that it is found where the others are."""
    sheet = environment.get_template("page.css").render()
    return Markup(sheet)  # noqa: S704 - safe: our own file, nothing is put into it


def style_source(style: str) -> str:
    """Return the source expression that lets a browser apply just this style block (CSP 3)."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _drawing(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - safe: written by ElementTree, which escapes all it is given
