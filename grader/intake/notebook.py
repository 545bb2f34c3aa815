"""Rebuilds a notebook from the sources of its cells, so that nothing else of the upload survives.

Only what is needed is checked: a notebook whose metadata breaks the format must still be graded.
Format: https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from grader.intake.uploads import decoded, printable, refusal, scalar
from grader.records import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.errors import SubmissionUnreadable

NOTEBOOK = "a Jupyter notebook"
NEWEST = 4  # nbformat's major version; 5 is not defined yet
NESTS = 5_000_000  # lists and objects in a file: they take up to 40 times their size in memory
DIGITS = 18  # of an integer; converting millions of digits takes minutes

KINDS: dict[str, Literal["code", "markdown"]] = {
    "code": "code",
    "markdown": "markdown",
    "heading": "markdown",  # nbformat 3
    "html": "markdown",  # nbformat 3
}
DROPPED = frozenset({"raw"})
PYTHON = frozenset({"python", "python2", "python3", "ipython", "ipython2", "ipython3"})


def notebook_cells(path: Path, data: bytes) -> tuple[Cell, ...]:
    """Return the code and markdown cells of a notebook, nbformat 3 or 4.

    Raw cells are dropped; outputs, attachments, tags and all metadata are never looked at again.
    Raises `SubmissionUnreadable` for anything that is no notebook for Python.
    """
    notebook = _parsed(path, decoded(path, data))
    if not isinstance(notebook, dict):
        raise _no_notebook(path, f"JSON of another kind ({_kind(notebook)})")
    _refuse_version(path, notebook.get("nbformat"))
    _refuse_language(path, notebook.get("metadata"))
    cells = enumerate(_cells(path, notebook), start=1)
    kept = [cell for number, each in cells if (cell := _cell(path, each, number))]
    return tuple(cell.model_copy(update={"index": index}) for index, cell in enumerate(kept))


def _no_notebook(path: Path, found: str) -> SubmissionUnreadable:
    remedy = "save the notebook in Jupyter (.ipynb) and submit that file"
    return refusal(path, found=found, expected=NOTEBOOK, remedy=remedy)


def _parsed(path: Path, text: str) -> object:
    if text.lstrip()[:1] == "<":
        remedy = "download the notebook itself, not the page that shows it"
        raise refusal(path, found="a saved web page", expected=NOTEBOOK, remedy=remedy)
    if text.count("[") + text.count("{") > NESTS:
        remedy = "clear all outputs, save it and submit again"
        raise refusal(path, found="too many values in one file", expected=NOTEBOOK, remedy=remedy)
    try:
        return json.loads(text, parse_int=_integer)
    except json.JSONDecodeError as error:
        found = f"broken JSON at line {error.lineno}, column {error.colno} ({error.msg})"
        raise _no_notebook(path, found) from error
    except RecursionError as error:
        raise _no_notebook(path, "JSON nested too deeply") from error


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= DIGITS else float(digits)


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    return names.get(type(value), "a number")


def _refuse_version(path: Path, version: object) -> None:
    if isinstance(version, int | float) and version >= NEWEST + 1:
        remedy = "save it with the format 4 that Jupyter writes"
        found = f"a notebook of format {version}"
        raise refusal(path, found=found, expected="format 3 or 4", remedy=remedy)


def _refuse_language(path: Path, metadata: object) -> None:
    names = [
        *_named(metadata, "language_info", "name"),
        *_named(metadata, "kernelspec", "language"),
    ]
    if names and not PYTHON & {name.strip().lower() for name in names}:
        found = f"a notebook for {printable(names[0])[:30]}"
        remedy = "choose a Python kernel and submit again"
        raise refusal(path, found=found, expected="a notebook for Python", remedy=remedy)


def _named(metadata: object, part: str, field: str) -> Iterator[str]:
    inner = metadata.get(part) if isinstance(metadata, dict) else None
    name = inner.get(field) if isinstance(inner, dict) else None
    if isinstance(name, str) and name.strip():
        yield name


def _cells(path: Path, notebook: dict[str, object]) -> list[object]:
    """Return the cells as they stand: nbformat 3 has them in worksheets."""
    sheets = notebook.get("worksheets") if "cells" not in notebook else [notebook]
    lists = [sheet.get("cells", []) for sheet in _list(path, sheets) if isinstance(sheet, dict)]
    return [cell for cells in lists for cell in _list(path, cells)]


def _list(path: Path, value: object) -> list[object]:
    if not isinstance(value, list):
        raise _no_notebook(path, "JSON without a list of cells")
    return value


def _cell(path: Path, cell: object, number: int) -> Cell | None:
    """Return one cell from its kind and source, nothing else; ``None`` for a raw cell."""
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if not isinstance(cell, dict) or not isinstance(kind, str) or kind not in {*KINDS, *DROPPED}:
        raise _no_notebook(path, f"something else in the place of cell {number}")
    if kind in DROPPED:
        return None
    source = _source(path, cell, number)
    if kind == "heading":
        source = f"{'#' * _level(cell.get('level'))} {source}"
    return Cell(index=0, kind=KINDS[kind], source=source)


def _source(path: Path, cell: dict[str, object], number: int) -> str:
    source = cell.get("source", cell.get("input"))  # "input": code in nbformat 3
    lines = source if isinstance(source, list) else ["" if source is None else source]
    texts = [line for line in lines if isinstance(line, str)]
    if len(texts) < len(lines):
        raise _no_notebook(path, f"a cell {number} whose source is no text")
    return scalar("".join(texts))


def _level(level: object) -> int:
    return int(min(max(level, 1), 6)) if isinstance(level, int) else 1
