"""Opens an uploaded file as the hostile thing it may be, and words why one can't be read."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tokenize
import unicodedata
from typing import TYPE_CHECKING

from grader.errors import SubmissionUnreadable

if TYPE_CHECKING:
    from pathlib import Path

CAP = 50 * 2**20  # bytes; a notebook this large holds pictures or data, not work
MIB = 2**20
NAME = 200  # bytes; file systems allow 255
ACCEPTED = "a notebook (.ipynb) or a Python file (.py)"

# A coding line may name any codec. These are the ones editors write; some others take a crafted
# file hours to decode (punycode) or aren't encodings of text at all (rot13, zlib).
CODECS = frozenset({"ascii", "cp1252", "iso8859-1", "iso8859-15", "utf-8", "utf-8-sig"})

SIGNATURES = {
    b"PK\x03\x04": "a zip archive",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\x89HDF": "a saved model or data file (HDF5)",
    b"version https://git-lfs": "a pointer to a file in Git LFS",
}
HELPER_CAP = 1 << 20  # bytes


def refusal(path: Path, *, found: str, expected: str = ACCEPTED, remedy: str) -> SubmissionUnreadable:
    """Return the exception that says, in one line, why ``path`` can't be read and what to do."""
    line = f"{printable(str(path))}: found {found}; expected {expected}; {remedy}"
    return SubmissionUnreadable(line)


def printable(name: str) -> str:
    """Return a file name, which is the student's text, without what could break a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def is_helper(path: Path) -> bool:
    """Say whether a Python file may be placed with a submission: a regular file of modest size."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= HELPER_CAP


def helpers_of(path: Path) -> tuple[Path, ...]:
    """Return the modules beside one's own notebook, which it may import; a module has none."""
    if path.suffix.lower() != ".ipynb":
        return ()
    return tuple(each for each in sorted(path.parent.glob("*.py")) if is_helper(each))


# Devices on Windows, and our own beside the folders of students.
TAKEN = {
    "con",
    "prn",
    "aux",
    "nul",
    "gradebook",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}


def student_name(name: str) -> str:
    """Return a student's name from that of a file, folder or path, fit to name a folder itself.

    A results folder is called by it: it must not lead elsewhere (``../x``, ``/x``, ``C:x``), must
    exist on all systems and in zip archives, and macOS writes "é" as two characters, others as one.
    """
    plain = re.sub(r'[/\\:*?"<>|]', "-", printable(unicodedata.normalize("NFC", name)))
    short = plain.encode()[:NAME].decode(errors="ignore").strip(". -") or "unnamed"
    stem, dot, rest = short.partition(".")
    return f"{stem}-{dot}{rest}" if stem.casefold() in TAKEN else short


def scalar(text: str) -> str:
    """Return ``text`` with lone surrogates replaced: JSON can hold them, UTF-8 can't."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def content(path: Path) -> bytes:
    """Return the bytes of a regular file of at most `CAP` bytes.

    Links, folders and devices are refused before they are opened: a link could show the contents of
    any file that the grader may read, and a pipe would never end.
    """
    try:
        _refuse_kind(path, os.lstat(path))
        return _refuse_content(path, _bytes(path))
    except FileNotFoundError as error:
        raise refusal(path, found="no such file", remedy="check the path") from error
    except PermissionError as error:
        found = "a file that you may not open"
        raise refusal(path, found=found, remedy="give yourself read permission") from error
    except (OSError, ValueError) as error:
        found = f"a file that can't be opened ({printable(str(error))})"
        raise refusal(path, found=found, remedy="save it anew") from error


def _refuse_kind(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise refusal(path, found="a link", remedy="submit the file that it points to")
    if stat.S_ISDIR(status.st_mode):
        raise refusal(path, found="a folder of that name", remedy="submit the file inside")
    if not stat.S_ISREG(status.st_mode):
        raise refusal(path, found="a pipe or device", remedy="submit a regular file")
    if status.st_size > CAP:
        _refuse_size(path, f"{status.st_size / MIB:.0f} MiB")


def _refuse_size(path: Path, size: str) -> None:
    remedy = "clear all outputs, save it and submit again"
    raise refusal(path, found=size, expected=f"at most {CAP // MIB} MiB", remedy=remedy)


def _bytes(path: Path) -> bytes:
    # Between lstat and open the path may have become a link or a pipe (not on Windows: no flags).
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123
        _refuse_kind(path, os.fstat(file.fileno()))
        return file.read(CAP + 1)


def _refuse_content(path: Path, data: bytes) -> bytes:
    if len(data) > CAP:
        _refuse_size(path, f"more than {CAP // MIB} MiB")
    if not data:
        remedy = "save your work and submit again"
        raise refusal(path, found="an empty file (0 bytes)", remedy=remedy)
    for signature, name in SIGNATURES.items():
        if data.startswith(signature):
            remedy = "submit the notebook or Python file itself"
            raise refusal(path, found=name, remedy=remedy)
    return data


def decoded(path: Path, data: bytes, *, encoding: str = "utf-8-sig") -> str:
    """Return ``data`` as text, in ``encoding`` or in UTF-16 with its mark, as Windows writes it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"a byte on line {line} that is not {error.encoding.upper()}"
        remedy = "save it as UTF-8"
        raise refusal(path, found=found, expected="text in UTF-8", remedy=remedy) from error


def module_encoding(path: Path, data: bytes) -> str:
    """Return the encoding that a module's coding line names (PEP 263), by default UTF-8."""
    try:
        named, _ = tokenize.detect_encoding(io.BytesIO(data[:4096]).readline)
        known = codecs.lookup(named).name
    except (SyntaxError, LookupError, ValueError):  # nothing usable named: `decoded` words the rest
        return "utf-8-sig"
    if known not in CODECS:
        found = f"the encoding {named!r} named in the file"
        raise refusal(path, found=found, expected="text in UTF-8", remedy="save it as UTF-8")
    return "utf-8-sig" if known == "utf-8" else known
