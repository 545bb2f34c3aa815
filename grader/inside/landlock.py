"""Leave to a process, for good, only the files it is given, and no TCP, by landlock, which needs no privileges."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Iterable

# linux/landlock.h: LANDLOCK_ACCESS_FS_*
EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SOCK = 1 << 9
MAKE_SYM = 1 << 12
REFER = 1 << 13  # from ABI 2: move and link between folders
TRUNCATE = 1 << 14  # from ABI 3
IOCTL_DEV = 1 << 15  # from ABI 5

READ = EXECUTE | READ_FILE | READ_DIR
CHANGE_FOLDER = REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_SYM | REFER
# no FIFOs and devices: a grader that opened one by mistake would wait for ever
WRITE = READ | WRITE_FILE | TRUNCATE | CHANGE_FOLDER
# what may be asked for a path that is no folder (ACCESS_FILE in the kernel); all else is EINVAL there
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
SCOPE_ABSTRACT_UNIX, SCOPE_SIGNAL = 1 << 0, 1 << 1

# System calls, the same on x86_64 and aarch64.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULESET_VERSION = 1  # landlock_create_ruleset: LANDLOCK_CREATE_RULESET_VERSION
PATH_BENEATH = 1  # landlock_add_rule: LANDLOCK_RULE_PATH_BENEATH
SET_NO_NEW_PRIVS = 38  # prctl: PR_SET_NO_NEW_PRIVS


def abi() -> int:
    """The version of landlock that this kernel enforces, 0 where there is none.

    What later versions add: 2 moves between folders, 3 truncation (before, *any* file of the same user can be
    emptied), 4 TCP, 5 ioctl on devices, 6 signals and abstract Unix sockets.
    """
    if sys.platform != "linux":
        return 0
    try:
        return _syscall(CREATE_RULESET, None, 0, RULESET_VERSION, doing="ask for landlock's version")
    except OSError:  # ENOSYS: not built in; EOPNOTSUPP: switched off; EPERM: a filter around us refuses it
        return 0


def restrict(*, read: Iterable[str], write: Iterable[str]) -> None:
    """Leave this process, and all it ever starts, the named paths and nothing else; there is no way back.

    Everything else the kernel's version knows is refused: other files, TCP, signals to processes outside,
    abstract Unix sockets outside. Descriptors that are open keep working. What no version covers: ``stat``,
    ``chmod`` and ``utime`` on any path, UDP, and ``connect`` to Unix sockets with a path.

    Args:
        read: Files and folders to read, list and execute from. Paths that don't exist are skipped.
        write: Files and folders to change as well: with regular files, folders, symbolic links and sockets, but
            no FIFOs or devices. A device named itself (``/dev/null``) also takes ``ioctl``.

    Raises:
        OSError: There is no landlock, the process has more than one thread, or the kernel refused.
    """
    version = abi()
    if version == 0:
        raise OSError(errno.ENOSYS, "this kernel has no landlock")
    _one_thread()
    handled = _handled(version)
    ruleset = _create(version, handled)
    try:
        for path in read:
            _allow(ruleset, path, READ & handled)
        for path in write:
            _allow(ruleset, path, (WRITE | IOCTL_DEV) & handled)
        _no_new_privileges()
        _syscall(RESTRICT_SELF, ruleset, 0, doing="enter the landlock ruleset")
    finally:
        os.close(ruleset)


def _one_thread() -> None:
    """Landlock takes only the calling thread; the others share its memory and would serve as a way out."""
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names only
    if threads != 1:
        raise OSError(errno.EBUSY, f"landlock restricts one thread, and {threads} are running: restrict earlier")


def _handled(version: int) -> int:
    """All rights on files that this version knows; those not handled would be allowed everywhere."""
    if version >= 5:
        return (IOCTL_DEV << 1) - 1
    return ({1: REFER, 2: TRUNCATE}.get(version, IOCTL_DEV)) - 1


def _create(version: int, handled: int) -> int:
    """A ruleset without rules; the fields that an old kernel doesn't know are zero, which it accepts."""
    network = BIND_TCP | CONNECT_TCP if version >= 4 else 0
    scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scoped)  # struct landlock_ruleset_attr
    return _syscall(CREATE_RULESET, attributes, len(attributes), 0, doing="create a landlock ruleset")


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= ~IOCTL_DEV  # only for devices that are named themselves
        else:
            rights &= OF_A_FILE
        beneath = struct.pack("=Qi", rights, opened)  # struct landlock_path_beneath_attr, packed
        _syscall(ADD_RULE, ruleset, PATH_BENEATH, beneath, 0, doing=f"allow {path} by landlock")
    finally:
        os.close(opened)


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise _refusal(ctypes.get_errno(), "set no_new_privs")


def _syscall(number: int, *arguments: int | bytes | None, doing: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    # syscall() is variadic: a bare int would be passed as 32 bits, and the upper half be whatever was there
    words = [ctypes.c_long(each) if isinstance(each, int) else ctypes.c_char_p(each) for each in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise _refusal(ctypes.get_errno(), doing)
    return result


def _refusal(number: int, what: str) -> OSError:
    return OSError(number, f"can't {what}: {os.strerror(number)}")
