"""Any names at all, by the instructor's own regular expression with named groups."""

from __future__ import annotations

import re
from collections import defaultdict

from grader.errors import UsageError
from grader.intake.given import Evidence, File, Layout, Reading, Tree, Upload
from grader.intake.moments import moment

GROUPS = ("student", "file", "timestamp", "first_name", "last_name", "email")
ALSO = {"student_id": "student", "file_id": "file"}  # what nbgrader's zipcollect calls them


def layout(pattern: str) -> Layout:
    """Return the layout of names that ``pattern`` finds; `UsageError` for one that can't tell whose they are."""
    compiled = _compiled(pattern)

    def recognise(tree: Tree) -> Evidence:
        return Evidence(sum(1 for file in tree.files if compiled.search(file.name)), max(len(tree.files), 1))

    def read(tree: Tree) -> Reading:
        return _read(compiled, tree)

    return Layout("pattern", "names by the pattern", recognise, read)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        message = f"--pattern {pattern!r}: found a regular expression with a mistake in it ({error}); mend it there"
        raise UsageError(message) from error
    unknown = set(compiled.groupindex) - {*GROUPS, *ALSO}
    if unknown or not {"student", "student_id", "email", "last_name", "first_name"} & set(compiled.groupindex):
        found = f"a group called {min(unknown)}" if unknown else "no group that tells whose a file is"
        choices = ", ".join(f"(?P<{name}>…)" for name in GROUPS)
        message = f"--pattern {pattern!r}: found {found}; expected named groups among {choices}; name the student's"
        raise UsageError(message)
    return compiled


def _read(pattern: re.Pattern[str], tree: Tree) -> Reading:
    attempts: dict[tuple[str, str], list[tuple[dict[str, str], File]]] = defaultdict(list)
    strays = []
    for file in tree.files:
        found = _found(pattern, file)
        if found is None:
            strays.append(file)
        else:
            name = found.get("file") or file.base
            named = file.model_copy(update={"name": name})
            attempts[_key(found), found.get("timestamp", "")].append((found, named))
    return Reading(uploads=tuple(_upload(key, each) for (key, _), each in attempts.items()), strays=tuple(strays))


def _found(pattern: re.Pattern[str], file: File) -> dict[str, str] | None:
    """Return what the groups say of one file, or ``None`` if they don't say whose it is."""
    match = pattern.search(file.name)
    said = {ALSO.get(name, name): text for name, text in (match.groupdict() if match else {}).items() if text}
    return said if _key(said) else None


def _key(said: dict[str, str]) -> str:
    return said.get("student") or said.get("email") or " ".join(_full_name(said))


def _full_name(said: dict[str, str]) -> list[str]:
    return [said[part] for part in ("first_name", "last_name") if part in said]


def _upload(key: str, found: list[tuple[dict[str, str], File]]) -> Upload:
    said = found[0][0]
    name = " ".join(_full_name(said)) or key
    return Upload(
        key=key,
        names=(name, f"{name}-{key}"),
        identifiers=tuple(said[part] for part in ("student", "email") if part in said),
        submitted_at=moment(said.get("timestamp", "")),
        files=tuple(file for _, file in found),
    )
