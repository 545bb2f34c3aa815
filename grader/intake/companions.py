"""Finds what belongs beside the file that is run: helper modules and data, under the names its code knows them by."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from grader.intake.archive import is_archive, is_other_archive
from grader.intake.given import File, Told
from grader.intake.rules import Chosen
from grader.intake.tree import is_junk
from grader.intake.uploads import MIB, printable

ALL = 64 * MIB  # bytes beside one notebook: they are copied into its box, which lies in memory
MANY = 200  # files
_COPY = re.compile(r"(?P<stem>.+?)(?:[-_ ]?\(\d+\)|-\d{1,3})(?P<ending>\.\w+)")


def companions(chosen: Chosen, others: Iterable[File], staging: Path) -> tuple[tuple[Path, ...], list[Told]]:
    """Return the files to place beside ``chosen``, and those that stay away with the reason.

    A file goes where it lay beneath the folder of what is run. One whose name the LMS changed is copied to
    ``staging`` under its own.
    """
    code = "\n".join(cell.source for cell in chosen.submission.cells if cell.kind == "code")
    placed: dict[str, Path] = {}
    told, left = [], ALL
    for file in others:
        where = _place(file, chosen.file, code)
        size, trouble = _looked_at(file)
        reason = trouble or _unwanted(file) or ("" if where else "it lies outside the folder of what is run")
        if not reason and (size > left or len(placed) == MANY):
            reason = f"more than {ALL // MIB} MiB or {MANY} files beside one notebook"
        if not reason and where in placed:
            reason = "another file of that name is placed"
        if reason:
            told.append(
                Told(path=file.path, reason=f"{file.shown}: not placed beside {printable(chosen.file.base)}: {reason}")
            )
            continue
        left -= size
        placed[where] = _at(file, where, chosen.file, staging)
    return tuple(placed.values()), told


def _place(file: File, main: File, code: str) -> str:
    """Return where a file goes, from the working folder of what is run; empty for one that can't be placed."""
    folder = main.name.rpartition("/")[0]
    if file.origin == main.origin and file.name.startswith(f"{folder}/" if folder else ""):
        inside = file.name.removeprefix(f"{folder}/") if folder else file.name
    elif main.origin and not file.origin and "/" not in file.name:
        inside = file.name  # handed in beside the archive
    else:
        return ""
    above, _, base = inside.rpartition("/")
    known = _known_as(base, code)
    return f"{above}/{known}" if above else known


def _known_as(name: str, code: str) -> str:
    """Return ``helpers.py`` for ``helpers-1.py``, as platforms call what is uploaded again, where the code says so."""
    match = _COPY.fullmatch(name)
    if match is None or name in code:
        return name
    wanted = match["stem"] if match["ending"] == ".py" else match["stem"] + match["ending"]
    return match["stem"] + match["ending"] if re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", code) else name


def _looked_at(file: File) -> tuple[int, str]:
    """Return a file's size, and what keeps it from being opened."""
    if file.trouble:
        return 0, file.trouble
    try:
        status = os.lstat(file.path)
    except OSError as error:
        return 0, f"it can't be opened ({error.strerror})"
    return status.st_size, "" if stat.S_ISREG(status.st_mode) else "no regular file"


def _unwanted(file: File) -> str:
    if is_junk(file.base):
        return is_junk(file.base)
    if is_archive(file.base) or is_other_archive(file.base):
        return "an archive"
    parts = PurePosixPath(file.name).parts
    return "a name that leads elsewhere" if ".." in parts or file.name.startswith("/") or "\\" in file.name else ""


def _at(file: File, where: str, main: File, staging: Path) -> Path:
    """Return a path from which the run finds the file's place: beneath the notebook's own folder, or by its name."""
    if file.path == main.path.parent.joinpath(*where.split("/")):
        return file.path
    target = staging / where.replace("/", "-")
    staging.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file.path, target, follow_symlinks=False)
    return target
