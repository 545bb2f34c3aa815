"""Blackboard: *Assignment File Download* gives files ``Assignment_username_attempt_2026-11-21-09-30-00_original``.

Beside them lies a text for each attempt, without the last part, which names the student: ``Name: Ada Byron (ab12)``.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.errors import SubmissionUnreadable
from grader.intake.given import Evidence, File, Layout, Reading, Told, Tree, Upload
from grader.intake.moments import moment
from grader.intake.naming import shared_start
from grader.intake.uploads import content

_TOP = re.compile(
    r"(?P<before>.+?)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|(?P<about>\.txt))", re.DOTALL
)
_NAME = re.compile(r"\s*Name:\s*(?P<name>.*\S)\s*\((?P<user>[^()]+)\)\s*")


def recognise(tree: Tree) -> Evidence:
    """Count names with Blackboard's marker and a time."""
    return Evidence(sum(1 for top in tree.tops if _TOP.fullmatch(top)), len(tree.tops))


def read(tree: Tree) -> Reading:
    """Return one upload for each attempt of a student."""
    attempts: dict[tuple[str, str], list[File]] = defaultdict(list)
    about: dict[str, tuple[str, str]] = {}
    strays, told = [], []
    for file in tree.files:
        match = _TOP.fullmatch(file.top)
        if match is None:
            strays.append(file)
        elif match["about"]:
            about |= _about(match["before"], file)
            attempts[match["before"], match["time"]] += []
            told.append(Told(path=file.path, reason=f"{file.shown}: read for the name", used=True))
        else:
            inner = file.name.removeprefix(file.top)
            attempts[match["before"], match["time"]].append(file.model_copy(update={"name": match["file"] + inner}))
    title = shared_start([before for before, _ in attempts], "_")  # of a single student, all but the user name
    uploads = [_upload(before, time, files, title, about) for (before, time), files in attempts.items()]
    return Reading(uploads=tuple(uploads), strays=tuple(strays), told=tuple(told))


def _upload(before: str, time: str, files: list[File], title: str, about: dict[str, tuple[str, str]]) -> Upload:
    name, user = about.get(before, ("", ""))
    user = user or before.removeprefix(title)
    names = (name, f"{name}-{user}") if name else (user,)
    return Upload(key=user, names=names, identifiers=(user,), submitted_at=moment(time), files=tuple(files))


def _about(before: str, file: File) -> dict[str, tuple[str, str]]:
    """Return the name and user name on the first line of Blackboard's own text; the rest is the student's."""
    try:
        first = content(file.path).decode("utf-8-sig", errors="replace").partition("\n")[0]
    except SubmissionUnreadable:
        return {}
    match = _NAME.fullmatch(first)
    return {before: (match["name"], match["user"])} if match and before.endswith(f"_{match['user']}") else {}


LAYOUT = Layout("blackboard", "Blackboard export", recognise, read)
