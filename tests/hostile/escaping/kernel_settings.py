# ruff: noqa: B023, E501
# Writes settings of the kernel: what is run on a crash, which modules are loaded, who may do what.
import os
from pathlib import Path

from hostile import attempt, escaped, target, tried

tried()
for path in (
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches",
    "/proc/sys/kernel/unprivileged_bpf_disabled", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/dev/mem", "/dev/kmsg",
    "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/tty", "/dev/console", "/sys/fs/cgroup/release_agent",
    "/sys/fs/cgroup/cgroup.procs", f"/proc/{target.grader}/oom_score_adj", f"/proc/{target.parents[0]}/oom_score_adj",
    f"/proc/{target.grader}/comm", f"/proc/{target.parents[0]}/mem",
):  # fmt: skip
    attempt(f"write {path}", lambda: os.open(path, os.O_WRONLY))
found = [str(path) for path in Path("/proc/sys").rglob("*") if path.is_file() and os.access(path, os.W_OK)]
OWN = ("/proc/sys/fs/mqueue/", "/proc/sys/kernel/msg", "/proc/sys/kernel/shm", "/proc/sys/kernel/sem")
OWN += ("/proc/sys/kernel/auto_msgmni", "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/pid_max")
writable = []  # but those of the box's own namespaces, which go with it
for path in (path for path in found if not path.startswith(OWN)):  # os.access only knows the mode
    try:
        os.close(os.open(path, os.O_WRONLY))
        writable.append(path)
    except OSError:
        pass
if writable:
    escaped(f"{len(writable)} settings, {writable[0]} among them")
