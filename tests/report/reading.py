"""Reads a rendered page back with a real HTML parser, for the tests to ask questions of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "base", "col"}


@dataclass(repr=False)  # each element names its parents: a repr in a failing test would never end
class Element:
    """One element: its tag, attributes, and all text within it."""

    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...]
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the text within, with single spaces."""
        return " ".join("".join(self.words).split())

    @property
    def raw(self) -> str:
        """Return the text within, as it stands."""
        return "".join(self.words)


class Page(HTMLParser):
    """A parsed page: all its elements in document order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.unclosed: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        element = Element(tag=tag, attributes=attributes, parents=tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.unclosed.append(tag)
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """Return the elements of these tags whose attributes have these values."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            one
            for one in self.elements
            if one.tag in tags and all(_has(one.attributes, key, value) for key, value in wanted.items())
        ]

    def within(self, parent: Element, *tags: str) -> list[Element]:
        """Return the elements of these tags inside another one."""
        return [one for one in self.all(*tags) if any(above is parent for above in one.parents)]

    def one(self, *tags: str, **attributes: str) -> Element:
        """Return the only such element."""
        (found,) = self.all(*tags, **attributes)
        return found

    @property
    def text(self) -> str:
        """Return what a reader sees in the body."""
        return self.one("body").text


def _has(attributes: dict[str, str], key: str, value: str) -> bool:
    found = attributes.get(key, "")
    return value in found.split() if key == "class" else found == value


def outline(html: str) -> str:
    """Return a page normalised for comparison: one tag a line, style and its hash left out."""
    bare = re.sub(r"<style>.*?</style>", "<style>…</style>", html, flags=re.DOTALL)
    bare = re.sub(r"'sha256-[^']+'", "'sha256-…'", bare)
    lines = (line.strip() for line in re.sub(r"(<[^/])", r"\n\1", bare).splitlines())
    return "\n".join(re.sub(r"\s+", " ", line) for line in lines if line) + "\n"
