"""Reads a small part of Markdown into blocks of plain text, which the template escapes.

No HTML is ever made here: markup in a student's text stays visible as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Kind = Literal["heading", "paragraph", "bullets", "numbers", "code"]

_HEADING: Final = re.compile(r"(#{1,6})\s+(\S.*)")
_BULLET: Final = re.compile(r"\s{0,8}[-*+]\s+(\S.*)")
_NUMBER: Final = re.compile(r"\s{0,8}\d{1,3}[.)]\s+(\S.*)")
_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")
_SPAN: Final = re.compile(r"`([^`\n]{1,500})`|\*\*([^*\n]{1,500})\*\*|\*([^*\s][^*\n]{0,499})\*")
_SPAN_KINDS: Final = ("code", "strong", "em")


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of text in one style."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block: its kind, and its lines of spans. ``level`` is a heading's."""

    kind: Kind
    lines: tuple[tuple[Span, ...], ...]
    level: int = 0


def blocks(text: str) -> tuple[Block, ...]:
    """Return a text's blocks: headings, paragraphs, lists and code; all else is a paragraph."""
    return tuple(
        block
        for kind, group in groupby(_marked(text), key=lambda marked: marked[0])
        if (block := _MAKERS[kind]([line for _, line in group])) is not None
    )


def spans(line: str) -> tuple[Span, ...]:
    """Return a line as stretches of text, code, strong and emphasised words."""
    found: list[Span] = []
    end = 0
    for match in _SPAN.finditer(line):
        found.append(Span(kind="text", text=line[end : match.start()]))
        kind = _SPAN_KINDS[(match.lastindex or 1) - 1]
        found.append(Span(kind=kind, text=match.group(match.lastindex or 1)))
        end = match.end()
    found.append(Span(kind="text", text=line[end:]))
    return tuple(span for span in found if span.text)


def _marked(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line with its kind; each heading and each fenced block has a kind of its own."""
    fenced = 0
    inside = False
    for number, line in enumerate(text.splitlines()):
        if _FENCE.match(line):
            inside, fenced = not inside, fenced + (not inside)
            yield "blank", ""
        elif inside:
            yield "code", line
        elif heading := _HEADING.fullmatch(line.strip()):
            yield "heading", f"{len(heading.group(1))} {heading.group(2).rstrip('# ')}"
            yield "blank", str(number)
        else:
            yield _kind_of(line), line


def _kind_of(line: str) -> str:
    if not line.strip():
        return "blank"
    if _BULLET.fullmatch(line):
        return "bullets"
    return "numbers" if _NUMBER.fullmatch(line) else "paragraph"


def _heading(lines: list[str]) -> Block:
    level, _, title = lines[0].partition(" ")
    return Block(kind="heading", lines=(spans(title),), level=int(level))


def _paragraph(lines: list[str]) -> Block:
    return Block(kind="paragraph", lines=tuple(spans(line.strip()) for line in lines))


def _items(kind: Kind, pattern: re.Pattern[str]) -> Callable[[list[str]], Block]:
    def make(lines: list[str]) -> Block:
        found = (pattern.fullmatch(line) for line in lines)
        return Block(kind=kind, lines=tuple(spans(one.group(1)) for one in found if one))

    return make


def _code(lines: list[str]) -> Block:
    return Block(kind="code", lines=((Span(kind="text", text="\n".join(lines)),),))


def _blank(_lines: list[str]) -> None:
    return None


_MAKERS: Final[dict[str, Callable[[list[str]], Block | None]]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "bullets": _items("bullets", _BULLET),
    "numbers": _items("numbers", _NUMBER),
    "code": _code,
    "blank": _blank,
}
