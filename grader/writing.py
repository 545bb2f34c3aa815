"""Cells → Lines: what a student wrote in markdown, and under which heading, apart from what the starter says."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

from grader.records import Cell

HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*)")
CLOSING = f"{string.whitespace}\xa0#"  # what may stand after a heading's text


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a student's own."""

    cell: int
    heading: str  # that it stands under; empty at the start
    text: str


def written(cells: Sequence[Cell], given: Sequence[Cell] = ()) -> tuple[Line, ...]:
    """Return the lines of markdown cells that are no headings and not among those of the starter's, ``given``."""
    known = {line.strip() for cell in given if cell.kind == "markdown" for line in cell.source.splitlines()}
    heading, lines = "", []
    for cell in cells:
        for line in cell.source.splitlines() if cell.kind == "markdown" else ():
            if title := HEADING.fullmatch(line):
                heading = title["text"].rstrip(CLOSING)
            elif line.strip() and line.strip() not in known:
                lines.append(Line(cell=cell.index, heading=heading, text=line.strip()))
    return tuple(lines)
