"""Watch a run from outside: what it uses against its limits, and whether its connection holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from grader.records import CellRun, Exit
from grader.sandbox.box import Box
from grader.sandbox.limits import Limits

WATCH_SECONDS = 0.2  # between looks at what the processes use
DEATH_SECONDS = 1.0  # a connection that ends with its process is no violation
FULL = 0.995  # of the space for files; the last page can't be filled to the byte


@dataclass(kw_only=True)
class Progress:
    """What is known of a run so far; the one mutable thing of an execution."""

    cells: list[CellRun] = field(default_factory=list)
    exit: Exit = Exit.OK
    why: str = ""  # the run was ended, in half a sentence
    stopped: str | None = None
    peak_mib: float = 0.0
    cpu_seconds: float = 0.0
    output_bytes: int = 0
    notes: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()

    def end(self, reason: Exit, why: str) -> None:
        """Note what ends the run; what came first counts."""
        if not self.exit.ends_the_run:
            self.exit, self.why = reason, why


async def watch(box: Box, limits: Limits, progress: Progress, *, once: bool = False) -> None:
    """Compare what a box uses with its limits; end everything in it when it is over one of them."""
    while box.alive():
        if over := await asyncio.to_thread(_look, box, limits, progress):
            progress.end(*over)
            await asyncio.to_thread(box.kill)
        if over or once:
            return
        await asyncio.sleep(WATCH_SECONDS)


def _look(box: Box, limits: Limits, progress: Progress) -> tuple[Exit, str] | None:
    used = box.usage()
    progress.peak_mib = max(progress.peak_mib, used.memory_mib)
    progress.cpu_seconds = max(progress.cpu_seconds, used.cpu_seconds)
    if used.memory_mib > limits.memory_mib:
        return Exit.OUT_OF_MEMORY, f"it used {used.memory_mib:.0f} MiB of memory (limit: {limits.memory_mib} MiB)"
    if used.processes > limits.processes:
        return Exit.TOO_MANY_PROCESSES, f"it had {used.processes} processes at once (limit: {limits.processes})"
    if used.cpu_seconds > limits.cpu:
        return Exit.TOO_MUCH_CPU, f"it used {used.cpu_seconds:.0f} processor seconds (limit: {limits.cpu:g} s)"
    space, files = box.disk()
    if space > FULL:
        return Exit.DISK_FULL, f"its files filled all the space it has (limit: {limits.disk_mib} MiB)"
    if files > 1:
        return Exit.DISK_FULL, f"it made {files * limits.files:.0f} files (limit: {limits.files})"
    return None


async def listen(channels: Any, box: Box, limits: Limits, progress: Progress) -> None:  # noqa: ANN401
    """End a run whose connection is cut while its process lives: one message was too large, or it cut it itself."""
    sockets = [getattr(channels, f"{name}_channel").socket for name in ("iopub", "shell")]
    monitors = [each.get_monitor_socket(zmq.EVENT_DISCONNECTED) for each in sockets]
    try:
        await asyncio.wait(
            [asyncio.ensure_future(recv_monitor_message(monitor)) for monitor in monitors],
            return_when=asyncio.FIRST_COMPLETED,
        )
        await asyncio.sleep(DEATH_SECONDS)
        if box.alive():
            progress.end(
                Exit.TOO_MUCH_OUTPUT,
                f"it sent more than {limits.output_mib} MiB at once, or cut its own connection",
            )
            await asyncio.to_thread(box.kill)
    finally:
        for each in sockets:
            each.disable_monitor()


__all__ = ["Progress", "listen", "watch"]
