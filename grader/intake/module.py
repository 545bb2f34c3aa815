"""Cuts a Python file into cells at its ``# %%`` lines, as editors and Jupytext do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from grader.intake.uploads import decoded, module_encoding, scalar
from grader.records import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Percent format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html. A space or the end
# of the line must follow: "# %%time" is a magic that was commented out, not the start of a cell.
MARK = re.compile(r"#[ \t]*%%+(?:[ \t]+(?P<title>.*))?$")
MARKDOWN = re.compile(r"\[(markdown|md)\]", re.IGNORECASE)
RAW = re.compile(r"\[raw\]", re.IGNORECASE)


class _Piece(NamedTuple):
    """Lines of a module between two marks."""

    title: str  # what the mark says after its percent signs
    line: int  # first line below the mark, from 1
    lines: list[str]


def module_cells(path: Path, data: bytes) -> tuple[Cell, ...]:
    """Return the cells of a Python file: one, or several if it has ``# %%`` lines.

    The syntax is not looked at: running it will tell, and a magic is no mistake.
    """
    text = decoded(path, data, encoding=module_encoding(path, data))
    lines = scalar(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    pieces = [piece for piece in _pieces(lines) if not RAW.search(piece.title)]
    return tuple(_cell(piece, index) for index, piece in enumerate(pieces))


def _pieces(lines: list[str]) -> Iterator[_Piece]:
    piece = _Piece("", 1, [])
    for number, line in enumerate(lines, start=1):
        mark = MARK.match(line)
        if mark:
            yield from _unless_blank_head(piece)
            piece = _Piece(mark["title"] or "", number + 1, [])
        else:
            piece.lines.append(line)
    yield from _unless_blank_head(piece)


def _unless_blank_head(piece: _Piece) -> Iterator[_Piece]:
    """Yield ``piece``, unless it is only the blank lines above the first mark."""
    if piece.line > 1 or any(line.strip() for line in piece.lines):
        yield piece


def _cell(piece: _Piece, index: int) -> Cell:
    is_markdown = MARKDOWN.search(piece.title)
    source = "\n".join(piece.lines).rstrip()  # blank lines at the start count for line numbers
    return Cell(
        index=index,
        kind="markdown" if is_markdown else "code",
        source=_prose(source) if is_markdown else source,
        line=piece.line,
    )


def _prose(source: str) -> str:
    """Return the text of a markdown cell: comment marks, or quotes around all of it, stripped."""
    quoted = re.fullmatch(r"\s*[rR]?(\"{3}|'{3})\n?(?P<text>.*?)\n?\1\s*", source, re.DOTALL)
    if quoted:
        return quoted["text"]
    return "\n".join(re.sub(r"^#[ \t]?", "", line) for line in source.split("\n"))
