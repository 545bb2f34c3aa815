"""The rules of which file counts, and why: attempts of one student, notebooks of one upload, files beside them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from grader.errors import SubmissionUnreadable
from grader.intake.given import File, Told, Upload
from grader.intake.kinds import Kind, is_misnamed, kind_of
from grader.intake.naming import squeezed
from grader.intake.reading import read
from grader.intake.uploads import printable
from grader.records import Record, Submission

MOST = 50  # notebooks of one upload that are looked into
_COPY = re.compile(r"(?P<stem>.+?)(?:[-_ ]?\((?P<browser>\d+)\)|-(?P<canvas>\d{1,3}))")
NEVER = datetime.min.replace(tzinfo=UTC)


class Task(Record):
    """What uploads are graded for, as far as it helps to find the right file."""

    name: str
    loader: str


class Chosen(Record):
    """The file of an upload that is run."""

    file: File
    submission: Submission
    why: str = ""
    """Why this one, where there were others."""


class Choice(Record):
    """What one upload came to."""

    chosen: tuple[Chosen, ...] = ()
    others: tuple[File, ...] = ()
    """Files that may belong beside the chosen one."""
    told: tuple[Told, ...] = ()
    refused: tuple[Told, ...] = ()


# --- attempts of one student --------------------------------------------------------------------


def latest(uploads: Sequence[tuple[str, Upload]]) -> tuple[list[tuple[str, Upload]], list[Told]]:
    """Return the uploads that count, each with its layout: of several of one student, the latest with work in it.

    Where nothing tells which is later, all count.
    """
    groups: dict[tuple[str, str, str], list[Upload]] = defaultdict(list)
    for layout, upload in uploads:
        groups[layout, upload.key, upload.assignment].append(upload)
    kept, told = [], []
    for (layout, _, _), attempts in groups.items():
        best = max(map(_attempt, attempts))
        kept += [(layout, each) for each in attempts if _attempt(each) == best]
        for each in attempts:
            if _attempt(each) != best:
                told += [_earlier(file, each, attempts) for file in each.files]
    return kept, told


def _attempt(upload: Upload) -> tuple[bool, datetime, int]:
    works = any(kind_of(file) or file.origin for file in upload.files)
    return works, upload.submitted_at or NEVER, upload.order


def _earlier(file: File, upload: Upload, attempts: Sequence[Upload]) -> Told:
    newest = max(attempts, key=lambda each: _attempt(each)[1:])
    reason = "has no notebook and no Python file" if upload is newest else "is an earlier one"
    reason = f"{file.shown}: this attempt {reason}; another of the {len(attempts)} of {upload.names[0]} is taken"
    return Told(path=file.path, reason=reason, student=upload.names[0])


# --- notebooks of one upload --------------------------------------------------------------------


class _Candidate(NamedTuple):
    file: File
    kind: Kind
    submission: Submission
    source: str


def choose(upload: Upload, tasks: Sequence[Task]) -> Choice:
    """Return the file that is run: the one for each task, where they differ, and else the newest or the largest.

    Notebooks come before modules. What can't be read is told, and refused where nothing else can be.
    """
    kinds = [(file, kind_of(file)) for file in upload.files]
    wanted: Kind = "notebook" if any(kind == "notebook" for _, kind in kinds) else "module"
    main = [(file, kind) for file, kind in kinds if kind == wanted]
    others = tuple(file for file, kind in kinds if kind != wanted)
    candidates, unread = [], []
    for file, kind in main[:MOST]:
        try:
            candidates.append(_candidate(file, kind))
        except SubmissionUnreadable as error:
            unread.append(_unread(file, error, upload))
    unread += [Told(path=file.path, reason=f"{file.shown}: one of too many notebooks") for file, _ in main[MOST:]]
    if not candidates:
        return _nothing(upload, unread, others)
    chosen = _best_of_each(candidates, tasks)
    return Choice(
        chosen=tuple(chosen),
        others=others,
        told=(*unread, *(_not_taken(each, chosen, upload) for each in candidates if not _among(each, chosen))),
    )


def _candidate(file: File, kind: Kind) -> _Candidate:
    if file.trouble:
        message = f"{printable(str(file.path))}: {file.trouble}"
        raise SubmissionUnreadable(message)
    submission = read(file.path, kind=kind)
    return _Candidate(
        file, kind, submission, "\n".join(cell.source for cell in submission.cells if cell.kind == "code")
    )


def _unread(file: File, error: Exception, upload: Upload) -> Told:
    reason = str(error).replace(printable(str(file.path)), file.shown, 1)
    return Told(path=file.path, reason=reason, student=upload.names[0])


def _nothing(upload: Upload, unread: Sequence[Told], others: Sequence[File]) -> Choice:
    """Return the choice of an upload that has nothing to run: each reason once, and each other file told."""
    if unread:
        told = [Told(path=file.path, reason=f"{file.shown}: no notebook") for file in others if not file.trouble]
        return Choice(refused=tuple(unread), told=tuple(told))
    trouble = [file for file in others if file.trouble]
    plain = [file for file in others if not file.trouble]
    refused = [
        Told(path=file.path, reason=f"{file.shown}: {file.trouble}", student=upload.names[0]) for file in trouble
    ]
    if plain and not trouble:
        refused.append(_only(upload, plain))
        plain = plain[1:]
    told = [Told(path=file.path, reason=f"{file.shown}: no notebook") for file in plain]
    if not others:
        line = f"{printable(upload.names[0])}: found no file; expected a notebook (.ipynb); ask for it"
        refused.append(Told(path=Path(upload.names[-1]), reason=line, student=upload.names[0]))
    return Choice(refused=tuple(refused), told=tuple(told))


def _only(upload: Upload, files: Sequence[File]) -> Told:
    names = sorted({file.base for file in files})
    listed = printable(", ".join(names[:3]))[:120] + (", …" if len(names) > 3 else "")
    line = f"{files[0].shown}: found only {listed}; expected a notebook (.ipynb) or a Python file (.py); ask for it"
    return Told(path=files[0].path, reason=line, student=upload.names[0])


def _best_of_each(candidates: Sequence[_Candidate], tasks: Sequence[Task]) -> list[Chosen]:
    """Return the best candidate for each task that any fits, each once; the best of all where none fits any."""
    fitting = [task for task in tasks if any(_uses(each, task) or _called(each, task) for each in candidates)]
    found = {best.file.path: best for best in (_best(candidates, [task]) for task in fitting)}
    return list(found.values()) or [_best(candidates, tasks)]


def _best(candidates: Sequence[_Candidate], tasks: Sequence[Task]) -> Chosen:
    loaders, names = " or ".join(task.loader for task in tasks), " or ".join(task.name for task in tasks)
    reasons: list[tuple[str, Callable[[_Candidate], object]]] = [
        (f"it uses {loaders}", lambda each: any(_uses(each, task) for task in tasks)),
        (f"its name fits {names}", lambda each: any(_called(each, task) for task in tasks)),
        ("the other is Jupyter's own copy", lambda each: not each.file.base.endswith("-checkpoint.ipynb")),
    ]
    left, why = list(candidates), ""
    for reason, key in reasons:
        left, why = _narrowed(left, key, why, reason)
    kept = [each for each in left if not any(_newer_copy(other, each) for other in left)]
    why = why or ("it is the latest copy" if len(kept) < len(left) else "")
    last: list[tuple[str, Callable[[_Candidate], object]]] = [
        ("it is the newest in its archive", lambda each: (each.file.origin and each.file.modified) or NEVER),
        ("it has the most code", lambda each: len(each.source)),
        ("all else being equal, its name comes first", lambda each: [-ord(letter) for letter in each.file.name]),
    ]
    for reason, key in last:
        kept, why = _narrowed(kept, key, why, reason)
    return Chosen(file=kept[0].file, submission=kept[0].submission, why=why)


def _narrowed(
    left: list[_Candidate], key: Callable[[_Candidate], object], why: str, reason: str
) -> tuple[list[_Candidate], str]:
    """Return those of ``left`` that are best by ``key``, and the first reason that told any apart."""
    best = max(map(key, left))  # type: ignore[type-var]
    kept = [each for each in left if key(each) == best]
    return kept, why or (reason if len(kept) < len(left) else "")


def _uses(candidate: _Candidate, task: Task) -> bool:
    return re.search(rf"\b{re.escape(task.loader)}\b", candidate.source) is not None


def _called(candidate: _Candidate, task: Task) -> bool:
    return squeezed(task.name) in squeezed(candidate.file.base)


def _copy(file: File) -> tuple[str, int]:
    """Return a file's name without the number of a copy, and that number: 1 for ``hw-1`` and ``hw (1)``."""
    short = file.name.removesuffix(Path(file.base).suffix)
    match = _COPY.fullmatch(short)
    return (match["stem"], int(match["browser"] or match["canvas"])) if match else (short, 0)


def _newer_copy(one: _Candidate, other: _Candidate) -> bool:
    (stem, number), (other_stem, other_number) = _copy(one.file), _copy(other.file)
    return (stem, one.file.origin) == (other_stem, other.file.origin) and (
        (number, one.file.number) > (other_number, other.file.number)
    )


def _among(candidate: _Candidate, chosen: Sequence[Chosen]) -> bool:
    return any(each.file is candidate.file for each in chosen)


def _not_taken(candidate: _Candidate, chosen: Sequence[Chosen], upload: Upload) -> Told:
    taken = " and ".join(each.file.base for each in chosen)
    line = f"{candidate.file.shown}: not run; {printable(taken)} is taken: {chosen[0].why}"
    return Told(path=candidate.file.path, reason=line, student=upload.names[0])


def misnamed(chosen: Chosen) -> str:
    """Return what to say of a file whose ending promises something else, or nothing."""
    if not is_misnamed(chosen.file, chosen.submission.kind):
        return ""
    return f"{chosen.file.shown}: read as a {chosen.submission.kind}, whatever its name says"
