"""Reads times as learning platforms write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TIME = re.compile(
    r"\s*(?P<day>\d{4}-\d\d-\d\d)[ T_-](?P<hour>\d\d)[:-](?P<minute>\d\d)(?:[:-](?P<second>\d\d)(?:\.\d+)?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d|[A-Za-z][\w+/-]*)?\s*"
)


def moment(text: str, *, zone: tzinfo | None = None) -> datetime | None:
    """Return the time that ``text`` names, to the second, or ``None`` for one in no form that is known.

    A time without a zone is one of ``zone``, by default this machine's: the clock of the school.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        plain = f"{found['day']}T{found['hour']}:{found['minute']}:{found['second'] or '00'}"
        read = datetime.fromisoformat(plain)
        named = _zone(found["zone"])
        return read.replace(tzinfo=named or zone) if named or zone else read.astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _zone(name: str | None) -> tzinfo | None:
    if name in {"Z", "UTC", "GMT"}:
        return UTC
    if name and name[0] in "+-":
        return datetime.strptime(name, "%z").tzinfo
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
