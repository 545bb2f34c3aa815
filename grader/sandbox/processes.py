"""What the processes of a box use together, and the end of all of them (Linux)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.sandbox.limits import MIB

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
END_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a box's processes use at one moment."""

    memory_mib: float = 0.0
    cpu_seconds: float = 0.0
    processes: int = 0


def number(pidfd: int) -> int:
    """Return the process a pidfd stands for, as this process numbers it; -1 when it has ended."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii").splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1


def family(roots: Iterable[int]) -> set[int]:
    """Return processes and all their descendants."""
    found: set[int] = set()
    waiting = [root for root in roots if root > 0]
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += _children(process)
    return found


def _children(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        texts = [(task / "children").read_text(encoding="ascii") for task in tasks]
    except FileNotFoundError:  # it has ended, or this kernel was built without these files
        with contextlib.suppress(psutil.Error):
            return [child.pid for child in psutil.Process(process).children()]
        return []
    except (ProcessLookupError, OSError):
        return []
    return [int(word) for text in texts for word in text.split()]


def usage(processes: Iterable[int], *, limit_mib: float, most: int) -> Usage:
    """Add up what processes use; where their resident memory is over the limit, shared pages are counted once.

    Of more than ``most`` processes only the number is returned.

    Forks share pages with each other and with the warm parent: only the proportional size is fair, and
    only near the limit is it worth the time it takes the kernel to find out.
    """
    listed = list(processes)
    if len(listed) > most:  # a storm: looking at the memory of each would take longer than it takes to grow
        return Usage(processes=len(listed))
    shared = _shared_mib(listed)
    memory = sum(map(_resident_mib, listed)) + shared
    if memory > limit_mib:
        memory = sum(map(_proportional_mib, listed)) + shared
    return Usage(memory_mib=memory, cpu_seconds=sum(map(cpu_seconds, listed)), processes=len(listed))


def _resident_mib(process: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE / MIB
    return 0.0


def _shared_mib(processes: Iterable[int]) -> float:
    """Return the size of shared memory without a name: pages that a process hands back stay, but not on its account."""
    found: dict[str, int] = {}
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            for line in Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace").splitlines():
                if line.endswith("/dev/zero (deleted)"):
                    place, _, offset, _, inode = line.split()[:5]
                    begin, end = (int(edge, 16) for edge in place.split("-"))
                    found[inode] = max(found.get(inode, 0), int(offset, 16) + end - begin)
    return sum(found.values()) / MIB


def _proportional_mib(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return _resident_mib(process)


def cpu_seconds(process: int) -> float:
    """Return what a process and the ended children it has waited for have used."""
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def nameless_bytes(processes: Iterable[int]) -> int:
    """Return the size of files that processes hold open and that have no name any more."""
    found: dict[tuple[int, int], int] = {}
    for process in processes:
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    facts = descriptor.stat()
                    if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
                        found[facts.st_dev, facts.st_ino] = facts.st_blocks * 512
    return sum(found.values())


def end(pidfd: int) -> bool:
    """Kill the process behind a pidfd; return whether it ended in time. One that has ended already is no error."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    return ended(pidfd, seconds=END_SECONDS)


def ended(pidfd: int, *, seconds: float = 0.0) -> bool:
    """Return whether a process ends within some seconds."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def end_family(pidfd: int) -> bool:
    """Kill all descendants of a process that adopts orphans, until none is left, then the process itself."""
    root = number(pidfd)
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        others = family([root]) - {root}
        if not others:
            return end(pidfd)
        for process in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.002)
    return end(pidfd) and False
