"""Reads tar archives in one pass, plain or packed by gzip or bzip2, with a bound on what a header may take."""

from __future__ import annotations

import bz2
import gzip
import tarfile
from collections.abc import Iterator
from functools import partial
from typing import IO, BinaryIO, cast

from grader.intake.entries import Entry, TooMuch, from_epoch

HEADERS = 1 << 20  # bytes between two files; a header may claim gigabytes, and tarfile reads it whole
SKIPPED = 8 << 30  # bytes of a file that is not unpacked


class TarEntries:
    """An opened tar archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._stream = _Metered(_unpacked(file))
        self._tar = tarfile.open(fileobj=cast("IO[bytes]", self._stream), mode="r|", encoding="utf-8", errors="replace")  # noqa: SIM115

    def __iter__(self) -> Iterator[Entry]:
        """Yield its entries in their order; each is read before the next is asked for."""
        while (member := self._tar.next()) is not None:
            self._stream.left = HEADERS + min(member.size, SKIPPED)
            yield Entry(
                name=member.name,
                size=member.size,
                trouble=_trouble(member),
                is_folder=member.isdir(),
                time=from_epoch(member.mtime),
                open=partial(self._open, member),
            )

    def _open(self, member: tarfile.TarInfo) -> BinaryIO:
        file = self._tar.extractfile(member)
        if file is None:
            message = "no file"
            raise ValueError(message)
        return cast("BinaryIO", file)


class _Metered:
    """A stream that ends in an error where more is read of it than was expected."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = HEADERS

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self.left -= len(piece)
        if self.left < 0:
            message = "a header of more than a mebibyte"
            raise TooMuch(message)
        return piece


def _unpacked(file: BinaryIO) -> BinaryIO:
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if start.startswith(b"BZh"):
        return cast("BinaryIO", bz2.BZ2File(file))
    if start == b"\xfd7zXZ\0":
        message = "packed by xz"
        raise ValueError(message)
    return file


def _trouble(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    if member.issparse():
        return "a file with holes"
    if not member.isreg() and not member.isdir():
        return "a pipe or device"
    return ""
