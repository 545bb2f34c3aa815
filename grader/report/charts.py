"""Turns numbers into inline SVG: learning curves, the *you are here* strip and the points bar.

Pure functions: the same numbers give the same drawing. Colours come from the page's style sheet,
by class, so that a drawing follows the light and the dark scheme.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from grader.records import Verdict
from grader.report.axes import (
    Axis,
    add,
    canvas,
    span_of,
    tick_label,
    tick_step,
    usable,
    written,
)
from grader.report.words import METRIC_WORDS, VERDICT_WORDS, measured, points

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from grader.records import Finding, ScoreScale

_DRAWN_MOST: Final = 500  # points of one line; more can't be told apart at this width
_DOTS_BELOW: Final = 26  # epochs up to which every point gets its dot
_SETTLED: Final = 10  # epochs after which a loss has left its starting height
_LONG: Final = 30  # epochs from which a steep start may leave the chart
_COLUMN: Final = 6.0  # width of one pile of dots, drawing units
_PILE_MOST: Final = 56.0  # height of a pile: between the band and the label of *you*
_STEEP: Final = 2.5  # how many times higher the start is than all the rest


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line of a learning curve: a value per epoch, from epoch 1."""

    name: str
    values: tuple[float, ...]
    part: Literal["training", "validation"]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The plotting area of a chart: where epochs and values lie."""

    x: Axis
    y: Axis


def line_chart(
    *,
    series: Sequence[Series],
    quantity: str,
    name: str,
    description: str,
    ident: str,
    best: int | None = None,
    overfits: bool = False,
) -> str:
    """Return learning curves over epochs as SVG; empty when no value can be drawn.

    ``best`` is the epoch (from 1) to mark; where a run ``overfits``, what follows it is shaded.
    Values that aren't finite leave a gap in their line.
    """
    known = [value for one in series for value in one.values if usable(value)]
    if not known:
        return ""
    epochs = max(len(one.values) for one in series)
    low, high = span_of([*known_below(series, ceiling(series))])
    frame = Frame(x=epoch_axis(epochs), y=Axis(low=low, high=high, start=252, end=44))
    drawing = canvas(width=520, height=300, name=name, description=description, ident=ident)
    if best is not None and best <= epochs:
        _mark_best(drawing, frame, best=best, overfits=overfits)
    _grid(drawing, frame)
    for one in series:
        _line(drawing, frame, one)
    _legend(drawing, series, quantity=quantity)
    return written(drawing)


def ceiling(series: Sequence[Series]) -> float:
    """Return the height above which a steep start is left off, or infinity when all fits.

    The first epochs of a regression are often many times worse than all others, and would press
    the part worth reading into a flat line (the book's plot leaves out its first ten points).
    """
    start = [value for one in series for value in one.values[:_SETTLED] if usable(value)]
    rest = [value for one in series for value in one.values[_SETTLED:] if usable(value)]
    long_enough = max((len(one.values) for one in series), default=0) >= _LONG
    if not (long_enough and rest and start) or max(rest) <= 0 or max(start) < _STEEP * max(rest):
        return math.inf
    return _STEEP / 2 * max(rest)


def known_below(series: Sequence[Series], top: float) -> list[float]:
    """Return all values that are drawn."""
    return [value for one in series for value in one.values if usable(value) and value <= top]


def epoch_axis(epochs: int) -> Axis:
    """Return the scale of epochs 1 to ``epochs``; a single epoch lies in the middle."""
    air = 0.5 if epochs == 1 else 0.02 * (epochs - 1)
    return Axis(low=1 - air, high=epochs + air, start=56, end=508)


def _grid(drawing: Element, frame: Frame) -> None:
    x, y = frame.x, frame.y
    step = tick_step(y.high - y.low, most=5)
    for value in y.ticks():
        add(drawing, "line", x1=x.start, x2=x.end, y1=y.at(value), y2=y.at(value), class_="grid")
        add(
            drawing,
            "text",
            tick_label(value, step=step),
            x=x.start - 8,
            y=y.at(value) + 4,
            class_="tick end",
        )
    for value in filter(_is_epoch, x.ticks(most=8, whole=True)):
        add(drawing, "text", f"{value:.0f}", x=x.at(value), y=y.start + 19, class_="tick mid")
    add(drawing, "line", x1=x.start, x2=x.end, y1=y.start, y2=y.start, class_="axis")
    add(drawing, "text", "epoch", x=(x.start + x.end) / 2, y=y.start + 40, class_="tick mid")


def _is_epoch(value: float) -> bool:
    return value >= 1  # the scale begins a little before epoch 1, so that its dot has air


def _line(drawing: Element, frame: Frame, one: Series) -> None:
    stretches = _stretches(one.values, frame)
    for stretch in stretches:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in stretch)
        add(drawing, "path", d=path, class_=f"line {one.part}")
    dotted = len(one.values) <= _DOTS_BELOW
    for stretch in stretches:
        for x, y in stretch if dotted else stretch[: len(stretch) == 1]:
            add(drawing, "circle", cx=x, cy=y, r="2.6", class_=f"dot {one.part}")


def _stretches(values: Sequence[float], frame: Frame) -> list[list[tuple[float, float]]]:
    """Return the unbroken stretches of a line as drawing positions, thinned when very long."""
    every = max(1, math.ceil(len(values) / _DRAWN_MOST))
    stretches: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values, start=1):
        if not usable(value) or value > frame.y.high:
            stretches.append([])
        elif number % every == 0 or number in (1, len(values)):
            stretches[-1].append((frame.x.at(number), frame.y.at(value)))
    return [stretch for stretch in stretches if stretch]


def _mark_best(drawing: Element, frame: Frame, *, best: int, overfits: bool) -> None:
    x, y = frame.x, frame.y
    at = x.at(best)
    if overfits:
        add(
            drawing,
            "rect",
            x=at,
            y=y.end,
            width=x.end - at,
            height=y.start - y.end,
            class_="after-best",
        )
    add(drawing, "line", x1=at, x2=at, y1=y.end, y2=y.start, class_="best")
    late = at > (x.start + x.end) / 2
    add(
        drawing,
        "text",
        f"best: epoch {best}",
        x=at,
        y=y.end - 5,
        class_=f"note {'end' if late else 'start'}",
    )


def _legend(drawing: Element, series: Sequence[Series], *, quantity: str) -> None:
    add(drawing, "text", quantity, x="0", y="16", class_="quantity")
    right = 508.0
    for one in reversed(series):
        left = right - 8.8 * len(one.name)  # wide enough for the larger type on a phone
        add(drawing, "text", one.name, x=left, y="16", class_="tick start")
        add(drawing, "line", x1=left - 30, x2=left - 6, y1="12", y2="12", class_=f"line {one.part}")
        right = left - 48


def scale_strip(scale: ScoreScale, *, description: str, width: float = 720, ident: str = "scale") -> str:
    """Return the *you are here* strip as SVG, ``width`` units wide; empty when undrawable."""
    reference = [value for value in scale.values if usable(value)]
    marks = [scale.value, scale.full, scale.baseline]
    if not all(usable(value) for value in marks):
        return ""
    low, high = span_of([*marks, *reference], pad=0.07)
    axis = Axis(low=low, high=high, start=6, end=width - 6)
    name = f"Your test {METRIC_WORDS.get(scale.metric, scale.metric)} among correct solutions"
    drawing = canvas(width=width, height=176, name=name, description=description, ident=ident)
    _bands(drawing, axis, scale)
    _crowd(drawing, axis, reference)
    told = [measured(scale.metric, mark) for mark in marks]
    _threshold(drawing, axis, value=scale.baseline, label=f"no points: {told[2]}", row=144)
    _threshold(drawing, axis, value=scale.full, label=f"full points: {told[1]}", row=164)
    _you(drawing, axis, value=scale.value, label=f"you: {told[0]}")
    return written(drawing)


def _bands(drawing: Element, axis: Axis, scale: ScoreScale) -> None:
    baseline, full = axis.at(scale.baseline), axis.at(scale.full)
    far_end = axis.end if scale.full >= scale.baseline else axis.start
    _band(drawing, axis.start, axis.end, kind="none")
    _band(drawing, baseline, full, kind="some")
    _band(drawing, full, far_end, kind="full")


def _band(drawing: Element, one: float, other: float, *, kind: str) -> None:
    left, width = min(one, other), abs(other - one)
    add(drawing, "rect", x=left, y="112", width=width, height="8", class_=f"band {kind}")


def _crowd(drawing: Element, axis: Axis, reference: Sequence[float]) -> None:
    """Stack one dot per reference value, so that many equal ones show as a pile."""
    columns = sorted(round(axis.at(value) / _COLUMN) for value in reference)
    rise = min(_COLUMN, _PILE_MOST / max(Counter(columns).values(), default=1))
    seen: Counter[int] = Counter()
    for column in columns:
        height = 106 - rise * seen[column]
        add(drawing, "circle", cx=column * _COLUMN, cy=height, r="2.5", class_="reference")
        seen[column] += 1


def _threshold(drawing: Element, axis: Axis, *, value: float, label: str, row: float) -> None:
    at = axis.at(value)
    add(drawing, "line", x1=at, x2=at, y1="108", y2="128", class_="threshold")
    add(drawing, "text", label, x=at, y=row, class_=f"tick {_side(axis, at, room=80)}")


def _you(drawing: Element, axis: Axis, *, value: float, label: str) -> None:
    at = axis.at(value)
    diamond = f"M{at:.1f} 109L{at + 7:.1f} 116L{at:.1f} 123L{at - 7:.1f} 116Z"
    add(drawing, "line", x1=at, x2=at, y1="30", y2="116", class_="you-line")
    add(drawing, "path", d=diamond, class_="you")
    add(drawing, "text", label, x=at, y="22", class_=f"you-label {_side(axis, at, room=60)}")


def _side(axis: Axis, at: float, *, room: float) -> str:
    """Return how to anchor a label, so that it stays within the drawing."""
    if at - axis.start < room:
        return "start"
    return "end" if axis.end - at < room else "mid"


def points_bar(findings: Sequence[Finding]) -> str:
    """Return a bar of all criteria, as wide as their points, filled as far as earned."""
    worth = [one for one in findings if one.possible > 0 and math.isfinite(one.possible)]
    if not worth:
        return ""
    words = _bar_words(worth)
    drawing = canvas(width=1000, height=12, name="Points by criterion", description=words, ident="bar")
    drawing.set("preserveAspectRatio", "none")
    drawing.set("class", "points-bar")
    unit = (1000.0 - 4 * (len(worth) - 1)) / sum(one.possible for one in worth)
    left = 0.0
    for one in worth:
        _segment(drawing, one, left=left, width=unit * one.possible)
        left += unit * one.possible + 4
    return written(drawing)


def _segment(drawing: Element, finding: Finding, *, left: float, width: float) -> None:
    share = min(1.0, max(0.0, (finding.points or 0.0) / finding.possible))
    kind = f"segment {finding.verdict}"
    add(drawing, "rect", x=left, y="0", width=width, height="12", class_=f"{kind} rest")
    if share and finding.verdict is not Verdict.ERRORED:
        add(drawing, "rect", x=left, y="0", width=width * share, height="12", class_=kind)


def _bar_words(findings: Sequence[Finding]) -> str:
    return "; ".join(
        f"{one.title}: {VERDICT_WORDS[one.verdict].lower()}, {points(one.points)} of {points(one.possible)}"
        for one in findings
    )
