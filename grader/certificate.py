"""The fairness certificate: what correct and wrong variants reached, and how likely a correct one falls short."""

from __future__ import annotations

import statistics
from statistics import NormalDist
from xml.etree.ElementTree import Element

from grader.facts import SourceCalibration
from grader.report.axes import Axis, add, canvas, span_of, written
from grader.tolerance import CONFIDENCE, PROBABILITY, bounds

WIDTH, LABELS, ROW, TOP = 760.0, 210.0, 26.0, 44.0
STYLE = """
svg { font: 12px system-ui, sans-serif; background: #fff; color: #1c1c1e }
.right circle { fill: #1a7f5a; fill-opacity: .55 } .wrong circle { fill: #b3261e; fill-opacity: .55 }
.bound { stroke: #1a7f5a; stroke-width: 2 } .full { stroke: #1c1c1e; stroke-dasharray: 4 3 } text { fill: currentColor }
.end { text-anchor: end } .mid { text-anchor: middle } .head { font-weight: 600 }
"""


def certificate(title: str, source: str, metric: str, measured: SourceCalibration) -> str:
    """Return the certificate as plain text: a row for each variant, and what follows for a correct solution."""
    higher = metric == "accuracy"
    own = bounds(measured.values, higher=higher)
    width = max(map(len, (*measured.values, *measured.wrong)))
    lines = [
        f"Fairness certificate: {title}, {metric} on {source}",
        f"{'variant':{width}}  {'n':>3}  {'mean':>9}  {'sd':>8}  {'worst':>9}  {'bound':>9}",
    ]
    for name, series in measured.values.items():
        worst = min(series) if higher else max(series)
        lines.append(f"{name:{width}}  {_moments(series)}  {worst:9.5g}  {own[name]:9.5g}")
    for name, series in measured.wrong.items():
        best = max(series) if higher else min(series)
        lines.append(f"{name:{width}}  {_moments(series)}  {best:9.5g}  wrong: best, not worst")
    lines += [
        f"Full credit begins at {measured.full:.5g}, none is left at {measured.baseline:.5g} (a naive guess).",
        (
            f"Each correct variant reaches it with a probability of at least {PROBABILITY}, at {CONFIDENCE:.0%} "
            f"confidence; by the normal distribution of the least favourable one, "
            f"{short_of_full(measured, higher=higher):.1e} fall short."
        ),
        *_wrong_words(measured, higher=higher),
        f"Measured {measured.date} on {measured.device}.",
    ]
    return "\n".join(lines)


def _moments(series: tuple[float, ...]) -> str:
    return f"{len(series):3d}  {statistics.fmean(series):9.5g}  {statistics.stdev(series):8.2g}"


def short_of_full(measured: SourceCalibration, *, higher: bool) -> float:
    """Return the largest probability, over correct variants, that one falls short, by its own mean and deviation."""
    sign = 1 if higher else -1
    distances = [
        sign * (statistics.fmean(series) - measured.full) / max(statistics.stdev(series), 1e-12)
        for series in measured.values.values()
    ]
    return NormalDist().cdf(-min(distances))


def _wrong_words(measured: SourceCalibration, *, higher: bool) -> list[str]:
    told = []
    for name, series in measured.wrong.items():
        short = sum((value < measured.full) == higher for value in series)
        told.append(f"Wrong on purpose: {name} loses points in {short} of {len(series)} seeds.")
    return told


def drawing(title: str, source: str, metric: str, measured: SourceCalibration) -> str:
    """Return the certificate as an SVG file: a row of dots for each variant, and where full credit begins."""
    rows: list[tuple[str, str, tuple[float, ...]]] = [
        *(("right", name, series) for name, series in measured.values.items()),
        *(("wrong", name, series) for name, series in measured.wrong.items()),
    ]
    everything = [value for *_, series in rows for value in series]
    low, high = span_of([*everything, measured.full])
    axis = Axis(low=low, high=high, start=LABELS, end=WIDTH - 16)
    height = TOP + ROW * len(rows) + 40
    svg = canvas(
        width=WIDTH, height=height, name=f"{title}: {metric} of correct and wrong variants on {source}",
        description=certificate(title, source, metric, measured), ident="certificate",
    )  # fmt: skip
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    add(svg, "style", STYLE)
    add(svg, "text", f"{title} ({source})", x=8, y=20, class_="head")
    own = bounds(measured.values, higher=metric == "accuracy")
    for number, (kind, name, series) in enumerate(rows):
        group = add(svg, "g", class_=kind)
        _row(group, axis, TOP + ROW * number, name if kind == "right" else f"{name} (wrong)", series)
        _bound(group, axis, TOP + ROW * number, own.get(name))
    at = axis.at(measured.full)
    add(svg, "line", x1=at, x2=at, y1=28, y2=height - 26, class_="full")
    add(
        svg,
        "text",
        f"full credit from {measured.full:.5g}",
        x=min(max(at, 300), WIDTH - 90),
        y=height - 10,
        class_="mid",
    )
    return written(svg)


def _row(group: Element, axis: Axis, top: float, label: str, series: tuple[float, ...]) -> None:
    add(group, "text", label, x=LABELS - 12, y=top + 5, class_="end")
    for value in series:
        add(group, "circle", cx=axis.at(value), cy=top, r=4)


def _bound(group: Element, axis: Axis, top: float, value: float | None) -> None:
    if value is not None and axis.low <= value <= axis.high:
        add(group, "line", x1=axis.at(value), x2=axis.at(value), y1=top - 9, y2=top + 9, class_="bound")


__all__ = ["certificate", "drawing", "short_of_full"]
