"""Turns the outputs of executed cells, which are hostile data, into pieces a page may show.

Three kinds pass: text (escaped by the template), PNG images (checked, as data URIs) and HTML tables
(through nh3's allow-list). All else is named and left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

import nh3
from markupsafe import Markup

OUTPUTS_MOST: Final = 100  # of one cell, streams joined
ROOM_MOST: Final = 6_000_000  # characters of a page's outputs; above it a page opens slowly
TEXT_MOST: Final = 20_000  # characters of one output
LINES_MOST: Final = 200  # lines of one output
RAW_MOST: Final = 1_000_000  # characters looked at, before terminal codes are taken out
HTML_MOST: Final = 60_000  # characters of one HTML output; parsing hostile nesting is quadratic
IMAGE_MOST: Final = 2_700_000  # characters of one PNG in base64: about 2 MB
PIXELS_MOST: Final = 25_000_000  # a small PNG can unpack to an image that freezes a browser

# What a table, a list or a model summary needs. No style, class, id or link: nothing that could
# move over the page, pose as part of it, or lead away from it.
_TAGS: Final = frozenset(
    re.findall(
        r"\w+",
        "table thead tbody tfoot tr th td caption div p br hr span b strong i em u s small sub sup code pre kbd samp "
        "ul ol li dl dt dd blockquote img",
    )
)
_WITH_CONTENT: Final = frozenset(
    re.findall(
        r"\w+",
        "script style iframe object embed svg math template noscript title textarea select audio video canvas form "
        "button",
    )
)
_ATTRIBUTES: Final = {
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "img": {"src", "alt"},
}
_SPAN_MOST: Final = 100
_SCOPES: Final = frozenset({"row", "col", "rowgroup", "colgroup"})

_PNG: Final = re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR(.{4})(.{4})", re.DOTALL)
_PNG_URI: Final = "data:image/png;base64,"

# Control sequences (colours, cursor), operating-system commands (titles, links), single escapes.
_ANSI: Final = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b[ -/]?[0-~]"
    r"|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]"
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# JSON can carry half of a surrogate pair; UTF-8, and so every parser behind this one, can't.
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# Besides those, characters that reverse the reading order: a page would show other text than it
# holds.
_MISLEADING: Final = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing to show beneath a cell; ``body`` is plain text except where ``kind`` is html."""

    kind: Literal["text", "stderr", "error", "image", "html", "note"]
    body: str
    note: str = ""

    @property
    def size(self) -> int:
        """Return how much of a page's room this takes, in characters; HTML costs more to read."""
        return len(self.body) * (10 if self.kind == "html" else 1)


def pieces(outputs: object, *, room: int = ROOM_MOST) -> tuple[Piece, ...]:
    """Return what may be shown of a cell's nbformat-4 outputs, in their order.

    ``room`` is how many characters a page still has for outputs; what comes after is left out.
    """
    known = [one for one in as_list(outputs) if isinstance(one, Mapping)]
    joined = [one for stream, group in groupby(known, key=_stream_name) for one in _joined(stream, group)]
    shown: list[Piece] = []
    for number, output in enumerate(joined):
        if number >= OUTPUTS_MOST or room <= 0:
            shown.append(_note(f"Left out, no room: {len(joined) - number:,} further outputs."))
            break
        new = [piece for piece in _pieces(output) if piece.body.strip()]
        room -= sum(piece.size for piece in new)
        shown += new
    return tuple(shown)


def as_list(value: object) -> Sequence[object]:
    """Return a list as it is, and an empty one for anything that should have been a list."""
    return value if isinstance(value, list | tuple) else ()


def as_text(value: object) -> str:
    """Return nbformat text, a string or a list of strings, as one string of bounded length."""
    parts = [value] if isinstance(value, str) else as_list(value)
    text = "".join(one[:RAW_MOST] for one in parts if isinstance(one, str))[:RAW_MOST]
    return _SURROGATES.sub("\ufffd", text)


def plain(text: str) -> str:
    """Return terminal text as a person would see it: no codes, the last state of a progress bar."""
    bare = _MISLEADING.sub("\ufffd", _ANSI.sub("", text)).replace("\r\n", "\n")
    lines = (_last_state(line) if "\r" in line else line for line in bare.split("\n"))
    return _CONTROLS.sub("", "\n".join(lines))


def _last_state(line: str) -> str:
    """Return what is left of a line that was drawn over itself."""
    return next((part for part in reversed(line.split("\r")) if part.strip("\b ")), "")


def shortened(text: str) -> tuple[str, str]:
    """Return a long text's beginning and end, and a note that says what is missing."""
    lines = text.rstrip("\n").split("\n")
    note = ""
    if len(lines) > LINES_MOST:
        half = LINES_MOST // 2
        note = f"{len(lines) - LINES_MOST:,} lines in the middle are left out."
        lines = [*lines[:half], "…", *lines[-half:]]
    kept = "\n".join(lines)
    if len(kept) > TEXT_MOST:
        half = TEXT_MOST // 2
        note = f"{len(kept) - TEXT_MOST:,} characters in the middle are left out."
        kept = f"{kept[:half]}\n…\n{kept[-half:]}"
    return kept, note


def _text(kind: Literal["text", "stderr", "error"], raw: str) -> Piece:
    body, note = shortened(plain(raw))
    return Piece(kind=kind, body=body, note=note)


def _note(text: str) -> Piece:
    return Piece(kind="note", body=text)


def _stream_name(output: Mapping[str, object]) -> str:
    """Return which stream an output belongs to; empty when it is no stream output."""
    if output.get("output_type") != "stream":
        return ""
    return "stderr" if output.get("name") == "stderr" else "stdout"


def _joined(stream: str, group: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return consecutive outputs of one stream as one output; kernels send them in fragments."""
    if not stream:
        return list(group)
    parts = [as_text(one.get("text")) for one in group]
    return [{"output_type": "stream", "name": stream, "text": parts}]


def _pieces(output: Mapping[str, object]) -> list[Piece]:
    kind = output.get("output_type")
    if kind == "stream":
        return [_text("stderr" if output["name"] == "stderr" else "text", as_text(output["text"]))]
    if kind == "error":
        return [_error(output)]
    if kind in ("display_data", "execute_result"):
        data = output.get("data")
        return _bundle(data if isinstance(data, Mapping) else {})
    return [_note("An output of an unknown kind is left out.")]


def _error(output: Mapping[str, object]) -> Piece:
    traceback = "\n".join(as_text(one) for one in as_list(output.get("traceback")))
    name, value = as_text(output.get("ename")), as_text(output.get("evalue"))
    return _text("error", traceback[:RAW_MOST] or f"{name}: {value}")


def _bundle(data: Mapping[str, object]) -> list[Piece]:
    """Return the best showable form of one output; other forms of it are named, not shown."""
    best = [piece for piece in (_image(data), _html(data)) if piece is not None]
    good = [piece for piece in best if piece.kind != "note"][:1]
    if not good and "text/plain" in data:
        good = [_text("text", as_text(data["text/plain"]))]
    refused = [piece for piece in best if piece.kind == "note"]
    unknown = sorted(plain(str(key))[:60] for key in data if key not in _SHOWABLE)[:8]
    named = [_note(f"Left out, not shown on this page: {', '.join(unknown)}.")] if unknown else []
    return [*good, *refused, *named]


_SHOWABLE: Final = frozenset({"text/plain", "text/html", "image/png"})


def _image(data: Mapping[str, object]) -> Piece | None:
    if "image/png" not in data:
        return None
    value = data["image/png"]
    uri = png_uri(value if isinstance(value, str) else as_text(value))
    if uri is None:
        return _note("An image is left out: it is too large or not a PNG.")
    return Piece(kind="image", body=uri)


def png_uri(encoded: str) -> str | None:
    """Return base64 text as a PNG data URI, or None unless it is a PNG of bearable size."""
    if len(encoded) > IMAGE_MOST:
        return None
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    head = _PNG.match(raw)
    if head is None:
        return None
    width, height = (int.from_bytes(side, "big") for side in head.groups())
    if not 0 < width * height <= PIXELS_MOST:
        return None
    return _PNG_URI + base64.b64encode(raw).decode("ascii")


def _html(data: Mapping[str, object]) -> Piece | None:
    if "text/html" not in data:
        return None
    raw = as_text(data["text/html"])
    if len(raw) > HTML_MOST:
        return _note("An HTML output is left out: it is too long.")
    return Piece(kind="html", body=clean_html(raw))


def clean_html(raw: str) -> Markup:
    """Return HTML reduced to tables, lists and text; data images stay when they are PNGs."""
    cleaned = nh3.clean(
        raw,
        tags=set(_TAGS),
        clean_content_tags=set(_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_allowed,
        url_schemes={"data"},
        link_rel=None,
    )
    return Markup(cleaned)  # noqa: S704 - safe: nh3 parsed it and wrote only what the lists allow


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value when it is harmless, None to drop the attribute."""
    if attribute == "src":
        is_png = tag == "img" and value.startswith(_PNG_URI)
        return png_uri(value.removeprefix(_PNG_URI)) if is_png else None
    if attribute in ("colspan", "rowspan"):
        return value if value.isascii() and value.isdigit() and int(value[:9]) <= _SPAN_MOST else None
    if attribute == "scope":
        return value if value in _SCOPES else None
    return value
