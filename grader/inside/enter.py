"""Enter a box: join its namespaces, give every privilege away, set its limits, and check from inside that it holds.

Linux only. The order matters: folders are made and descriptors handed out while that is still possible,
then nothing is left that could undo the confinement.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import json
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from . import landlock, seccomp
from .places import make_places, variables

Request = dict[str, Any]

NAMESPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
CAPABILITY_VERSION = 0x20080522
LAST_CAPABILITY = 63
SYSTEM_SETTINGS = ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "kernel/modprobe")

libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents have ended."""
    _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def make_namespaces(command: list[str]) -> tuple[int, int]:
    """Start bubblewrap with ``command`` and return its process and a pidfd of the first process within.

    The first process does nothing; it holds the namespaces for us to join and, as their first process,
    takes everything in them along when it is killed. RuntimeError with bubblewrap's words when it fails.
    """
    info, info_in = os.pipe()
    ready, ready_in = os.pipe()
    complaint = os.memfd_create("stderr")
    settings, filters = os.memfd_create("arguments"), os.memfd_create("filters")
    holder = ["sh", "-c", "echo; exec sleep 2147483647 >&-"]
    # its own processes can be written to from within: what they may do must be no more than what is allowed there
    arguments = [*command[1:], "--seccomp", str(filters), "--info-fd", str(info_in)]
    os.write(settings, b"\0".join(os.fsencode(part) for part in arguments) + b"\0")
    os.write(filters, seccomp.program(network=True))
    for descriptor in (settings, filters):
        os.lseek(descriptor, 0, os.SEEK_SET)
    for descriptor in (info_in, settings, filters):
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - upstream's signature
    try:
        streams = [(os.POSIX_SPAWN_DUP2, ready_in, 1), (os.POSIX_SPAWN_DUP2, complaint, 2)]
        # no paths of ours in its arguments, no variables in its environment: both can be read from inside
        pid = os.posix_spawn(command[0], ["bwrap", "--args", str(settings), *holder], {}, file_actions=streams)
        for descriptor in (info_in, ready_in):
            os.close(descriptor)
        told = b"".join(iter(lambda: os.read(info, 4096), b""))
        if not told or not os.read(ready, 1):
            os.lseek(complaint, 0, os.SEEK_SET)
            raise RuntimeError(os.read(complaint, 2000).decode(errors="replace").strip() or "bubblewrap failed")
        return pid, os.pidfd_open(json.loads(told)["child-pid"])
    finally:
        for descriptor in (info, ready, complaint, settings, filters):
            os.close(descriptor)


def enter(request: Request, channel: int, init: int | None) -> dict[str, str]:
    """Go from the parent's fork to a confined process with its folders; return those by name.

    Sends over ``channel`` the descriptors the grading process needs: this process, the process whose
    death ends the box, and the folders ``out``, ``run``, shared memory and ``/tmp``.
    """
    if init is not None:
        _call("setns", init, NAMESPACES)
    else:
        adopt_orphans()
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        init = os.pidfd_open(os.getpid())
    if os.fork():
        _hold(joined=request["namespaces"] is not None)
    if request["namespaces"] is None:
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    places = make_places(request)
    _make_owner(request["user"], places)
    _hand_out(channel, init, places)
    _confine(request, places)
    _leave_nothing_open(channel)
    _own_state(places)
    return places


def _hold(*, joined: bool) -> None:
    """End, or where no namespace does it, stay as the one to whom all descendants of the box come back."""
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    while not joined:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    os._exit(0)


def _make_owner(user: int | None, places: dict[str, str]) -> None:
    if user is not None:
        for path in (*places.values(), *(str(found) for found in Path(places["work"]).rglob("*"))):
            os.chown(path, user, user)


def _hand_out(channel: int, init: int, places: dict[str, str]) -> None:
    folders = [places["out"], places["run"], "/dev/shm", "/tmp"]  # noqa: S108 - the box's own
    opened = [os.pidfd_open(os.getpid()), init, *(os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in folders)]
    rights = array.array("i", opened)
    with socket.socket(fileno=os.dup(channel)) as line:
        line.sendmsg([b'{"opened": true}\n'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def _confine(request: Request, places: dict[str, str]) -> None:
    limits = request["limits"]
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _give_away_privileges(request["user"])
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # a process without it can't read its own /proc; ptrace is filtered
    for name, wanted in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(kind)[1]
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (value, value))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # if memory runs out, this goes first
    if request["landlock"] is not None:
        rules = request["landlock"]
        landlock.restrict(read=[*rules["read"], places["inputs"]], write=[*rules["write"], request["base"]])
    if request["seccomp"] is not None:
        seccomp.install(network=request["seccomp"]["network"])
    if request["level"] != "none":
        verify(request)


def _give_away_privileges(user: int | None) -> None:
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused without privileges, and then there are none
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def verify(request: Request) -> None:
    """Raise RuntimeError, from inside, where the box doesn't hold; cheap enough for every box."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    held = [name for name in ("CapEff", "CapPrm", "CapInh", "CapAmb") if int(facts[name], 16)]
    problems = [f"it holds privileges ({', '.join(held)})"] if held else []
    filtered = {"self", "1", "2"} if request["namespaces"] is not None else {"self"}
    problems += [f"system calls of process {each} are not filtered" for each in filtered if not _filtered(each)]
    problems += [
        f"/proc/sys/{name} can be written" for name in SYSTEM_SETTINGS if _opens(f"/proc/sys/{name}", os.O_WRONLY)
    ]
    problems += [f"{path} can be seen" for path in request["unseen"] if _opens(path, os.O_RDONLY)]
    if os.getuid() == Path("/proc/sys/kernel").stat().st_uid:  # real root's, whatever our own namespace calls us
        problems.append("it runs as root")
    if problems:
        raise RuntimeError("the box does not hold: " + "; ".join(problems))


def _filtered(process: str) -> bool:
    """Say whether a process of the box may make only the calls that are allowed there; one that is gone makes none."""
    try:
        return "Seccomp:\t2\n" in Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return True


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags))
    except OSError:
        return False
    return True


def _leave_nothing_open(channel: int) -> None:
    """Close every descriptor of the parent's but the channel; standard streams lead nowhere."""
    os.closerange(3, channel)
    os.closerange(channel + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _own_state(places: dict[str, str]) -> None:
    """Give the fork what must not be the parent's: environment, working folder, random state, caches of places."""
    os.environ.update(variables(places))
    time.tzset()
    os.chdir(places["work"])
    tempfile.tempdir = None
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _call(name: str, *arguments: Any) -> None:
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
