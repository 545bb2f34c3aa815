"""The fairness certificate: what correct and wrong variants reached, and how likely a correct one falls short."""

from __future__ import annotations

import statistics
from statistics import NormalDist

from grader.facts import SourceCalibration
from grader.report.spread import Mark, Row, spread
from grader.tolerance import CONFIDENCE, PROBABILITY, bounds

STYLE = """
svg { font: 12px system-ui, sans-serif; background: #fff; color: #1c1c1e }
.right .seed { fill: #1a7f5a; fill-opacity: .55 } .wrong .seed { fill: #b3261e; fill-opacity: .55 }
.bound { stroke: #1a7f5a; stroke-width: 2 } .mark { stroke: #1c1c1e; stroke-dasharray: 4 3 } .grid { stroke: #e3e3e6 }
text { fill: currentColor } text.mark, text.full { stroke: none } .end { text-anchor: end } .mid { text-anchor: middle }
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
    own = bounds(measured.values, higher=metric == "accuracy")
    rows = [
        *(Row(name=name, values=series, bound=own[name]) for name, series in measured.values.items()),
        *(Row(name=name, values=series, kind="wrong") for name, series in measured.wrong.items()),
    ]
    return spread(
        rows, [Mark(value=measured.full, label=f"full credit from {measured.full:.5g}", kind="full")],
        name=f"{title}: {metric} of correct and wrong variants on {source}",
        description=certificate(title, source, metric, measured), ident="certificate", style=STYLE,
    )  # fmt: skip


__all__ = ["certificate", "drawing", "short_of_full"]
