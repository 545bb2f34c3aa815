"""Our own kernel provisioner: starts the recorded kernel, and ends it with everything it started.

jupyter_client finds it by the entry point ``jupyter_client.kernel_provisioners`` (``grader-box``) and
calls ``launch_kernel`` once per kernel; nbclient then talks to that kernel as to any other.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PROVISIONER = "grader-box"
INSIDE = Path(__file__).resolve().parent.parent / "inside"
IPC_PATH_BYTES = 100  # a unix socket's path holds 107 bytes; jupyter_client adds '-1' to '-5'


class BoxProvisioner(LocalProvisioner):
    """Runs the kernel as a process group of its own and kills all of its descendants with it."""

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - upstream's signature
        """Kill the kernel and every process it started, session or group of their own or not."""
        descendants = _descendants(self.process.pid) if self.process else []
        await super().kill(restart=restart)
        if self.process and hasattr(os, "killpg"):
            _ignore_gone(lambda: os.killpg(self.process.pid, signal.SIGKILL))
        for process in descendants:
            _ignore_gone(process.kill)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _ignore_gone(kill: Any) -> None:  # noqa: ANN401 - any zero-argument call
    try:
        kill()
    except (ProcessLookupError, PermissionError, psutil.Error):
        return


class _OneSpec(KernelSpecManager):
    """Knows one kernel, ours: nothing is installed into the user's Jupyter folders."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - there is only one
        return self._spec


def kernel_manager(*, job: Path, runtime: Path) -> AsyncKernelManager:
    """Return a manager, not started, for the recorded kernel that ``job`` (a JSON file) describes.

    ``runtime`` is a short, private folder for the connection file and sockets: ipc where a unix socket
    fits, otherwise tcp on localhost; both authenticated by the connection file's key.
    """
    argv = [
        sys.executable,
        "-P",
        str(INSIDE / "kernel.py"),
        "-f",
        "{connection_file}",
        "--job",
        str(job),
    ]
    spec = KernelSpec(
        argv=argv,
        display_name="Recorded Python",
        language="python",
        interrupt_mode="message",
        metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
    )
    manager = AsyncKernelManager(kernel_spec_manager=_OneSpec(spec), connection_file=str(runtime / "k.json"))
    if os.name == "posix" and len(os.fsencode(runtime)) < IPC_PATH_BYTES:
        manager.transport, manager.ip = "ipc", str(runtime / "k")
    return manager
