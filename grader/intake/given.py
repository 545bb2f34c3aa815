"""The nouns of intake: a file that was handed in, the tree it came in, and the upload it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from grader.records import Record


class File(Record):
    """A file that was handed in: where it lies, and what its student called it."""

    path: Path
    name: str
    """Path in the tree, with ``/``; in an upload, what is left of it without the names that an LMS put in front."""
    shown: str
    """What to call it in a message: also of a file in an archive, whose ``path`` lies in a temporary folder."""
    trouble: str = ""
    """Why it can't be opened at all: a link, a folder too deep."""
    origin: str = ""
    """The archive of the student's that it lay in."""
    modified: datetime | None = None
    """Its time in an archive; of a file in a folder nobody knows who set it."""
    number: int = 0
    """Newer files have higher ones, where an export numbers them."""

    @property
    def top(self) -> str:
        """The first part of its name: a file, or the folder it lies in."""
        return self.name.partition("/")[0]

    @property
    def base(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def ending(self) -> str:
        """What comes after the last dot of its name, with the dot, in lower case."""
        return Path(self.base).suffix.lower()

    def inside(self, folder: str = "") -> File:
        """Return the file with its name from within ``folder``, by default its topmost."""
        return self.model_copy(update={"name": self.name.removeprefix(f"{folder or self.top}/")})


class Told(Record):
    """A file that isn't run, and why, in one line."""

    path: Path
    reason: str
    student: str = ""
    used: bool = False
    """It served its purpose: an archive that was unpacked, a platform's own text."""


class Tree(Record):
    """What one of the paths given holds: all files, in order of their names."""

    root: Path
    label: str
    files: tuple[File, ...]
    told: tuple[Told, ...] = ()
    """What is nobody's work: hidden files, caches, installed packages."""
    repositories: frozenset[str] = frozenset()
    """Topmost folders that are clones of git repositories."""
    archive: bool = False

    @property
    def tops(self) -> tuple[str, ...]:
        """Names of the topmost files and folders, in order."""
        return tuple(dict.fromkeys(file.top for file in self.files))

    def sole_folder(self) -> str:
        """Return the folder that everything lies in, or nothing."""
        return self.tops[0] if len(self.tops) == 1 and all("/" in file.name for file in self.files) else ""

    def within(self, folder: str) -> Tree:
        """Return the tree below one of its topmost folders."""
        inner = tuple(file.inside(folder) for file in self.files if file.top == folder)
        return self.model_copy(update={"root": self.root / folder, "files": inner})


class Upload(Record):
    """What one student, or one group, handed in at one time."""

    key: str
    """Who it is, in the words of the layout: uploads of one key are attempts of one student."""
    names: tuple[str, ...]
    """What the student may be called, each telling more than the one before."""
    identifiers: tuple[str, ...] = ()
    """Numbers, user names and addresses, by which a roster may know them."""
    number: str = ""
    """The platform's own number, which says nothing in another's list."""
    platform: str = ""
    members: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    late: bool | None = None
    order: int = 0
    """Later attempts have higher ones, where there is no time to tell."""
    assignment: str = ""
    """What it was handed in for, where the layout tells."""
    files: tuple[File, ...] = ()
    told: tuple[Told, ...] = ()


class Evidence(NamedTuple):
    """How many of the topmost files and folders of a tree look as a layout has them."""

    fits: int
    of: int

    @property
    def convinces(self) -> bool:
        """Whether more than half of them do."""
        return 2 * self.fits > self.of


class Reading(Record):
    """A tree as a layout sees it: uploads, files that are no one's in particular, and files that are none."""

    uploads: tuple[Upload, ...]
    strays: tuple[File, ...] = ()
    told: tuple[Told, ...] = ()


class Layout(NamedTuple):
    """One form in which uploads come."""

    name: str
    title: str
    recognise: Callable[[Tree], Evidence]
    read: Callable[[Tree], Reading]
