# ruff: noqa: E501, F401, T201
# Asks the kernel itself, past Python: mounts, namespaces, tracing, modules, clocks, rings, keys.
import ctypes
import platform

from hostile import escaped, target, tried

tried()
NUMBERS = {  # x86_64, aarch64
    "ptrace(TRACEME)": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "bpf": (321, 280),
    "pidfd_getfd": (438, 438), "keyctl": (250, 219), "add_key": (248, 217), "io_uring_setup": (425, 425),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "mount": (165, 40), "umount2": (166, 39),
    "chroot": (161, 51), "pivot_root": (155, 41), "open_tree": (428, 428), "fsopen": (430, 430), "move_mount": (429, 429),
    "unshare(NEWUSER)": (272, 97), "setns": (308, 268), "open_by_handle_at": (304, 265), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "sethostname": (170, 161), "swapon": (167, 224), "acct": (163, 89),
}  # fmt: skip
ARGUMENTS = {
    "unshare(NEWUSER)": (0x10000000,),
    "chroot": (b"/tmp",),
    "keyctl": (0, -3, 1),
    "io_uring_setup": (4, b"\0" * 120),
}
column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
for name, numbers in NUMBERS.items():
    given = ARGUMENTS.get(name, (0, 0, 0, 0, 0, 0))
    words = [each if isinstance(each, bytes) else ctypes.c_long(each) for each in given]
    result = libc.syscall(ctypes.c_long(numbers[column]), *words)
    error = ctypes.get_errno()
    print(name, result, error)
    if result >= 0 or error not in (1, 38):  # neither refused (EPERM) nor missing (ENOSYS): somebody looked at it
        escaped(name)
