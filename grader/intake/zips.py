"""Reads zip archives: the list of entries within bounds, and of each what keeps it from being unpacked."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Self, cast

from grader.intake.entries import Entry, TooMuch, utc

LIST_CAP = 32 << 20  # bytes of the list of entries: Python keeps all of it in memory, many times as large
# LZMA takes as much memory as its header asks for.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
ENCRYPTED = 1 << 0  # flag bits
UTF_8 = 1 << 11

# APPNOTE.TXT 4.3.14 to 4.3.16: how an archive ends
END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
COMMENT = 1 << 16


class ZipEntries:
    """An opened zip archive."""

    def __init__(self, file: BinaryIO) -> None:
        if _list_size(file) > LIST_CAP:
            message = f"a list of entries of more than {LIST_CAP >> 20} MiB"
            raise TooMuch(message)
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error

    def __iter__(self) -> Iterator[Entry]:
        """Yield its entries in the order of its list."""
        for info in self._zip.infolist():
            yield Entry(
                name=_name(info),
                size=info.file_size,
                trouble=_trouble(info),
                is_folder=info.is_dir(),
                time=utc(*info.date_time),
                open=partial(self._open, info),
            )

    def _open(self, info: zipfile.ZipInfo) -> BinaryIO:
        try:
            return cast("BinaryIO", _Checked(self._zip.open(info)))
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error


class _Checked:
    """An entry being read: a wrong checksum is a ``ValueError``, like all else that is broken."""

    def __init__(self, file: object) -> None:
        self._file = cast("BinaryIO", file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        try:
            return self._file.read(size)
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error


def _name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name; macOS writes UTF-8 without the flag that says so."""
    try:
        return info.filename if info.flag_bits & UTF_8 else info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _trouble(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16  # zero where it was not made by a Unix system
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return "a pipe or device"
    if info.flag_bits & ENCRYPTED:
        return "a file locked with a password"
    if info.compress_type not in METHODS:
        return "a file packed in a way that is not common"
    return ""


def _list_size(file: BinaryIO) -> int:
    """Return the size of the list of entries, which zipfile reads whole, as the end of the file states it."""
    end = file.seek(0, 2)
    start = file.seek(max(0, end - COMMENT - END.size))
    tail = file.read()
    file.seek(0)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + END.size:
        return 0  # no zip archive: zipfile will say so
    size = int(END.unpack_from(tail, found)[5]) % 0xFFFFFFFF  # all ones: it stands in the other record
    return max(size, _list_size_64(file, start + found))


def _list_size_64(file: BinaryIO, end: int) -> int:
    if end < LOCATOR_64.size + END_64.size:
        return 0
    file.seek(end - LOCATOR_64.size - END_64.size)
    record = file.read(END_64.size)
    locator = file.read(4)
    file.seek(0)
    return int(END_64.unpack(record)[8]) if locator == b"PK\x06\x07" and record.startswith(b"PK\x06\x06") else 0
