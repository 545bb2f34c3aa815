"""Cells → Trees: the syntax trees of a student's code, read in the grading process and never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from grader.records import Cell

LONGEST = 500_000  # characters of code in all: reading more takes seconds, and nobody writes it by hand
# %matplotlib inline, !pip install, files = !ls, ?fit, fit?
MAGIC = re.compile(r"([ \t]*)(?:(?:\w+[ \t]*=[ \t]*)?[%!]|\?|[\w.]+\?{1,2}[ \t]*$)")
CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)")
PYTHON = {"time", "timeit", "capture", "prun"}  # cell magics whose cell is Python that runs here; else it is data


def trees(cells: Sequence[Cell]) -> dict[int, ast.Module]:
    """Return the syntax trees of code cells by index, magics blanked; what can't be read as Python 3 is left out."""
    found, room = {}, LONGEST
    for cell in cells:
        if cell.kind == "code" and len(cell.source) <= room:
            room -= len(cell.source)
            tree = _tree(cell.source)
            if tree is not None:
                found[cell.index] = tree
    return found


def _tree(source: str) -> ast.Module | None:
    whole = CELL_MAGIC.match(source)
    if whole and whole["name"] not in PYTHON:
        return None
    return _parsed(source) or _parsed(_without_magics(source))


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a student's "\d"; it is not for who grades
        try:
            return ast.parse(text)
        except Exception:  # noqa: BLE001 - no text of a student's may stop the grading of it, whatever it makes Python say
            return None


def _without_magics(source: str) -> str:
    """Return the source with each magic or shell line, to the end of a continued one, made a ``pass``."""
    lines, continued = [], False
    for line in source.split("\n"):
        magic = MAGIC.match(line)
        lines.append("" if continued else f"{magic[1]}pass" if magic else line)
        continued = bool(continued or magic) and line.rstrip().endswith("\\")
    return "\n".join(lines)
