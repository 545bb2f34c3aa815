"""Draws a row of dots for each way to solve a task: where its seeds landed, and where full points begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from grader.report.axes import Axis, add, canvas, span_of, usable, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

_ROW: Final = 40.0  # height of a row: its name, then its dots
_TOP: Final = 8.0
_FOOT: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One variant: a value for each seed, and the bound that nearly all of its seeds stay within."""

    name: str
    values: tuple[float, ...]
    kind: Literal["right", "wrong"] = "right"
    bound: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A value that goes through all rows, with its label at the foot."""

    value: float
    label: str
    kind: Literal["full", "you"]


def spread(
    rows: Sequence[Row], marks: Sequence[Mark], *, name: str, description: str, ident: str, width: float = 720,
    style: str = "",
) -> str:  # fmt: skip
    """Return the rows as SVG, ``width`` units wide; empty when there is nothing to draw.

    ``style`` makes it a file of its own; on a page, the page's style sheet has the colours.
    """
    known = [value for row in rows for value in row.values if usable(value)]
    drawn = [mark for mark in marks if usable(mark.value)]
    if not known or len(drawn) < len(marks):
        return ""
    low, high = span_of([*known, *(mark.value for mark in drawn)])
    axis = Axis(low=low, high=high, start=8, end=width - 8)
    height = _TOP + _ROW * len(rows) + _FOOT + 18 * (len(drawn) - 1)
    svg = canvas(width=width, height=height, name=name, description=description, ident=ident)
    if style:
        svg.set("xmlns", "http://www.w3.org/2000/svg")
        add(svg, "style", style)
    for number, mark in enumerate(drawn):
        _mark(svg, axis, mark, bottom=_TOP + _ROW * len(rows), row=number)
    for number, row in enumerate(rows):
        _row(svg, axis, row, top=_TOP + _ROW * number)
    return written(svg)


def _row(svg: Element, axis: Axis, row: Row, *, top: float) -> None:
    group = add(svg, "g", class_=f"variant {row.kind}")
    wrong = " (wrong on purpose)" if row.kind == "wrong" else ""
    add(group, "text", f"{row.name}{wrong}", x=axis.start, y=top + 13, class_="tick start")
    add(group, "line", x1=axis.start, x2=axis.end, y1=top + 26, y2=top + 26, class_="grid")
    for value in row.values:
        if usable(value):
            add(group, "circle", cx=axis.at(value), cy=top + 26, r=4, class_="seed")
    if row.bound is not None and axis.low <= row.bound <= axis.high:
        at = axis.at(row.bound)
        add(group, "line", x1=at, x2=at, y1=top + 18, y2=top + 34, class_="bound")


def _mark(svg: Element, axis: Axis, mark: Mark, *, bottom: float, row: int) -> None:
    at = axis.at(mark.value)
    side = "start" if at < axis.start + 80 else "end" if at > axis.end - 80 else "mid"
    add(svg, "line", x1=at, x2=at, y1=_TOP, y2=bottom + 4, class_=f"mark {mark.kind}")
    add(svg, "text", mark.label, x=at, y=bottom + 20 + 18 * row, class_=f"tick {side} {mark.kind}")
