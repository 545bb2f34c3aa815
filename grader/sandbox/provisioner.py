"""Our own kernel provisioner: a kernel is a process in a box that is open already.

jupyter_client finds it by the entry point ``jupyter_client.kernel_provisioners`` (``grader-box``) and calls
``launch_kernel`` once per kernel; nbclient then talks to that kernel as to any other.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from grader.sandbox.box import Box

PROVISIONER = "grader-box"
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
IPC_PATH_BYTES = 100  # a unix socket's path holds 107 bytes; each port adds a number
POLL_SECONDS = 0.05


class BoxProvisioner(KernelProvisionerBase):
    """Hands jupyter_client a kernel that was started in a box; killing it ends everything in there."""

    box: Box | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel."""
        return self.box is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - upstream's signature
        """Nothing is prepared and no command is formed: the box is open."""
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401, ARG002
        """Take over a box in which a kernel is ready, and return how to reach it."""
        self.box = kwargs["box"]
        self.connection_info = kwargs["connection"]
        return self.connection_info

    async def poll(self) -> int | None:
        """Return None while the kernel runs, else a number."""
        return None if self.box is not None and self.box.alive() else 1

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:  # noqa: ASYNC110 - a process tells no event
            await asyncio.sleep(POLL_SECONDS)
        return 0

    async def send_signal(self, signum: int) -> None:
        """Only the last signal is sent; interrupts go as messages."""
        if signum == getattr(signal, "SIGKILL", signal.SIGTERM):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - upstream's signature
        """End every process in the box."""
        if self.box is not None:
            await asyncio.to_thread(self.box.kill)

    async def terminate(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - upstream's signature
        """End every process in the box: there is nothing to say goodbye to."""
        await self.kill(restart=restart)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - upstream's signature
        """Leave the box to whoever opened it."""


class _OneSpec(KernelSpecManager):
    """Knows one kernel, ours: nothing is installed into the user's Jupyter folders."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - there is only one
        return KernelSpec(
            argv=[], display_name="Recorded Python", language="python", interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )  # fmt: skip


class Connection:
    """How to reach a kernel: the same sockets, as the box sees them and as the grading process does."""

    def __init__(self, box: Box) -> None:
        within = f"{box.base}/run/k"
        ipc = os.name == "posix" and len(os.fsencode(within)) < IPC_PATH_BYTES
        ports = range(1, len(PORTS) + 1) if ipc else _free_ports(len(PORTS))
        self._box, self._ipc = box, ipc
        self._common = {
            **dict(zip(PORTS, ports, strict=True)),
            "transport": "ipc" if ipc else "tcp",
            "signature_scheme": "hmac-sha256",
        }
        self._key = secrets.token_hex(32)
        content = {**self._common, "ip": within if ipc else "127.0.0.1", "key": self._key}
        (box.inputs / "connection.json").write_text(json.dumps(content), encoding="utf-8")

    def info(self) -> Mapping[str, Any]:
        """Return the connection as this process can use it, once the box is started."""
        ip = str(self._box.run / "k") if self._ipc else "127.0.0.1"
        return {**self._common, "ip": ip, "key": self._key.encode()}


def _free_ports(count: int) -> list[int]:
    lines = [socket.socket() for _ in range(count)]
    try:
        for line in lines:
            line.bind(("127.0.0.1", 0))
        return [line.getsockname()[1] for line in lines]
    finally:
        for line in lines:
            line.close()


def kernel_manager(folder: Path) -> AsyncKernelManager:
    """Return a manager, not started, for a kernel in a box; ``folder`` is a private one for its connection file."""
    return AsyncKernelManager(kernel_spec_manager=_OneSpec(), connection_file=str(folder / "kernel.json"))
