"""Any other folder or archive: ``alice.ipynb``, ``alice.zip`` and ``alice/anything.ipynb`` are all alice's."""

from __future__ import annotations

import re
from pathlib import Path

from grader.errors import SubmissionUnreadable
from grader.intake.archive import is_archive, is_other_archive
from grader.intake.given import Evidence, File, Layout, Reading, Told, Tree, Upload
from grader.intake.kinds import kind_of
from grader.intake.naming import path_names
from grader.intake.uploads import content

A_CLASS = 10  # notebooks in the only folder: more are no single student's


def recognise(tree: Tree) -> Evidence:
    """Fit any tree."""
    return Evidence(len(tree.tops), len(tree.tops))


def read(tree: Tree) -> Reading:
    """Return one upload for each topmost file that is one, and for each topmost folder.

    An archive with a single notebook in it, and what that imports, is one upload, called by the archive.
    """
    if tree.archive and _is_one(tree):
        return Reading(uploads=(_whole(tree),))
    sole = tree.sole_folder()
    if sole and sum(1 for file in tree.files if kind_of(file)) > (1 if tree.archive else A_CLASS):
        return read(tree.within(sole))
    folders: dict[str, list[File]] = {}
    uploads, told = [], []
    for file in tree.files:
        if "/" in file.name:
            folders.setdefault(file.top, []).append(file.inside())
        elif file.trouble or kind_of(file) or is_archive(file.name) or is_other_archive(file.name):
            uploads.append(_single(tree, file))
        else:
            told.append(Told(path=file.path, reason=f"{file.shown}: no notebook and no Python file"))
    uploads += [_folder(tree, name, files) for name, files in folders.items()]
    return Reading(uploads=tuple(sorted(uploads, key=lambda each: each.key)), told=tuple(told))


def _is_one(tree: Tree) -> bool:
    """Say whether a tree is a single student's: one notebook, and only modules that it imports; or one module."""
    works = [(file, kind) for file in tree.files if (kind := kind_of(file))]
    notebooks = [file for file, kind in works if kind == "notebook"]
    if len(notebooks) != 1:
        return len(works) == 1
    return all(file in notebooks or _imports(notebooks[0], file) for file, _ in works)


def _imports(notebook: File, module: File) -> bool:
    try:
        source = content(notebook.path).decode(errors="replace")
    except SubmissionUnreadable:
        return False
    return re.search(rf"(?:import|from)\s+(?:\w+\.)*{re.escape(Path(module.base).stem)}\b", source) is not None


def _whole(tree: Tree) -> Upload:
    name = stem(Path(tree.label).name)
    names = path_names(name, Path(tree.label), root=Path(tree.label).parent)
    return Upload(key=tree.label, names=names, files=tree.files)


def _single(tree: Tree, file: File) -> Upload:
    names = path_names(stem(file.name), file.path, root=tree.root)
    return Upload(key=str(file.path), names=names, files=(file,))


def _folder(tree: Tree, name: str, files: list[File]) -> Upload:
    path = tree.root / name
    return Upload(key=str(path), names=path_names(name, path, root=tree.root), files=tuple(files))


def stem(name: str) -> str:
    """Return a file's name without its endings: ``alice`` of ``alice.ipynb``, ``alice.ipynb.txt``, ``alice.tar.gz``."""
    short = name
    for _ in range(2):
        cut = Path(short)
        if cut.suffix.lower() in {
            ".ipynb",
            ".py",
            ".zip",
            ".tar",
            ".gz",
            ".tgz",
            ".bz2",
            ".txt",
            ".json",
            ".rar",
            ".7z",
        }:
            short = cut.stem
    return short


LAYOUT = Layout("folder", "folder", recognise, read)
