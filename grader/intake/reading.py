"""One uploaded file → one Submission."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from grader.intake.module import module_cells
from grader.intake.notebook import notebook_cells
from grader.intake.uploads import content, printable, refusal, student_name
from grader.records import Cell, Submission

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS: dict[str, Literal["notebook", "module"]] = {".ipynb": "notebook", ".py": "module"}
READERS: dict[str, Callable[[Path, bytes], tuple[Cell, ...]]] = {
    "notebook": notebook_cells,
    "module": module_cells,
}


def read(path: Path, *, student: str | None = None, kind: Literal["notebook", "module"] | None = None) -> Submission:
    """Read one upload, .ipynb (nbformat 3 or 4) or .py; ``student`` is by default its file stem.

    ``kind`` is what it is, where its name says something else.

    Nothing is run, and of a notebook only the kinds and sources of its cells are kept. Raises
    `SubmissionUnreadable` with one line: the file, what was found, what was expected, the remedy.
    """
    data = content(path)
    kind = kind or KINDS.get(path.suffix.lower())
    if kind is None:
        found = f"a file ending in {path.suffix!r}" if path.suffix else "a file without an ending"
        raise refusal(path, found=printable(found), remedy="submit one of these")
    return Submission(
        file=path,
        sha256=hashlib.sha256(data).hexdigest(),
        student=student_name(path.stem) if student is None else student,
        kind=kind,
        cells=READERS[kind](path, data),
    )
