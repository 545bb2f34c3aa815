"""Tells notebooks and modules by their names, and by what is in them where a name says something else."""

from __future__ import annotations

import re
from typing import Literal

from grader.errors import SubmissionUnreadable
from grader.intake.given import File
from grader.intake.tree import is_junk
from grader.intake.uploads import content

Kind = Literal["notebook", "module"]
BY_ENDING: dict[str, Kind] = {".ipynb": "notebook", ".py": "module"}
DOUBTFUL = {"", ".txt", ".json"}
LOOK = 4096  # bytes at either end
_OBJECT = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\{")
_KEYS = re.compile(rb"\"(?:cells|worksheets|nbformat)\"\s*:")


def kind_of(file: File) -> Kind | None:
    """Return what a file would be run as, or ``None`` for what is no one's main work."""
    if is_junk(file.base) or file.base == "__init__.py":
        return None
    kind = BY_ENDING.get(file.ending)
    if kind == "notebook" or file.trouble:
        return kind
    if (kind == "module" or file.ending in DOUBTFUL or ".ipynb" in file.base.lower()) and _holds_notebook(file):
        return "notebook"
    return "module" if kind or file.base.lower().endswith(".py.txt") else None


def is_misnamed(file: File, kind: Kind) -> bool:
    """Say whether the ending promises something else."""
    return BY_ENDING.get(file.ending) != kind


def _holds_notebook(file: File) -> bool:
    try:
        data = content(file.path)
    except SubmissionUnreadable:
        return False
    return bool(_OBJECT.match(data) and (_KEYS.search(data[:LOOK]) or _KEYS.search(data[-LOOK:])))
