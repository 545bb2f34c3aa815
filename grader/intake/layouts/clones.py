"""Git: a folder of clones, one repository for each student, as GitHub Classroom and its successors make them.

What a repository says of times and authors is not read: its files are the student's, and asking git about them would
run what the repository's own settings name.
"""

from __future__ import annotations

from grader.intake.given import Evidence, Layout, Reading, Tree, Upload
from grader.intake.naming import shared_start


def recognise(tree: Tree) -> Evidence:
    """Count folders that are clones."""
    return Evidence(len(tree.repositories), len({*tree.tops, *tree.repositories}))


def read(tree: Tree) -> Reading:
    """Return one upload for each folder; ``assignment-student`` is called ``student``."""
    folders = sorted({file.top for file in tree.files if "/" in file.name} | tree.repositories)
    prefix = shared_start(folders, "-") if len(folders) > 1 else ""  # the assignment's name
    uploads = []
    for name in folders:
        files = tuple(file.inside() for file in tree.files if file.top == name)
        short = name.removeprefix(prefix)
        uploads.append(Upload(key=name, names=(short, name), identifiers=(short, name), files=files))
    strays = tuple(file for file in tree.files if file.top not in folders)
    return Reading(uploads=tuple(uploads), strays=strays)


LAYOUT = Layout("git", "folder of git clones", recognise, read)
