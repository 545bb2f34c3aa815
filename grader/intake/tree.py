"""Lists a folder of uploads without following a link, opening a file or taking a cache for somebody's work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.intake.given import File, Told, Tree
from grader.intake.uploads import printable

if TYPE_CHECKING:
    from datetime import datetime

DEEPEST = 6  # folders below the one given
JUNK = {
    "__MACOSX": "left by macOS in archives",
    "__pycache__": "Python's cache",
    "node_modules": "installed packages",
    "site-packages": "installed packages",
    "Thumbs.db": "left by Windows",
    "desktop.ini": "left by Windows",
}
HIDDEN = {
    ".ipynb_checkpoints": "Jupyter's own copies",
    ".DS_Store": "left by macOS",
    ".git": "a repository's history",
}
LINK = "found a link; expected the file itself; submit the file that it points to"


def is_junk(name: str) -> str:
    """Return why a file or folder of that name is nobody's work, or nothing."""
    if name in JUNK:
        return JUNK[name]
    if name.startswith("._"):
        return "left by macOS in archives"
    if name.startswith("~$"):
        return "left by an open editor"
    return HIDDEN.get(name, "hidden") if name.startswith(".") else ""


def tree_of(
    root: Path,
    *,
    label: str = "",
    archive: bool = False,
    times: dict[Path, datetime] | None = None,
    skip: Path | None = None,
) -> Tree:
    """Return what a folder holds, except in ``skip``; ``times`` are those of an archive that was unpacked to it."""
    walk = _Walk(root, label or str(root), times or {}, skip)
    files = tuple(walk.below(root, 0))
    repositories = frozenset(walk.repositories)
    return Tree(
        root=root, label=walk.label, files=files, told=tuple(walk.told), repositories=repositories, archive=archive
    )


def tree_of_files(paths: Iterable[Path]) -> Tree:
    """Return files that were named one by one as what their folder holds."""
    listed = tuple(File(path=path, name=_utf8(path.name), shown=printable(str(path))) for path in paths)
    return Tree(root=listed[0].path.parent, label=str(listed[0].path.parent), files=listed)


def _utf8(name: str) -> str:
    """Return a name that may have come in another encoding, with a mark in place of what isn't UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


class _Walk:
    """One look through a folder, and what was passed over on the way."""

    def __init__(self, root: Path, label: str, times: dict[Path, datetime], skip: Path | None) -> None:
        self.root, self.label, self.times = root, label, times
        self.skip = os.path.realpath(skip) if skip else None
        self.told: list[Told] = []
        self.repositories: set[str] = set()

    def below(self, folder: Path, depth: int) -> Iterator[File]:
        """Yield the files in ``folder`` and below, sorted by name."""
        if depth > DEEPEST:
            yield self._file(folder, f"this folder lies more than {DEEPEST} folders deep; move it up")
            return
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            yield self._file(folder, f"this folder can't be listed ({error.strerror})")
            return
        if not entries and folder != self.root:
            yield self._file(folder, "found an empty folder; expected a notebook (.ipynb); ask what went wrong")
        for entry in entries:
            if reason := self._passed_over(entry):
                self.told.append(Told(path=entry, reason=f"{self._shown(entry)}: {reason}"))
            else:
                yield from self._entry(entry, depth)

    def _entry(self, entry: Path, depth: int) -> Iterator[File]:
        if entry.is_symlink():
            yield self._file(entry, LINK)
        elif _is_folder(entry) and not _is_notebook(entry):
            yield from self.below(entry, depth + 1)
        else:
            yield self._file(entry)

    def _passed_over(self, entry: Path) -> str:
        if entry.name == ".git" and entry.parent.parent == self.root:
            self.repositories.add(entry.parent.name)
        if reason := is_junk(entry.name):
            return reason
        if self.skip and os.path.realpath(entry) == self.skip:
            return "the folder of results"
        return "an environment of installed packages" if os.path.lexists(entry / "pyvenv.cfg") else ""

    def _file(self, path: Path, trouble: str = "") -> File:
        name = _utf8(path.relative_to(self.root).as_posix())
        return File(path=path, name=name, shown=self._shown(path), trouble=trouble, modified=self.times.get(path))

    def _shown(self, path: Path) -> str:
        inside = path.relative_to(self.root).as_posix()
        return printable(self.label if inside == "." else str(Path(self.label) / inside))


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  # is_dir() raises where permissions are missing


def _is_notebook(folder: Path) -> bool:
    return re.search(r"\.(ipynb|py)$", folder.name, re.IGNORECASE) is not None  # refused when it is read
