"""Gives each student a name that no other has, and that can name a folder."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grader.intake.uploads import student_name


def squeezed(name: str) -> str:
    """Return a name as Canvas writes it and as names are compared: lower case, without anything but letters."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", name).casefold())


def path_names(short: str, path: Path, *, root: Path) -> tuple[str, ...]:
    """Return names for the student of ``path``, each telling more than the one before."""
    whole, above = absolute(path), absolute(root)
    inside = whole.relative_to(above)
    longer = (inside.with_name(short), inside, Path(above.name) / inside, whole)
    return (short, *(each.as_posix() for each in longer))


def absolute(path: Path) -> Path:
    """Return ``path`` from the root of the file system; links stay links."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links


def told_apart(choices: Sequence[Sequence[str]]) -> list[str]:
    """Return a name for each student: the shortest of theirs that no other has, numbered if all else fails."""
    ladders = [_ladder(names, number) for number, names in enumerate(choices, start=1)]
    taken = [0] * len(ladders)
    while True:
        names = [ladder[place] for ladder, place in zip(ladders, taken, strict=True)]
        shared = Counter(name.casefold() for name in names)  # files of results may ignore case
        crowded = [
            number
            for number, name in enumerate(names)
            if shared[name.casefold()] > 1 and taken[number] < len(ladders[number]) - 1
        ]
        if not crowded:
            return names
        for number in crowded:
            taken[number] += 1


def _ladder(names: Sequence[str], number: int) -> tuple[str, ...]:
    fit = [student_name(name) for name in names]
    return (*fit, f"{fit[-1]} ({number})")


def shared_start(names: Sequence[str], end: str) -> str:
    """Return what all names begin with, up to and with the last ``end`` in it."""
    first, last = min(names, default=""), max(names, default="")
    length = next(
        (n for n, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), min(len(first), len(last))
    )
    return first[: first.rfind(end, 0, length) + 1]
