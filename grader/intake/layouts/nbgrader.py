"""nbgrader: ``submitted/<student>/<assignment>/`` with the notebooks and a ``timestamp.txt``.

Given may be the course, with its other steps beside, or the folder ``submitted`` itself.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from grader.errors import SubmissionUnreadable
from grader.intake.given import Evidence, File, Layout, Reading, Told, Tree, Upload
from grader.intake.moments import moment
from grader.intake.uploads import content

STEP = "submitted"
OTHER_STEPS = {"source", "release", "autograded", "feedback", "exchange"}
TIME = "timestamp.txt"


def recognise(tree: Tree) -> Evidence:
    """Count students' folders that hold nothing but folders of assignments."""
    inner = _submitted(tree)
    named = inner is not tree or tree.root.name == STEP
    if not named and not any(file.base == TIME and file.name.count("/") == 2 for file in tree.files):
        return Evidence(0, 1)
    shallow = {file.top for file in inner.files if file.name.count("/") < 2}
    return Evidence(len(set(inner.tops) - shallow), max(len(inner.tops), 1))


def read(tree: Tree) -> Reading:
    """Return one upload for each student and assignment."""
    inner = _submitted(tree)
    files: dict[tuple[str, str], list[File]] = defaultdict(list)
    strays = []
    for file in inner.files:
        parts = file.name.split("/", 2)
        if len(parts) < 3:
            strays.append(file)
        else:
            files[parts[0], parts[1]].append(file.model_copy(update={"name": parts[2]}))
    uploads = tuple(_upload(student, assignment, found) for (student, assignment), found in files.items())
    told = () if inner is tree else tuple(_other(file) for file in tree.files if file.top != STEP)
    return Reading(uploads=uploads, strays=tuple(strays), told=told)


def _submitted(tree: Tree) -> Tree:
    return tree.within(STEP) if STEP in tree.tops else tree


def _other(file: File) -> Told:
    kind = "another step of nbgrader's" if file.top in OTHER_STEPS else "a file of the course's"
    return Told(path=file.path, reason=f"{file.shown}: {kind}")


def _upload(student: str, assignment: str, files: list[File]) -> Upload:
    return Upload(
        key=student,
        names=(student, f"{student}-{assignment}"),
        identifiers=(student,),
        assignment=assignment,
        submitted_at=next((_time(file) for file in files if file.name == TIME), None),
        files=tuple(file for file in files if file.name != TIME),
        told=tuple(
            Told(path=file.path, reason=f"{file.shown}: read for the time", used=True)
            for file in files
            if file.name == TIME
        ),
    )


def _time(file: File) -> datetime | None:
    try:
        return moment(content(file.path).decode(errors="replace"), zone=UTC)
    except SubmissionUnreadable:
        return None


LAYOUT = Layout("nbgrader", "nbgrader's submitted folder", recognise, read)
