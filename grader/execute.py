"""Run a submission in its box, cell by cell, and say how that ended: Submission → Execution."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
import zmq.asyncio
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from grader.errors import BoxFailed
from grader.records import Cell, CellRun, CellState, Execution, Exit, Submission
from grader.sandbox.environment import environment
from grader.sandbox.provisioner import kernel_manager

START_SECONDS = 120  # a cold kernel imports TensorFlow before it answers
WATCH_SECONDS = 0.25  # between looks at the kernel's memory
MESSAGE_CAP = 64 << 20  # bytes of one message from the kernel; longer ones are dropped by zmq
MODULE = "submission.py"  # what a script is called where it runs: its own name could hide a package it imports
MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Box:
    """What a run may use and for how long."""

    folder: Path  # the capture, the executed notebook and the student's working folder
    data: Path | None  # data sets, read-only; None when the assignment needs none
    trusted_data: bool  # stand-ins: Keras doesn't know their hashes
    seconds: float = 1800
    cell_seconds: float = 900
    output_mib: float = 64
    memory_mib: float = 16384
    stop_on_error: bool = False
    refused: tuple[str, ...] = ("reference", "grader")  # installed here, and no student's to import

    @property
    def capture(self) -> Path:
        """Folder the recorder writes to."""
        return self.folder / "capture"


@dataclass(kw_only=True)
class _Progress:
    """What is known so far; the one mutable thing of an execution."""

    cells: list[CellRun] = field(default_factory=list)
    exit: Exit = Exit.OK
    stopped: str | None = None
    peak_mib: float = 0.0
    output_bytes: int = 0
    too_much: bool = False
    out_of_memory: bool = False


class TooMuchOutput(Exception):
    """The kernel sent more output than the box allows."""


def execute(submission: Submission, box: Box) -> tuple[Execution, dict[str, Any]]:
    """Run a submission and return how it went with the executed notebook (nbformat 4, untrusted outputs)."""
    notebook = rebuild(submission)
    begin = time.perf_counter()
    progress = _Progress()
    with _folders(submission, box) as (work, runtime, job):
        asyncio.run(_run(notebook, box, progress, work=work, runtime=runtime, job=job))
    return _conclude(progress, submission, time.perf_counter() - begin), dict(notebook)


def rebuild(submission: Submission) -> Any:  # noqa: ANN401 - nbformat is untyped
    """Return a fresh notebook of the cell sources alone: no submitted metadata steers the execution."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    cells = [
        make[cell.kind](cell.source, id=f"cell-{cell.index}", metadata={"first_line": cell.line})
        for cell in submission.cells
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def code_cells(cells: tuple[Cell, ...]) -> tuple[int, ...]:
    """Return the indices of the cells that are executed, in order: the recorder counts these from 1."""
    return tuple(cell.index for cell in cells if cell.kind == "code" and cell.source.strip())


@contextlib.contextmanager
def _folders(submission: Submission, box: Box) -> Iterator[tuple[Path, Path, Path]]:
    """Make the working folder and a short-lived private one for sockets and Keras's home."""
    work = box.folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    for path in submission.beside:
        shutil.copyfile(path, work / path.name, follow_symlinks=False)
    module = MODULE if submission.kind == "module" else None
    if module is not None:
        shutil.copyfile(submission.file, work / module, follow_symlinks=False)
    runtime = Path(tempfile.mkdtemp(prefix="g-"))
    job = runtime / "job.json"
    content = {
        "out": str(box.capture.resolve()),
        "data": str(box.data.resolve()) if box.data else None,
        "trusted_data": box.trusted_data,
        "home": str(runtime / "keras"),
        "refused": box.refused,
        "module": module,
    }
    job.write_text(json.dumps(content), encoding="utf-8")
    try:
        yield work, runtime, job
    finally:
        shutil.rmtree(runtime, ignore_errors=True)


class _Client(NotebookClient):
    """nbclient's client with a cap on what the kernel may send."""

    cap_bytes: int = 0
    progress: _Progress

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """Count the bytes of each output before nbclient keeps it."""
        if msg.get("msg_type") in {
            "stream",
            "display_data",
            "execute_result",
            "error",
            "update_display_data",
        }:
            self.progress.output_bytes += len(json.dumps(msg.get("content", {}), default=str))
        if self.progress.output_bytes > self.cap_bytes:
            self.progress.too_much = True
            raise TooMuchOutput
        return super().process_message(msg, cell, cell_index)


async def _run(notebook: Any, box: Box, progress: _Progress, *, work: Path, runtime: Path, job: Path) -> None:  # noqa: ANN401
    manager = kernel_manager(job=job, runtime=runtime)
    manager.context = zmq.asyncio.Context()
    manager.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_CAP)
    client = _Client(
        notebook,
        km=manager,
        allow_errors=True,
        startup_timeout=START_SECONDS,
        timeout=box.cell_seconds,
    )
    client.cap_bytes, client.progress = int(box.output_mib * MIB), progress
    client.resources = {"metadata": {"path": str(work)}}
    try:
        await _start(client, manager, work=work, home=runtime / "home")
        watch = asyncio.create_task(_watch(manager, box, progress))
        await _cells(client, notebook, box, progress)
        watch.cancel()
    finally:
        await _end(client, manager)


async def _start(client: _Client, manager: Any, *, work: Path, home: Path) -> None:  # noqa: ANN401
    try:
        await manager.start_kernel(
            cwd=str(work),
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        channels = client.kc = manager.client()
        channels.start_channels()
        await channels.wait_for_ready(timeout=START_SECONDS)
        channels.allow_stdin = False
        client.reset_execution_trackers()
    except (RuntimeError, OSError) as error:
        message = f"the kernel did not start: {error}; run 'grader doctor' to see what is missing here"
        raise BoxFailed(message) from error


async def _end(client: _Client, manager: Any) -> None:  # noqa: ANN401
    with contextlib.suppress(Exception):
        if client.kc is not None:
            client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=True)
    manager.cleanup_connection_file()
    manager.context.destroy(linger=0)


async def _cells(client: _Client, notebook: Any, box: Box, progress: _Progress) -> None:  # noqa: ANN401
    """Execute the cells in order; a cell that raises is noted and, unless told otherwise, passed over."""
    deadline = time.monotonic() + box.seconds
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        client.timeout = max(1, math.ceil(min(box.cell_seconds, deadline - time.monotonic())))
        begin = time.perf_counter()
        stop = await _one_cell(client, cell, index, progress)
        seconds = round(time.perf_counter() - begin, 3)
        if stop is not None:
            progress.exit, progress.stopped = stop, _why(stop, index, seconds, box)
            progress.cells.append(_cell_run(cell, index, seconds, CellState.STOPPED))
            return
        run = _cell_run(cell, index, seconds, None)
        progress.cells.append(run)
        if run.state is CellState.RAISED:
            progress.exit = Exit.RAISED
            progress.stopped = progress.stopped or f"Cell {index + 1} raised {run.error}."
            if box.stop_on_error:
                return


async def _one_cell(client: _Client, cell: Any, index: int, progress: _Progress) -> Exit | None:  # noqa: ANN401
    """Run one cell; return the exit it ended the whole execution with, or None to go on."""
    try:
        await client.async_execute_cell(cell, index)
    except CellTimeoutError:  # a TimeoutError: it must be caught first
        return Exit.TIMED_OUT
    except TooMuchOutput:
        return Exit.TOO_MUCH_OUTPUT
    except DeadKernelError:
        return Exit.OUT_OF_MEMORY if progress.out_of_memory else Exit.KERNEL_DIED
    except (KeyError, TypeError, AttributeError):  # a kernel that sends messages of no known form
        return Exit.KERNEL_DIED
    if progress.too_much:
        return Exit.TOO_MUCH_OUTPUT
    return None


def _why(stop: Exit, index: int, seconds: float, box: Box) -> str:
    where = f"cell {index + 1}"
    return {
        Exit.TIMED_OUT: f"The run was stopped in {where}, which was still running after {seconds:.0f} seconds "
        f"(limits: {box.cell_seconds:g} s a cell, {box.seconds:g} s in all).",
        Exit.TOO_MUCH_OUTPUT: f"The run was stopped in {where}: it printed more than {box.output_mib:g} MiB.",
        Exit.OUT_OF_MEMORY: f"The run was stopped in {where}: it used more than {box.memory_mib:g} MiB of memory.",
        Exit.KERNEL_DIED: f"The Python process ended in {where}: something there exits or crashes it.",
    }[stop]


def _cell_run(cell: Any, index: int, seconds: float, state: CellState | None) -> CellRun:  # noqa: ANN401
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is None:
        return CellRun(cell=index, state=state or CellState.OK, seconds=seconds)
    text = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}".strip().splitlines()[0][:300]
    return CellRun(
        cell=index, state=state or CellState.RAISED, seconds=seconds, error=text, line=_traceback_line(error)
    )


def _traceback_line(error: dict[str, Any]) -> int | None:
    """Return the line of the cell that raised, from IPython's traceback."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(str(line) for line in error.get("traceback", [])))
    found = re.search(r"(?:Cell|Input) In ?\[\d+\], line (\d+)", plain)
    return int(found.group(1)) if found else None


async def _watch(manager: Any, box: Box, progress: _Progress) -> None:  # noqa: ANN401
    """Follow the memory of the kernel and its children; end the kernel when it is over the limit."""
    while True:
        used = await asyncio.to_thread(_used_mib, manager.provisioner.process.pid)
        progress.peak_mib = max(progress.peak_mib, used)
        if used > box.memory_mib:
            progress.out_of_memory = True
            await manager.provisioner.kill()
            return
        await asyncio.sleep(WATCH_SECONDS)


def _used_mib(pid: int) -> float:
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return float(sum(_resident(process) for process in family)) / MIB
    return 0.0


def _resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _conclude(progress: _Progress, submission: Submission, seconds: float) -> Execution:
    done = {run.cell for run in progress.cells}
    missed = [
        CellRun(cell=index, state=CellState.NOT_REACHED) for index in code_cells(submission.cells) if index not in done
    ]
    return Execution(
        exit=progress.exit,
        seconds=round(seconds, 3),
        peak_mib=round(progress.peak_mib, 1),
        isolation="none",
        cells=(*progress.cells, *missed),
        stopped=progress.stopped,
    )


__all__ = ["Box", "code_cells", "execute", "rebuild"]
