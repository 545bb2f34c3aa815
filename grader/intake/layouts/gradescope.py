"""Gradescope: *Export Submissions* gives ``assignment_<id>_export/`` with a folder for each submission.

Whose it is stands in ``submission_metadata.yml``, as Ruby writes it.
"""

from __future__ import annotations

from collections import defaultdict

from grader.errors import SubmissionUnreadable
from grader.intake.given import Evidence, File, Layout, Reading, Told, Tree, Upload
from grader.intake.metadata import Meta, metadata
from grader.intake.uploads import content

METADATA = "submission_metadata.yml"


def recognise(tree: Tree) -> Evidence:
    """Look for the file that only Gradescope writes."""
    return Evidence(int(METADATA in tree.tops), 1)


def read(tree: Tree) -> Reading:
    """Return one upload for each submission: of its submitters, all of them."""
    listed = next((file for file in tree.files if file.name == METADATA), None)
    about = _metadata(listed) if listed else {}
    files: dict[str, list[File]] = defaultdict(list)
    for file in tree.files:
        if file is not listed:
            files[file.top].append(file.inside() if "/" in file.name else file)
    tops = sorted({top for top in files if top.startswith("submission_")} | set(about))
    uploads = tuple(_upload(top, about.get(top), tuple(files.get(top, ()))) for top in tops)
    strays = tuple(file for top, found in files.items() if top not in tops for file in found)
    told = (Told(path=listed.path, reason=f"{listed.shown}: read for names and times", used=True),) if listed else ()
    return Reading(uploads=uploads, strays=strays, told=told)


def _metadata(file: File) -> dict[str, Meta]:
    try:
        return metadata(content(file.path).decode("utf-8-sig", errors="replace"))
    except SubmissionUnreadable:
        return {}


def _upload(top: str, meta: Meta | None, files: tuple[File, ...]) -> Upload:
    if meta is None or not meta.submitters:
        return Upload(key=top, names=(top,), files=files)
    people = meta.submitters
    names = tuple(person.name or person.sid or person.email for person in people)
    keys = [person.sid or person.email or person.name for person in people]
    return Upload(
        key=" ".join(keys),
        names=(names[0], f"{names[0]}-{keys[0]}", f"{names[0]}-{top}"),
        identifiers=tuple(text for person in people for text in (person.sid, person.email) if text),
        members=names if len(names) > 1 else (),
        submitted_at=meta.created_at,
        files=files,
    )


LAYOUT = Layout("gradescope", "Gradescope export", recognise, read)
