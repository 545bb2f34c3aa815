"""What an archive is made of, whichever its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple


class TooMuch(Exception):
    """An archive goes over a limit: nothing more of it is unpacked. The text says what was found."""


class Entry(NamedTuple):
    """One entry of an archive, whatever its kind."""

    name: str
    size: int  # bytes, as the archive says
    trouble: str  # why it is no file to unpack
    is_folder: bool
    time: datetime | None
    open: Callable[[], BinaryIO]


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime | None:
    """Return a time from its numbers, or ``None`` where they name none."""
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def from_epoch(seconds: float) -> datetime | None:
    """Return a time from seconds since 1970, or ``None`` where they name none."""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
