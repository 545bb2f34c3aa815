"""Lay measured figures out as tables of text, beside what the texts say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference.report import ClassReport

__all__ = ["experiments_table", "figures_table", "report_table"]

LARGEST_MATRIX = 12
"""Classes up to which a confusion matrix fits on a line."""


def figures_table(figures: Mapping[str, float], baselines: Mapping[str, float], book: Mapping[str, float]) -> str:
    """Return one line per figure: measured, and the book's where it has one."""
    rows = dict(figures) | {f"baseline_{name}": value for name, value in baselines.items()}
    width = max(map(len, rows))
    lines = [f"{'':{width}}  {'measured':>9}  {'book':>7}"]
    for name, value in rows.items():
        expected = _short(book[name]) if name in book else "-"
        lines.append(f"{name.replace('_', ' '):{width}}  {shown(value):>9}  {expected:>7}")
    return "\n".join(lines)


def experiments_table(
    measured: Mapping[str, Mapping[str, float]], book: Mapping[str, float], words: Mapping[str, str]
) -> str:
    """Return one line per experiment and one column per figure.

    Args:
        measured: Figures by experiment; the first is the edition's own model.
        book: The book's figures for that first one, shown above it.
        words: What the book says of an experiment, in words.
    """
    names = list(dict.fromkeys(name for figures in measured.values() for name in figures))
    rows = [["", *(name.replace("_", " ") for name in names), "the book's words"]]
    rows.append(["book", *(_short(book[name]) if name in book else "-" for name in names), ""])
    for experiment, figures in measured.items():
        cells = [shown(figures[name]) if name in figures else "-" for name in names]
        rows.append([experiment, *cells, words.get(experiment, "-")])
    return _aligned(rows)


def report_table(report: ClassReport) -> str:
    """Return precision, recall and F1 of every class, and of a few classes the confusion matrix too."""
    rows = [["class", "precision", "recall", "f1", "support"]]
    columns = zip(report.names, report.precision, report.recall, report.f1, report.support, strict=True)
    for name, precision, recall, f1, support in columns:
        rows.append([name, shown(precision), shown(recall), shown(f1), str(support)])
    text = _aligned(rows)
    if len(report.names) > LARGEST_MATRIX:
        return text
    matrix = [["true \\ answered", *report.names]]
    matrix += [[name, *map(str, counts)] for name, counts in zip(report.names, report.confusion, strict=True)]
    return f"{text}\n\n{_aligned(matrix)}"


def shown(value: float) -> str:
    """Return a figure with as many digits as can mean something."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if value == int(value) or value > 1000 else f"{value:.3f}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.4g}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return the cells in columns, the first and the last to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *middle, last in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(middle, widths[1:-1], strict=True)]
        end = f"{last:>{widths[-1]}}" if _numeric(rows) else last
        lines.append("  ".join([f"{first:{widths[0]}}", *cells, end]).rstrip())
    return "\n".join(lines)


def _numeric(rows: Sequence[Sequence[str]]) -> bool:
    return all(row[-1].isdecimal() for row in rows[1:])
