"""Files and folders → Submissions, each with a student's name that no other has."""

from __future__ import annotations

import os
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from grader.errors import SubmissionUnreadable, UsageError
from grader.intake.reading import KINDS, read
from grader.intake.uploads import is_helper, printable, student_name
from grader.records import Record, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DEEPEST = 6  # folders below the one given
SKIPPED = frozenset({"__pycache__", "__MACOSX", "__init__.py", "node_modules"})


class Refused(Record):
    """A file that can't be read, and why, in one line."""

    path: Path
    reason: str


class Collected(Record):
    """What a set of uploads came to."""

    submissions: tuple[Submission, ...]
    refused: tuple[Refused, ...] = ()


class _Upload(NamedTuple):
    """A file to read, and what its student may be called, in order of preference."""

    path: Path
    names: tuple[str, ...] = ()
    trouble: str = ""  # why it lies beyond reach
    beside: tuple[Path, ...] = ()  # helper modules in the same folder


def collect(paths: Sequence[Path]) -> Collected:
    """Read all submissions in ``paths``: files, and folders with the files in them.

    In a folder, ``alice.ipynb`` and ``alice/anything.ipynb`` are both alice's, and a .py in a
    student's folder that has a notebook is its helper. Where two would share a name, both are
    called by their path, written ``alice-anything``. What can't be read is among the refused;
    `UsageError` tells of a folder with nothing to read.
    """
    uploads = _distinct(upload for path in paths for upload in _uploads(path))
    submissions, refused = [], []
    for upload, student in zip(uploads, _students(uploads), strict=True):
        try:
            submissions.append(_read(upload, student))
        except SubmissionUnreadable as error:
            refused.append(Refused(path=upload.path, reason=str(error)))
    return Collected(submissions=tuple(submissions), refused=tuple(refused))


def _read(upload: _Upload, student: str) -> Submission:
    if upload.trouble:
        message = f"{printable(str(upload.path))}: {upload.trouble}"
        raise SubmissionUnreadable(message)
    return read(upload.path, student=student).model_copy(update={"beside": upload.beside})


# --- which files --------------------------------------------------------------------------------


def _uploads(path: Path) -> Iterator[_Upload]:
    """Yield what one of the paths given holds."""
    if _is_accepted(path) or not _is_folder(path):
        whole = _absolute(path)
        yield _Upload(path, _names(path.stem, whole, root=whole.parent.parent))
        return
    inside = list(_walk(path))
    if not inside:
        raise UsageError(_nothing_in(path))
    if inside[0].path == path:
        yield inside[0]
        return
    for _, group in groupby(inside, lambda each: each.path.relative_to(path).parts[0]):
        for each in _without_helpers(list(group)):
            yield each._replace(names=_names_in(path, each.path))


def _walk(folder: Path, depth: int = 0) -> Iterator[_Upload]:
    """Yield notebooks, Python files and links in ``folder`` and below, sorted by name."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield _Upload(folder, trouble=f"this folder can't be listed ({error.strerror})")
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in SKIPPED:
            continue
        if _is_accepted(entry) or (entry.is_symlink() and _is_folder(entry)):
            yield _Upload(entry)  # a link is refused when it is read, never followed
        elif _is_folder(entry) and not _is_environment(entry):
            yield from _below(entry, depth + 1)


def _below(folder: Path, depth: int) -> Iterator[_Upload]:
    if depth > DEEPEST:
        trouble = f"this folder lies more than {DEEPEST} folders deep; move it up"
        yield _Upload(folder, trouble=trouble)
    else:
        yield from _walk(folder, depth)


def _is_accepted(path: Path) -> bool:
    return path.suffix.lower() in KINDS


def _without_helpers(group: list[_Upload]) -> list[_Upload]:
    """Return one student's files; a .py beside a notebook is its helper, no submission of its own."""
    notebooks = [each for each in group if each.path.suffix.lower() == ".ipynb"]
    if not notebooks:
        return group
    others = [each.path for each in group if each not in notebooks]
    return [
        each._replace(beside=tuple(path for path in others if path.parent == each.path.parent and is_helper(path)))
        for each in notebooks
    ]


def _nothing_in(folder: Path) -> str:
    endings = {entry.suffix or "names without an ending" for entry in folder.iterdir()}
    names = sorted(endings)
    found = f"only {printable(', '.join(names))[:80]}" if names else "an empty folder"
    return (
        f"{printable(str(folder))}: found {found}; expected notebooks (.ipynb) or Python files (.py), in this folder "
        "or in one folder for each student"
    )


def _distinct(uploads: Iterable[_Upload]) -> list[_Upload]:
    """Return ``uploads`` without those that were given twice, say by a file and by its folder."""
    return list({_resolved(each.path): each for each in uploads}.values())


def _resolved(path: Path) -> Path:
    # Of the folder only: a link is itself. Not resolve(), which raises on circular links.
    return Path(os.path.realpath(path.parent)) / path.name


def _is_environment(folder: Path) -> bool:
    return os.path.exists(folder / "pyvenv.cfg")  # noqa: PTH110  # as below: never raises


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  # is_dir() raises where permissions are missing


# --- whose they are -----------------------------------------------------------------------------


def _names_in(folder: Path, path: Path) -> tuple[str, ...]:
    inside = path.relative_to(folder)
    short = inside.parts[0] if len(inside.parts) > 1 else inside.stem
    return _names(short, _absolute(path), root=_absolute(folder))


def _names(short: str, path: Path, *, root: Path) -> tuple[str, ...]:
    """Return names for the student of ``path``, each telling more than the one before."""
    inside = path.relative_to(root)
    longer = (inside.with_suffix(""), inside, Path(root.name) / inside, path)
    return tuple(student_name(name) for name in (short, *(each.as_posix() for each in longer)))


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links


def _students(uploads: Sequence[_Upload]) -> list[str]:
    """Return a name for each upload: the shortest that no other has, numbered if all else fails."""
    choices = [_choices(upload, number) for number, upload in enumerate(uploads, start=1)]
    taken = [0] * len(uploads)
    while True:
        names = [choice[place] for choice, place in zip(choices, taken, strict=True)]
        shared = Counter(name.casefold() for name in names)  # files of results may ignore case
        crowded = [
            number
            for number, name in enumerate(names)
            if shared[name.casefold()] > 1 and taken[number] < len(choices[number]) - 1
        ]
        if not crowded:
            return names
        for number in crowded:
            taken[number] += 1


def _choices(upload: _Upload, number: int) -> tuple[str, ...]:
    whole = student_name(str(upload.path))
    return (*upload.names, f"{whole} ({number})")
