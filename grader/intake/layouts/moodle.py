"""Moodle: *Download all submissions* gives folders ``Full Name_12345_assignsubmission_file``, or files named so.

Source: mod/assign/classes/downloader.php. The number is the participant's; a group has its own, and the default group
none. Some versions end the folder's name in ``_``.
"""

from __future__ import annotations

import re
from collections import defaultdict

from grader.intake.given import Evidence, File, Layout, Reading, Tree, Upload

_TOP = re.compile(
    r"(?P<who>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)

TYPED = "found a text that was typed into Moodle; expected a notebook (.ipynb); ask for the file itself"


def recognise(tree: Tree) -> Evidence:
    """Count names with Moodle's marker."""
    return Evidence(sum(1 for top in tree.tops if _TOP.fullmatch(top)), len(tree.tops))


def read(tree: Tree) -> Reading:
    """Return one upload for each participant."""
    who: dict[str, tuple[str, str]] = {}
    files: dict[str, list[File]] = defaultdict(list)
    strays = []
    for file in tree.files:
        match = _TOP.fullmatch(file.top)
        if match is None:
            strays.append(file)
        else:
            key = match["id"] or match["who"]
            who[key] = match["who"], match["id"] or ""
            files[key].append(_original(match, file))
    uploads = tuple(_upload(key, *who[key], found) for key, found in files.items())
    return Reading(uploads=uploads, strays=tuple(strays))


def _original(match: re.Match[str], file: File) -> File:
    if match["kind"] == "onlinetext":
        return file.model_copy(update={"trouble": TYPED})
    if "/" in file.name:
        return file.inside()
    return file.model_copy(update={"name": match["file"] or file.name})


def _upload(key: str, who: str, number: str, files: list[File]) -> Upload:
    # One who has no name here takes part anonymously: Moodle writes the word for it, in its own language.
    names = (who, f"{who}-{number}") if number else (who,)
    return Upload(key=key, names=names, number=number, platform="moodle", files=tuple(files))


LAYOUT = Layout("moodle", "Moodle export", recognise, read)
