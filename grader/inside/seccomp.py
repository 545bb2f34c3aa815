"""Take from a process, for good, the system calls that lead out of a box: a seccomp filter the kernel enforces."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from typing import NamedTuple

# System calls by name, with their numbers on x86_64 and on aarch64 (None: that machine has no such call).
# A deny list, because TensorFlow, BLAS and Python use far more calls than anyone can list, and new ones each year.
DENIED: dict[str, tuple[int, int | None]] = {
    # the memory, descriptors and secrets of other processes: the grader itself may run as the same user
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # io_uring opens sockets and files where no filter sees it
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # memory that belongs to no process and no folder of limited size, so that nobody would count it
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    # parts of the kernel that exploits start from and no notebook needs
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # mounts and namespaces: what the box is made of
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    # files by inode number, past the folders that are mounted
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # the machine: modules, clock, names, swap, ports
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
}
# Calls whose arguments decide.
CLONE = (56, 220)
CLONE3 = (435, 435)
IOCTL = (16, 29)
SOCKET = (41, 198)
SOCKETPAIR = (53, 199)
CONNECT = (42, 203)
NAMED_BY_ALL = ((64, 190), (240, 180))  # semget, mq_open: without a namespace they outlive the box, for all to find
PRLIMIT64 = (302, 261)
SECCOMP = (317, 277)

CLONE_NEW = 0x7E02_0000  # CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET; clone(2) can't say CLONE_NEWTIME
TIOCSTI = 0x5412
TIOCLINUX = 0x541C
NETLINK_ROUTE = 0
SOCK_TYPE_MASK = 0xF  # the rest are SOCK_CLOEXEC and SOCK_NONBLOCK

# linux/seccomp.h: where the calling convention, the number and the arguments lie, and what a filter may answer
NUMBER_AT, MACHINE_AT, ARGUMENTS_AT = 0, 4, 16
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
# linux/filter.h: BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_RET|BPF_K and the BPF_JMP|...|BPF_K
LOAD, AND, RETURN = 0x20, 0x54, 0x06
EQUAL, AT_LEAST, ANY_BIT = 0x15, 0x35, 0x45
NEXT = ""  # a jump to the instruction that follows

SET_NO_NEW_PRIVS = 38  # prctl: PR_SET_NO_NEW_PRIVS
SET_MODE_FILTER = 1  # seccomp: SECCOMP_SET_MODE_FILTER
ALL_THREADS = 1  # seccomp: SECCOMP_FILTER_FLAG_TSYNC


class _Machine(NamedTuple):
    audit: int  # AUDIT_ARCH_*: the calling convention of a native call
    column: int  # in the table above


MACHINES = {
    "x86_64": _Machine(audit=0xC000_003E, column=0),
    "aarch64": _Machine(audit=0xC000_00B7, column=1),
}


def supported() -> bool:
    """Whether there is a filter for this machine: Linux on x86_64 or aarch64, with a 64-bit Python."""
    return sys.platform == "linux" and platform.machine() in MACHINES and sys.maxsize > 2**32


def program(*, network: bool) -> bytes:
    """The filter as classic BPF, 8 bytes an instruction.

    Args:
        network: Whether a network namespace is around the process, so that its sockets reach nobody. Without
            one there are no internet sockets, no ``connect`` and no datagrams to the host's Unix sockets,
            and the limits of other processes can't be set.

    Raises:
        OSError: The machine is one that ``supported`` says no to.
    """
    if not supported():
        raise OSError(errno.ENOSYS, f"no seccomp filter for {sys.platform} on {platform.machine()}")
    code = _Assembler(MACHINES[platform.machine()])
    _only_native_calls(code)
    code.load(NUMBER_AT)
    for numbers in DENIED.values():
        code.on_call(numbers, "EPERM")
    code.on_call(CLONE3, "ENOSYS")  # its flags lie in memory, where a filter can't look; the C library then uses clone
    if not network:
        code.on_call(CONNECT, "EPERM")  # a Unix socket with a path belongs to no network and no namespace
        code.on_call(PRLIMIT64, "prlimit64")
        for numbers in NAMED_BY_ALL:
            code.on_call(numbers, "EPERM")
    code.on_call(CLONE, "clone")
    code.on_call(IOCTL, "ioctl")
    code.on_call(SOCKET, "socket")
    code.on_call(SOCKETPAIR, "socket")  # the same arguments; a datagram pair can send to any path
    code.answer(ALLOW)
    if not network:
        _own_limits_only(code)
    _no_new_namespaces(code)
    _no_keystrokes(code)
    _few_socket_families(code, network=network)
    _answers(code)
    return code.assemble()


def install(*, network: bool) -> None:
    """Put every thread of this process, and all it ever starts, under the filter; there is no way back.

    Args:
        network: As for ``program``.

    Raises:
        OSError: The machine is not supported, or the kernel refused the filter.
    """
    filter_ = program(network=network)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    zero = ctypes.c_ulong(0)
    if libc.prctl(SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise _refusal(ctypes.get_errno(), "set no_new_privs")
    instructions = ctypes.create_string_buffer(filter_, len(filter_))
    number = ctypes.c_long(_here(SECCOMP))
    # threads that BLAS or zmq started earlier share the memory: one left without the filter would serve as a way out
    flags = ctypes.c_ulong(ALL_THREADS)
    length = ctypes.c_ushort(len(filter_) // 8)
    header = _Header(length, ctypes.cast(instructions, ctypes.c_void_p))
    done = int(libc.syscall(number, ctypes.c_ulong(SET_MODE_FILTER), flags, ctypes.byref(header)))
    if done > 0:  # the id of a thread under a filter of its own
        raise OSError(errno.EBUSY, f"thread {done} can't be put under the seccomp filter")
    if done < 0:
        raise _refusal(ctypes.get_errno(), "install the seccomp filter")


class _Header(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class _Instruction(NamedTuple):
    code: int
    value: int
    then: str = NEXT
    otherwise: str = NEXT


class _Assembler:
    """Instructions whose jumps name labels further down, where BPF wants the number of instructions to skip."""

    def __init__(self, machine: _Machine) -> None:
        self.machine = machine
        self._instructions: list[_Instruction] = []
        self._labels: dict[str, int] = {}

    def label(self, name: str) -> None:
        self._labels[name] = len(self._instructions)

    def load(self, offset: int) -> None:
        self._instructions.append(_Instruction(code=LOAD, value=offset))

    def load_argument(self, index: int) -> None:
        """Load the low word of a 64-bit argument: of all we look at, the kernel itself drops the high word."""
        self.load(ARGUMENTS_AT + 8 * index)

    def keep(self, bits: int) -> None:
        self._instructions.append(_Instruction(code=AND, value=bits))

    def jump(self, test: int, value: int, then: str, otherwise: str = NEXT) -> None:
        self._instructions.append(_Instruction(code=test, value=value, then=then, otherwise=otherwise))

    def on_call(self, numbers: tuple[int, int | None], then: str) -> None:
        number = numbers[self.machine.column]
        if number is not None:
            self.jump(EQUAL, number, then)

    def answer(self, action: int) -> None:
        self._instructions.append(_Instruction(code=RETURN, value=action))

    def assemble(self) -> bytes:
        return b"".join(self._encode(at, each) for at, each in enumerate(self._instructions))

    def _encode(self, at: int, each: _Instruction) -> bytes:
        """One ``struct sock_filter``; a label too far away (255) or above doesn't fit a byte and raises."""
        skip = [self._labels[to] - at - 1 if to != NEXT else 0 for to in (each.then, each.otherwise)]
        return struct.pack("=HBBI", each.code, *skip, each.value)


def _only_native_calls(code: _Assembler) -> None:
    code.load(MACHINE_AT)
    code.jump(EQUAL, code.machine.audit, NEXT, "kill")  # 32-bit calls have other numbers for the same things
    if code.machine is MACHINES["x86_64"]:
        code.load(NUMBER_AT)
        code.jump(AT_LEAST, 0x4000_0000, "ENOSYS")  # x32: the same calls under numbers with one bit more
        code.jump(AT_LEAST, 548, "native")
        code.jump(AT_LEAST, 512, "ENOSYS")  # x32's own, ptrace among them: kernels before 5.4 take them without the bit
        code.label("native")


def _own_limits_only(code: _Assembler) -> None:
    code.label("prlimit64")
    code.load_argument(0)
    code.jump(EQUAL, 0, "allow", "EPERM")  # no namespace hides the grader: a CPU limit set on it would kill it


def _no_new_namespaces(code: _Assembler) -> None:
    code.label("clone")
    code.load_argument(0)
    code.jump(ANY_BIT, CLONE_NEW, "EPERM", "allow")


def _no_keystrokes(code: _Assembler) -> None:
    code.label("ioctl")
    code.load_argument(1)
    code.jump(EQUAL, TIOCSTI, "EPERM")  # types into the terminal from which the grader was started
    code.jump(EQUAL, TIOCLINUX, "EPERM", "allow")  # pastes into a console


def _few_socket_families(code: _Assembler, *, network: bool) -> None:
    code.label("socket")
    code.load_argument(0)
    code.jump(EQUAL, socket.AF_UNIX, "allow" if network else "unix")
    if network:
        code.jump(EQUAL, socket.AF_INET, "allow")
        code.jump(EQUAL, socket.AF_INET6, "allow")
    code.jump(EQUAL, socket.AF_NETLINK, NEXT, "EAFNOSUPPORT")  # vsock, for one, reaches the host of a virtual machine
    code.load_argument(2)
    code.jump(EQUAL, NETLINK_ROUTE, "allow", "EAFNOSUPPORT")  # getifaddrs: libzmq aborts without it
    if not network:  # no datagrams: they need no connect to reach the host's sockets
        code.label("unix")
        code.load_argument(1)
        code.keep(SOCK_TYPE_MASK)
        code.jump(EQUAL, socket.SOCK_STREAM, "allow")
        code.jump(EQUAL, socket.SOCK_SEQPACKET, "allow", "EAFNOSUPPORT")


def _answers(code: _Assembler) -> None:
    code.label("EAFNOSUPPORT")
    code.answer(ERRNO | errno.EAFNOSUPPORT)
    code.label("ENOSYS")
    code.answer(ERRNO | errno.ENOSYS)
    code.label("EPERM")
    code.answer(ERRNO | errno.EPERM)
    code.label("kill")
    code.answer(KILL_PROCESS)
    code.label("allow")
    code.answer(ALLOW)


def _here(numbers: tuple[int, int]) -> int:
    return numbers[MACHINES[platform.machine()].column]


def _refusal(number: int, what: str) -> OSError:
    return OSError(number, f"can't {what}: {os.strerror(number)}")
