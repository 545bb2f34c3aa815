"""Unpacks zip and tar archives as the hostile things they may be: entry by entry, within limits, regular files only.

Where an entry is put is worked out here, from the parts of its name: nothing in an archive can say so. What is
not unpacked is told, each with its reason; the rest of the archive goes on.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from pydantic import Field

from grader.errors import GradingFailed
from grader.intake.entries import Entry, TooMuch
from grader.intake.given import Told
from grader.intake.tarballs import TarEntries
from grader.intake.tree import is_junk
from grader.intake.uploads import printable
from grader.intake.zips import ZipEntries
from grader.records import Record

MIB = 1 << 20
PART = 200  # bytes of one part of a name; file systems allow 255
PARTS = 20  # folders in one name
CHUNK = 1 << 18
RATIO_FROM = 64 * MIB  # below this size, a file of zeros harms nobody however well it packs
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2")
OTHERS = (".rar", ".7z", ".tar.xz", ".txz", ".gz", ".bz2", ".xz", ".tar.zst")
PLAIN = "a zip or tar.gz archive"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO}  # a fault of this machine's, of no archive's
BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


class Limits(NamedTuple):
    """How much an archive may hold."""

    entries: int = 5_000
    size: int = 512 * MIB
    ratio: int = 200
    """Times its packed size; notebooks reach about 30."""


UPLOAD = Limits()
"""Of what one student hands in."""
EXPORT = Limits(entries=50_000, size=8 << 30)
"""Of what an instructor downloads: the work of a whole class."""


class Unpacked(Record):
    """What came out of an archive, and what didn't."""

    times: dict[Path, datetime] = Field(default_factory=dict)
    refused: tuple[Told, ...] = ()
    passed_over: tuple[Told, ...] = ()


class Entries(Protocol):
    """An opened archive."""

    def __iter__(self) -> Iterator[Entry]:
        """Yield its entries in their order; each is read before the next is asked for."""
        ...


def is_archive(name: str) -> bool:
    """Say whether a file of that name is an archive that can be unpacked."""
    return name.lower().endswith(ENDINGS)


def is_other_archive(name: str) -> bool:
    """Say whether it is one that can't."""
    return name.lower().endswith(OTHERS) and not is_archive(name)


def unpack(path: Path, to: Path, *, shown: str = "", limits: Limits = UPLOAD) -> Unpacked:
    """Unpack an archive into the new folder ``to``; never raises for what is wrong with the archive."""
    work = _Unpacking(path, to, shown or printable(str(path)), limits)
    to.mkdir(parents=True)
    try:
        with _opened(path) as entries:
            work.all(entries)
    except TooMuch as error:
        work.refuse(
            "", str(error), f"at most {limits.entries:,} files of {limits.size // MIB:,} MiB", "make it smaller"
        )
    except BROKEN as error:
        _raise_ours(error)
        work.refuse("", _broken(path, error), PLAIN, "download it again, or have it made anew")
    return Unpacked(times=work.times, refused=tuple(work.refused), passed_over=tuple(work.passed_over))


@contextmanager
def _opened(path: Path) -> Iterator[Entries]:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            message = "no regular file"
            raise OSError(message)
        kind = ZipEntries if file.read(2) == b"PK" else TarEntries
        file.seek(0)
        yield kind(file)


def _raise_ours(error: Exception) -> None:
    if isinstance(error, OSError) and error.errno in FULL:
        message = f"archives can't be unpacked to the temporary folder ({error.strerror})"
        raise GradingFailed(message) from error


def _broken(path: Path, error: Exception) -> str:
    if path.stat(follow_symlinks=False).st_size == 0:
        return "an empty file (0 bytes)"
    said = printable(str(error))[:100] or type(error).__name__
    return f"an archive that is broken or cut off ({said})"


class _Unpacking:
    """One archive on its way to a folder."""

    def __init__(self, path: Path, to: Path, shown: str, limits: Limits) -> None:
        self.path, self.to, self.shown, self.limits = path, to, shown, limits
        self.left = limits.size
        self.packed = max(path.lstat().st_size, 1)
        self.times: dict[Path, datetime] = {}
        self.refused: list[Told] = []
        self.passed_over: list[Told] = []

    def refuse(self, name: str, found: str, expected: str, remedy: str) -> None:
        """Note what is not unpacked, in the one line that each gets."""
        where = f"{self.shown}/{printable(name)}" if name else self.shown
        self.refused.append(Told(path=self.path, reason=f"{where}: found {found}; expected {expected}; {remedy}"))

    def all(self, entries: Entries) -> None:
        """Unpack one entry after the other."""
        for number, entry in enumerate(entries, start=1):
            if number > self.limits.entries:
                message = f"more than {self.limits.entries:,} files in it"
                raise TooMuch(message)
            if not entry.is_folder:
                self._one(entry)

    def _one(self, entry: Entry) -> None:
        parts = _parts(entry.name)
        junk = next((reason for part in parts or () if (reason := is_junk(part))), "")
        if junk:
            line = f"{self.shown}/{printable(entry.name)}: {junk}"
            self.passed_over.append(Told(path=self.path, reason=line))
        elif parts is None:
            self.refuse(entry.name, "a name that leads out of the archive", "a name inside it", "have it made anew")
        elif entry.trouble:
            self.refuse(entry.name, entry.trouble, "a regular file", "submit the file itself")
        else:
            self._place(entry, parts)

    def _place(self, entry: Entry, parts: tuple[str, ...]) -> None:
        target = self.to.joinpath(*parts)
        if entry.size > self.left:
            message = f"more than {self.limits.size // MIB:,} MiB in it"
            raise TooMuch(message)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                self._copy(entry, file)
        except FileExistsError:
            self.refuse(entry.name, "a second file of that name", "one", "have the archive made anew")
        except BROKEN as error:
            _raise_ours(error)
            target.unlink(missing_ok=True)
            self.refuse(entry.name, f"a broken entry ({printable(str(error))[:80]})", "a file", "have it made anew")
        except TooMuch:
            target.unlink(missing_ok=True)
            raise
        else:
            if entry.time is not None:
                self.times[target] = entry.time

    def _copy(self, entry: Entry, file: BinaryIO) -> None:
        with entry.open() as source:
            while piece := source.read(CHUNK):
                self.left -= len(piece)
                self._refuse_bombs()
                file.write(piece)

    def _refuse_bombs(self) -> None:
        unpacked = self.limits.size - self.left
        if self.left < 0:
            message = f"more than {self.limits.size // MIB:,} MiB in it"
            raise TooMuch(message)
        if unpacked > RATIO_FROM and unpacked > self.limits.ratio * self.packed:
            message = f"files that unpack to more than {self.limits.ratio} times the archive's size"
            raise TooMuch(message)


def _parts(name: str) -> tuple[str, ...] | None:
    """Return where an entry belongs below the folder of its archive, or ``None`` if it would lead out of it.

    Some archivers of Windows write backslashes between folders.
    """
    whole = name.replace("\\", "/")
    parts = [part for part in whole.split("/") if part not in {"", "."}]
    drive = re.match(r"[A-Za-z]:", whole)
    if whole.startswith("/") or drive or ".." in parts or not parts or "\0" in whole or len(parts) > PARTS:
        return None
    return tuple(_short(part) for part in parts)


def _short(part: str) -> str:
    """Return a part of a name that every file system takes, with its ending."""
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in part)
    if len(plain.encode()) <= PART:
        return plain
    stem, ending = os.path.splitext(plain)  # noqa: PTH122  # a part of a name is no path
    ending = ending if len(ending) < 10 else ""
    return stem.encode()[: PART - len(ending.encode())].decode(errors="ignore") + ending
