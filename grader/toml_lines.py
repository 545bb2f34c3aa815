"""Finds the line of a key in a TOML text, which ``tomllib`` doesn't tell.

It reads what an assignment file uses: tables, arrays of tables, bare, quoted and dotted keys. What
lies inside an inline table or an array is located at the line of the key that holds it. The text
is taken to be valid TOML: ``tomllib`` has read it before.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Location = tuple[str | int, ...]
"""Where a value lies: keys, and positions from 0 in arrays of tables: ``("criteria", 2, "id")``."""

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # the order matters: long quotes before short, text before comments
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|\n"
    r"|[\[\]{}=.,]"
    r"|[^\s\[\]{}=.,\#\"']+",
    re.DOTALL,
)


def locate(text: str) -> dict[Location, int]:
    """Return the line, from 1, on which each table and each key of ``text`` begins."""
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for line, pieces in _statements(text):
        keys = _keys(pieces)
        if pieces[0] == "[":
            table = _enter(keys, counts, is_array=pieces[1] == "[")
            _note(table, line, lines, after=0)
        else:
            _note((*table, *keys), line, lines, after=len(table))
    return lines


def line_of(location: Location, lines: Mapping[Location, int]) -> int:
    """Return the line of ``location``, or of the nearest thing around it that has a line."""
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return 1


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the pieces of each header and each ``key = value``."""
    pieces: list[str] = []
    line = start = 1
    depth = 0
    for match in _PIECE.finditer(text + "\n"):
        piece = match.group()
        if piece == "\n" and depth == 0 and pieces:
            yield start, pieces
            pieces = []
        elif piece != "\n" and not piece.startswith("#"):
            start = start if pieces else line
            pieces.append(piece)
            depth += (piece in {"[", "{"}) - (piece in {"]", "}"})
        line += piece.count("\n")


def _keys(pieces: Sequence[str]) -> list[str]:
    before = takewhile(lambda piece: piece != "=", pieces)  # a quoted "=" keeps its quotes here
    return [piece.strip("\"'") for piece in before if piece not in {"[", "]", "."}]


def _enter(keys: Sequence[str], counts: dict[Location, int], *, is_array: bool) -> Location:
    """Return the table that a header opens, with the positions of the arrays on its way."""
    table: Location = ()
    for depth, key in enumerate(keys, start=1):
        table = (*table, key)
        if is_array and depth == len(keys):
            counts[table] = counts.get(table, -1) + 1
        if table in counts:
            table = (*table, counts[table])
    return table


def _note(location: Location, line: int, lines: dict[Location, int], *, after: int) -> None:
    """Note ``line`` for ``location`` and for the tables around it that it is first to name."""
    for end in range(after + 1, len(location) + 1):
        lines.setdefault(location[:end], line)
