"""Canvas: *Download Submissions* gives one folder of files ``name[_LATE]_userid_attachmentid_original``.

Source: lib/content_zipper.rb of Canvas. A late anonymous upload begins with ``LATE_anon_``. Canvas itself puts ``-1``,
``-2`` behind the name of a file that was uploaded again; its attachments are numbered in order of time.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.intake.given import Evidence, File, Layout, Reading, Tree, Upload

_NAMED = r"(?P<name>\w*?)(?:_(?P<late>LATE))?_(?P<user>\d+)"
_ANONYMOUS = r"(?:(?P<late_>LATE)_)?anon_(?P<anonymous>[^_\W]+)"
_FILE = re.compile(rf"(?:{_ANONYMOUS}|{_NAMED})_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
_TYPED = re.compile(rf"(?:{_ANONYMOUS}|{_NAMED})_(?P<kind>text|link)\.html")

TYPED = "found a text or a link that was typed into Canvas; expected a notebook (.ipynb); ask for the file itself"


def recognise(tree: Tree) -> Evidence:
    """Count names with an attachment's number that no other has, and one student's name for each number of a user."""
    found = [match for top in tree.tops if (match := _FILE.fullmatch(top))]
    numbers = {match["attachment"] for match in found}
    users = {(_user(match), match["name"]) for match in found}
    consistent = len(numbers) == len(found) and len({user for user, _ in users}) == len(users)
    typed = sum(1 for top in tree.tops if _TYPED.fullmatch(top))
    return Evidence(len(found) + typed if found and consistent else 0, len(tree.tops))


def read(tree: Tree) -> Reading:
    """Return one upload for each number of a user."""
    files: dict[str, list[tuple[re.Match[str], File]]] = defaultdict(list)
    strays = []
    for file in tree.files:
        if match := _FILE.fullmatch(file.top):
            files[_user(match)].append((match, _original(match, file)))
        elif match := _TYPED.fullmatch(file.top):
            files[_user(match)].append((match, file.model_copy(update={"trouble": TYPED})))
        else:
            strays.append(file)
    uploads = tuple(_upload(user, found) for user, found in files.items())
    return Reading(uploads=uploads, strays=tuple(strays))


def _user(match: re.Match[str]) -> str:
    return str(match["user"] or f"anon {match['anonymous']}")


def _original(match: re.Match[str], file: File) -> File:
    inner = file.name.removeprefix(file.top)
    changes = {"name": match["file"] + inner, "number": int(match["attachment"])}
    return file.model_copy(update=changes)


def _upload(user: str, found: list[tuple[re.Match[str], File]]) -> Upload:
    match = found[0][0]
    late = any(each["late"] or each["late_"] for each, _ in found)
    name = match["name"] or user
    return Upload(
        key=user,
        names=(name, f"{name}-{user}"),
        number=match["user"] or "",
        platform="canvas",
        late=late,
        order=max(file.number for _, file in found),
        files=tuple(file for _, file in found),
    )


LAYOUT = Layout("canvas", "Canvas export", recognise, read)
