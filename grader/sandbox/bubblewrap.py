"""The arguments of bubblewrap: an outer box around the warm parent, an inner one around each submission.

The outer box has no network and sees what is needed to import packages, read-only; started by root, it is
also where root is given up. The inner one has namespaces of its own for everything and two places that
can be written to: one folder and shared memory, both of limited size and gone with it.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from grader.sandbox.limits import MIB

PACKAGE = Path(__file__).resolve().parent.parent
INSIDE = PACKAGE / "inside"

INSIDE_AT = "/opt/box/inside"  # where each of these is seen from within: names that tell nothing
DATA_AT = "/opt/box/data"
INPUTS_AT = "/opt/box/in"
SESSION_AT = "/opt/box/session"
BASE_AT = "/box"

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
SETTINGS = (
    "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
    "/etc/mime.types", "/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/timezone",
    "/sys/devices/system/cpu",
)  # fmt: skip
SCRATCH_MIB = 512
GIVE_UP_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


@cache
def executable() -> str | None:
    """Return where bubblewrap is, or None."""
    return shutil.which("bwrap")


@cache
def python_folders() -> tuple[str, ...]:
    """Return the folders Python itself and its packages are in."""
    paths = sysconfig.get_paths()
    found = [sys.base_prefix, sys.prefix, paths["purelib"], paths["platlib"], paths["stdlib"], *site.getsitepackages()]
    if site.ENABLE_USER_SITE and site.getusersitepackages() in sys.path:
        found.append(site.getusersitepackages())
    folders = sorted({*map(os.path.realpath, found), *map(os.path.normpath, found)})  # as it is, and as it is called
    outermost = [path for path in folders if not _below(path, set(folders) - {path})]
    return tuple(path for path in outermost if Path(path).is_dir() and not _below(path, SYSTEM))


def hidden_folders() -> tuple[str, ...]:
    """Return what lies among the packages and is no student's to see: the grader itself and the solutions."""
    beside = (PACKAGE.parent / name for name in ("grader", "reference"))
    return tuple(str(path) for path in beside if path.is_dir() and _below(str(path), python_folders()))


def reference_folder() -> str | None:
    """Return the package of reference solutions, which only those may import."""
    path = PACKAGE.parent / "reference"
    return str(path) if path.is_dir() else None


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def outer(*, session: Path, data: Path | None, user: int | None) -> list[str]:
    """Return the command line that a warm parent is started with; ``user`` is who root becomes."""
    bwrap = executable() or "bwrap"
    names = ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--hostname", "box"]
    who = ["--unshare-user"] if user is None else _without_privileges()
    places = _Places()
    places.system()
    places.share("/proc", "/proc")  # an inner box may only mount a process folder where this one is whole
    places.add("--dev", "/dev")
    places.scratch("/tmp", 64 * MIB)  # noqa: S108 - the box's own
    for folder in python_folders():
        places.show(folder, folder)
    reference = reference_folder()
    if reference is not None:
        places.show(reference, reference)
    places.show(str(INSIDE), INSIDE_AT)
    places.show(str(session), SESSION_AT)
    if data is not None:
        places.show(str(data), DATA_AT)
    become = [] if user is None else _become(user)
    return [bwrap, *names, *who, *places.arguments, "--chdir", "/", "--", *become]


def _without_privileges() -> list[str]:
    """Keep only what becoming somebody else takes; no user namespace, in which root would still be root outside."""
    return ["--cap-drop", "ALL", *(word for each in GIVE_UP_ROOT for word in ("--cap-add", each))]


def _become(user: int) -> list[str]:
    who = ["--reuid", str(user), "--regid", str(user), "--clear-groups"]
    return ["setpriv", *who, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


def inner(*, inputs: str, data: bool, reference: bool, disk_mib: int) -> list[str]:
    """Return the command line for one box, as the warm parent sees the world."""
    bwrap = executable() or "bwrap"
    names = ["--unshare-all", "--die-with-parent", "--new-session", "--hostname", "box"]
    places = _Places()
    places.system()
    places.add("--proc", "/proc")
    places.add("--dev", "/dev")
    places.scratch("/dev/shm", min(SCRATCH_MIB, disk_mib) * MIB)  # noqa: S108 - the box's own
    places.add("--remount-ro", "/dev")
    places.scratch(BASE_AT, disk_mib * MIB)
    places.scratch("/tmp", min(SCRATCH_MIB, disk_mib) * MIB)  # noqa: S108
    for folder in python_folders():
        places.show(folder, folder)
    for folder in hidden_folders():
        if not (reference and folder == reference_folder()):
            places.hide(folder)
    solutions = reference_folder()
    if reference and solutions is not None:
        places.show(solutions, solutions)
    places.show(INSIDE_AT, INSIDE_AT)
    places.show(inputs, INPUTS_AT)
    if data:
        places.show(DATA_AT, DATA_AT)
    return [bwrap, *names, *places.arguments, "--remount-ro", "/", "--chdir", "/"]


class _Places:
    """What a box shows where; folders on the way to a place are made readable to whoever is inside."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self._made: set[str] = {"/"}

    def add(self, *words: str) -> None:
        self.arguments += words
        self._made.add(words[-1])

    def system(self) -> None:
        for path in (*SYSTEM, *SETTINGS):
            if Path(path).is_symlink() and path in SYSTEM:
                self.add("--symlink", str(Path(path).readlink()), path)
            elif Path(path).exists():
                self.show(os.path.realpath(path), path)

    def show(self, source: str, place: str) -> None:
        """Show something of the host's, read-only."""
        self._way_to(place)
        self.add("--ro-bind", source, place)

    def share(self, source: str, place: str) -> None:
        self.add("--bind", source, place)

    def scratch(self, place: str, size: int) -> None:
        self.add("--perms", "0700" if place == BASE_AT else "1777", "--size", str(size), "--tmpfs", place)

    def hide(self, place: str) -> None:
        """Cover a folder with an empty one."""
        self.add("--perms", "0555", "--size", "4096", "--tmpfs", place)
        self.arguments += ["--remount-ro", place]

    def _way_to(self, place: str) -> None:
        for folder in reversed(Path(place).parents):
            if str(folder) not in self._made and not self._shown(str(folder)):
                self.add("--perms", "0755", "--dir", str(folder))

    def _shown(self, folder: str) -> bool:
        words = self.arguments
        shown = {words[index + 2] for index, word in enumerate(words) if word in {"--ro-bind", "--bind"}}
        return _below(folder, shown)
