"""Find out which isolation levels this machine really has, by opening a box and trying to get out of it."""

from __future__ import annotations

import os
import platform
import secrets
import socket
import stat
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.errors import BoxFailed, UsageError
from grader.inside import landlock, seccomp
from grader.sandbox import bubblewrap
from grader.sandbox.levels import Level, box_user
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.scratch import scratch

LANDLOCK_ABI = 3  # before it, any file of the same user could be emptied
PROBE_SECONDS = 20
MUST_FAIL = ("reads", "writes", "connects", "reaches")
MAY_SUCCEED = {  # what a weaker level lets through, in words
    "lists": "list folders outside",
    "stats": "see that a file outside exists, its size and times",
    "signals": "send signals to your processes",
    "processes": "read the environment of your processes",
}
ALWAYS_OPEN = {
    Level.BUBBLEWRAP: ("use a flaw of the Linux kernel itself",),
    Level.LANDLOCK: (
        "change mode and times of files that belong to whoever runs the grader",
        "see which processes run, and how many (and has no shared memory and no terminals of its own)",
        "start more processes than its limit for a moment: they are counted from outside",
    ),
    Level.NONE: ("do everything that whoever runs the grader can do",),
}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What trying a level showed."""

    level: Level
    why_not: str = ""  # empty: it can be had
    stays_open: tuple[str, ...] = ()  # what student code can still do: "... in there can <words>"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The level to use, and what has to be said about it."""

    level: Level
    said: tuple[str, ...] = ()


@cache
def offer(level: Level) -> Offer:
    """Try a level and return what came of it; each is tried once in a process."""
    if level is Level.NONE:
        return Offer(level=level, stays_open=ALWAYS_OPEN[level])
    if why := _missing(level):
        return Offer(level=level, why_not=why)
    try:
        could = _try(level)
    except BoxFailed as error:
        return Offer(level=level, why_not=f"{error}{_hint(level, str(error))}")
    if broken := [what for what in MUST_FAIL if could[what]]:
        return Offer(level=level, why_not=f"tried from inside, it does not hold: code there {' and '.join(broken)}")
    found = tuple(words for what, words in MAY_SUCCEED.items() if could[what])
    return Offer(level=level, stays_open=(*found, *ALWAYS_OPEN[level]))


def _missing(level: Level) -> str:
    """Return what is known without trying, or an empty text."""
    if sys.platform != "linux":
        return f"{platform.system()} has no such thing; it needs Linux"
    if not seccomp.supported():
        return f"system calls can't be filtered on {platform.machine()}"
    if level is Level.BUBBLEWRAP and bubblewrap.executable() is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
    if level is Level.LANDLOCK and landlock.abi() < LANDLOCK_ABI:
        return f"Linux {platform.release()} has landlock version {landlock.abi()}, {LANDLOCK_ABI} is needed (Linux 6.2)"
    if level is Level.LANDLOCK and box_user(level) is not None and (closed := _closed_to_others()):
        return (
            f"Python is in {closed}, where only root may look; started by root, student code runs as an ordinary user "
            "there"
        )
    return ""


def _closed_to_others() -> str:
    """Return the first folder on the way to Python and its packages that an ordinary user can't pass."""
    for place in bubblewrap.python_folders():
        for folder in (*reversed(Path(place).parents), Path(place)):
            if not folder.stat().st_mode & stat.S_IXOTH:
                return str(folder)
    return ""


def _try(level: Level) -> dict[str, bool]:
    with scratch() as folder, socket.create_server(("127.0.0.1", 0)) as port:
        secret = folder / "secret"
        secret.write_text(secrets.token_hex(), encoding="utf-8")
        with socket.socket(socket.AF_UNIX) as line, Sandbox(level, warm=False) as sandbox:
            line.bind(f"{folder}/line")
            line.listen()
            for each in (folder, secret, folder / "line"):
                each.chmod(0o777)  # nothing but the level itself keeps the box out
            job = {
                "secret": str(secret),
                "port": port.getsockname()[1],
                "socket": f"{folder}/line",
                "process": os.getpid(),
            }
            with sandbox.box("probe", lambda _: job, limits=Limits(disk_mib=16)) as box:
                told = box.answer(seconds=PROBE_SECONDS)
    if not told["works"]:
        message = "its own folder can't be written to"
        raise BoxFailed(message)
    return told


def _hint(level: Level, said: str) -> str:
    """Return what to do where a common setting keeps bubblewrap from working."""
    proc = Path("/proc/sys")
    hints = {
        "bubblewrap 0.7 or later is needed": "nknown option" in said,
        "this system lets only programs with an AppArmor profile make user namespaces: add one for bwrap, or "
        "'sysctl kernel.apparmor_restrict_unprivileged_userns=0'": _says(
            proc / "kernel/apparmor_restrict_unprivileged_userns", "1"
        ),
        "user namespaces are switched off here: 'sysctl kernel.unprivileged_userns_clone=1'": _says(
            proc / "kernel/unprivileged_userns_clone", "0"
        ),
        "user namespaces are switched off here: 'sysctl user.max_user_namespaces=10000'": _says(
            proc / "user/max_user_namespaces", "0"
        ),
        "in a container, start it with '--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined', or grade outside of it": Path("/.dockerenv").exists(),
    }
    found = (hint for hint, applies in hints.items() if applies and level is Level.BUBBLEWRAP)
    return next((f"; {hint}" for hint in found), "")


def _says(path: Path, value: str) -> bool:
    return path.exists() and path.read_text(encoding="ascii").strip() == value


def choose(wanted: str, *, own_work: bool = False) -> Choice:
    """Return the level for ``auto``, ``required`` or a level's name; UsageError when it can't be had.

    ``own_work``: the code is the caller's own, which needs no confinement; nobody else's is run by root
    without any.
    """
    if wanted in {"auto", "required"}:
        return _strongest(required=wanted == "required", own_work=own_work)
    level = Level(wanted)
    found = offer(level)
    if found.why_not:
        message = f"--isolation {level}: can't be had here: {found.why_not}; see 'grader doctor'"
        raise UsageError(message)
    return Choice(level=level, said=() if level is not Level.NONE or own_work else (_unconfined(()),))


def _strongest(*, required: bool, own_work: bool) -> Choice:
    passed_over: list[str] = []
    for level in (Level.BUBBLEWRAP, Level.LANDLOCK):
        found = offer(level)
        if not found.why_not:
            said = f"isolation {level}: {'; '.join(passed_over)}"
            return Choice(level=level, said=(said,) if passed_over else ())
        passed_over.append(f"{level} can't be had: {found.why_not}")
    if required:
        message = f"--isolation required, and no level can be had here. {'; '.join(passed_over)}"
        raise UsageError(message)
    if _is_root() and not own_work:
        message = (
            "student code would run unconfined and as root. Make a level available, grade as an ordinary user, or say "
            f"--isolation none. {'; '.join(passed_over)}"
        )
        raise UsageError(message)
    return Choice(level=Level.NONE, said=() if own_work else (_unconfined(passed_over),))


def _unconfined(passed_over: tuple[str, ...] | list[str]) -> str:
    reasons = "".join(f" {each}." for each in passed_over)
    return (
        "WARNING: isolation none: student code runs unconfined, as you: it can read your files, use the network and "
        f"change its own grade. Every result says so.{reasons}"
    )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


__all__ = ["Choice", "Offer", "choose", "offer"]
