"""Reads who submitted what and when from Gradescope's ``submission_metadata.yml``, and nothing else of it.

Ruby writes that file in one regular way: keys of a submission lie two columns in, its submitters four. All that lies
deeper (results, with what students' programs printed) is passed over unread, so that no general YAML is needed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from grader.intake.moments import moment
from grader.records import Record

_KEY = re.compile(r"(?P<indent> *)(?P<dash>- )?(?P<key>:?[\w.-]+|'[^']*'|\"[^\"]*\"|:\"[^\"]*\"):(?: +(?P<value>.*))?")
_FILE_KEY = re.compile(r"(?P<key>\S.*?):\s*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


class Person(Record):
    """One of those who submitted."""

    name: str = ""
    sid: str = ""
    email: str = ""


class Meta(Record):
    """What is known of one submission."""

    submitters: tuple[Person, ...] = ()
    created_at: datetime | None = None


def metadata(text: str) -> dict[str, Meta]:
    """Return what is known of each submission, by the name of its folder or file."""
    found: dict[str, Meta] = {}
    for key, lines in _blocks(text):
        people, created = _Block(lines).read()
        found[key] = Meta(submitters=tuple(Person(**person) for person in people), created_at=created)
    return found


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each topmost key with the lines below it."""
    key, lines = "", list[str]()
    for line in text.splitlines():
        top = _FILE_KEY.fullmatch(line)
        if top and line != "---":
            if key:
                yield key, lines
            key, lines = _scalar(top["key"]), []
        else:
            lines.append(line)
    if key:
        yield key, lines


class _Block:
    """The lines of one submission."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.anchors: dict[str, str] = {}

    def read(self) -> tuple[list[dict[str, str]], datetime | None]:
        people: list[dict[str, str]] = []
        created, section = None, ""
        for indent, dash, key, value in self._keys():
            if indent == 2 and not dash:
                section = key
                created = moment(value, zone=UTC) if key == "created_at" else created
            elif section == "created_at" and key in {"utc", "time"} and created is None:
                created = moment(value, zone=UTC)  # an object of Ruby's own, as older exports have it
            elif section == "submitters" and indent + len(dash) == 4:
                if dash:
                    people.append({})
                if people and key in Person.model_fields:
                    people[-1][key] = value
        return people, created

    def _keys(self) -> Iterator[tuple[int, str, str, str]]:
        """Yield indent, dash, key and value of the lines that may matter, long values put together again."""
        number = 0
        while number < len(self.lines):
            match = _KEY.fullmatch(self.lines[number])
            number += 1
            if match is None or len(match["indent"]) > 4:
                continue
            value, indent = match["value"] or "", len(match["indent"] + (match["dash"] or ""))
            while value and number < len(self.lines) and _continues(self.lines[number], value, indent):
                value = f"{value} {self.lines[number].strip()}"
                number += 1
            key = _scalar(match["key"].removeprefix(":"))
            yield len(match["indent"]), match["dash"] or "", key, self._value(value)

    def _value(self, text: str) -> str:
        anchor = re.match(r"&(\w+) *", text)
        if text.startswith("*"):
            return self.anchors.get(text[1:].strip(), "")
        value = _scalar(text[anchor.end() :] if anchor else text)
        if anchor:
            self.anchors[anchor[1]] = value
        return value


def _continues(line: str, value: str, indent: int) -> bool:
    """Say whether a line goes on with a value that was too long for the one before."""
    deeper = len(line) - len(line.lstrip(" ")) > indent
    return deeper and bool(line.strip()) and value[0] not in "|>&!*[{"


def _scalar(text: str) -> str:
    """Return a YAML scalar as text: plain, or in either kind of quotes."""
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == "'":
        return plain[1:-1].replace("''", "'")
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        return _ESCAPE.sub(_unescaped, plain[1:-1])
    return "" if plain in {"null", "~"} else plain


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return _CONTROL.get(match[4], match[4])
    number = int(digits, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\N{REPLACEMENT CHARACTER}"
