"""Run a submission in its box, cell by cell, and say how that ended: Submission → Execution."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import queue
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import zmq.asyncio
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError

from grader.errors import BoxFailed
from grader.records import Cell, CellRun, CellState, Execution, Exit, Submission
from grader.sandbox.box import Box
from grader.sandbox.harvest import harvest
from grader.sandbox.limits import MIB, Limits
from grader.sandbox.provisioner import Connection, kernel_manager
from grader.sandbox.session import Sandbox
from grader.watch import Progress, listen, watch

START_SECONDS = 120  # a cold kernel imports TensorFlow before it answers
WAITING_MESSAGES = 100  # from the kernel, before zmq lets it wait: they are held in our memory
MODULE = "submission.py"  # what a script is called where it runs: its own name could hide a package it imports
REFUSED = ("reference", "grader")  # packages installed here that are no student's to import
LOST = "the warm parent ended while a kernel was running, and took it along"
FUNCTIONS_CELL = "# the grader calls your functions here"  # what begins the calls: inside/functions.py
CALL_SECONDS = 10.0  # each call's limit in there
SPARE_SECONDS = 20.0  # for all calls of a run: importing, storing answers
ATTEMPTS = 2  # a box that is lost through our own fault is opened again


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a run may use, and where what comes out of it is put."""

    sandbox: Sandbox
    folder: Path  # for the capture
    data: Path | None  # data sets, read-only; None when the assignment needs none
    trusted_data: bool  # stand-ins: Keras doesn't know their hashes
    limits: Limits = field(default_factory=Limits)
    stop_on_error: bool = False
    compat: bool = False  # old spellings of Keras and its kin are run as their modern ones
    reference: bool = False  # the solutions, which may import what students may not
    functions: tuple[Mapping[str, Any], ...] = ()  # of the student's, to be called on inputs after the last cell

    @property
    def capture(self) -> Path:
        """Folder the recorder's files are copied to."""
        return self.folder / "capture"


class BoxLost(BoxFailed):
    """A box ended under a run through no fault of the submission."""


class TooMuchOutput(Exception):
    """The kernel sent more output than the limits allow."""


def execute(submission: Submission, setup: Setup) -> tuple[Execution, dict[str, Any]]:
    """Run a submission and return how it went with the executed notebook (nbformat 4, untrusted outputs).

    BoxFailed when no box could be had, or one was lost twice through no fault of the submission.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(submission, setup)
        except BoxLost:
            if attempt == ATTEMPTS:
                raise
    raise BoxLost(LOST)


def _attempt(submission: Submission, setup: Setup) -> tuple[Execution, dict[str, Any]]:
    """Run a submission once; BoxLost when its kernel ended because the parent did, which is our trouble."""
    notebook, progress, begin = rebuild(submission), Progress(), time.perf_counter()
    inputs = _Inputs(submission, setup)
    with setup.sandbox.box("kernel", inputs, limits=setup.limits, data=setup.data, reference=setup.reference) as box:
        try:
            asyncio.run(_run(notebook, box, inputs, setup, progress))
        except BoxFailed as error:
            if box.lost():
                raise BoxLost(LOST) from error
            raise
        box.kill()
        if progress.exit is Exit.KERNEL_DIED and box.lost():
            raise BoxLost(LOST)
        progress.violations = harvest(box.out, _empty(setup.capture))
        progress.notes = (box.notice,) if box.notice else ()
        return _conclude(progress, submission, setup, time.perf_counter() - begin), dict(notebook)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


class _Inputs:
    """Puts a submission's files into a box and says what the kernel there has to know."""

    def __init__(self, submission: Submission, setup: Setup) -> None:
        self._submission, self._setup = submission, setup
        self.connection: Connection | None = None

    def __call__(self, box: Box) -> Mapping[str, Any]:
        work, setup = box.inputs / "work", self._setup
        work.mkdir()
        for path in self._submission.beside:
            target = work / placed_at(path, self._submission.file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target, follow_symlinks=False)
        module = MODULE if self._submission.kind == "module" else None
        if module is not None:
            shutil.copyfile(self._submission.file, work / module, follow_symlinks=False)
        self.connection = Connection(box)
        return {
            "data": box.data_at,
            "trusted_data": setup.trusted_data,
            "refused": () if setup.reference else REFUSED,
            "module": module,
            "threads": setup.limits.threads,
            "functions": setup.functions,
            "compat": setup.compat,
        }

    def reach(self) -> Mapping[str, Any]:
        """Return how to reach the kernel of the box that was filled last."""
        return {} if self.connection is None else self.connection.info()


def placed_at(path: Path, file: Path) -> Path:
    """Return where a file beside a submission goes: where it lies beneath it, and else by its name."""
    return path.relative_to(file.parent) if path.is_relative_to(file.parent) else Path(path.name)


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


class _Client(NotebookClient):
    """nbclient's client with a cap on what the kernel may send."""

    cap_bytes: int = 0
    progress: Progress
    stop: Callable[[], object]

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """Count the bytes of each message before nbclient keeps anything of it."""
        self.progress.output_bytes += len(json.dumps(msg.get("content", {}), default=str))
        if self.progress.output_bytes > self.cap_bytes:
            self.progress.end(Exit.TOO_MUCH_OUTPUT, f"it printed or sent more than {self.cap_bytes / MIB:g} MiB")
            self.stop()  # nobody may wait for this task: ending the kernel ends the cell
            raise TooMuchOutput
        return super().process_message(msg, cell, cell_index)


async def _run(notebook: Any, box: Box, inputs: _Inputs, setup: Setup, progress: Progress) -> None:  # noqa: ANN401
    limits = setup.limits
    manager = kernel_manager(box.inputs.parent)
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, limits.output_mib * MIB)
    context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    context.setsockopt(zmq.RECONNECT_IVL, -1)  # a socket file that is exchanged later leads nowhere
    context.setsockopt(zmq.LINGER, 0)
    client = _Client(notebook, km=manager, allow_errors=True, timeout=limits.cell_seconds)
    client.cap_bytes, client.progress, client.stop = limits.output_mib * MIB, progress, box.kill
    tasks: list[asyncio.Task[None]] = []
    try:
        box.answer(seconds=START_SECONDS)  # its sockets are bound
        await manager.start_kernel(box=box, connection=inputs.reach())
        channels = client.kc = manager.client(context=context)
        # what is never read is never connected: messages would wait in our memory
        channels.start_channels(stdin=False, hb=False, control=False)
        channels.allow_stdin = False
        client.reset_execution_trackers()
        tasks.append(asyncio.create_task(watch(box, limits, progress)))
        tasks.append(asyncio.create_task(listen(channels, box, limits, progress)))
        await _ready(channels, manager)
        await _cells(client, notebook, setup, progress)
        await watch(box, limits, progress, once=True)
        await _functions(client, notebook, box, setup, progress)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _end(client, manager, context)


async def _ready(channels: Any, manager: Any) -> None:  # noqa: ANN401
    """Wait until the kernel answers and its outputs reach us; jupyter_client's own wait ends with idle time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and await manager.is_alive():
        asked = channels.kernel_info()
        with contextlib.suppress(queue.Empty):
            await channels.get_shell_msg(timeout=1)
            while not _idle_after(await channels.get_iopub_msg(timeout=0.1), asked):
                pass
            return  # else we began to listen too late to hear of it, and ask again
    message = "the kernel did not answer; run 'grader doctor' to see what is missing here"
    raise BoxFailed(message)


def _idle_after(message: Mapping[str, Any], asked: str) -> bool:
    content = message.get("content", {})
    return bool(content.get("execution_state") == "idle" and message["parent_header"].get("msg_id") == asked)


async def _end(client: _Client, manager: Any, context: Any) -> None:  # noqa: ANN401
    with contextlib.suppress(Exception):
        if client.kc is not None:
            client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=True)
    context.destroy(linger=0)


async def _cells(client: _Client, notebook: Any, setup: Setup, progress: Progress) -> None:  # noqa: ANN401
    """Execute the cells in order; a cell that raises is noted and, unless told otherwise, passed over."""
    limits = setup.limits
    deadline = time.monotonic() + limits.seconds
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        left = min(limits.cell_seconds, deadline - time.monotonic())
        if left <= 0:
            progress.end(Exit.TIMED_OUT, f"its cells took longer than {limits.seconds:g} s in all")
            progress.stopped = f"The run was stopped before cell {index + 1}: {progress.why}."
            return
        client.timeout, begin = max(1, math.ceil(left)), time.perf_counter()
        await _one_cell(client, cell, index, progress)
        seconds = round(time.perf_counter() - begin, 3)
        if progress.exit.ends_the_run:
            why = progress.why or _out_of_time(seconds, limits)
            progress.stopped = f"The run was stopped in cell {index + 1}: {why}."
            progress.cells.append(_cell_run(cell, index, seconds, CellState.STOPPED))
            return
        run = _cell_run(cell, index, seconds, None)
        progress.cells.append(run)
        if run.state is CellState.RAISED:
            progress.exit = Exit.RAISED
            progress.stopped = progress.stopped or f"Cell {index + 1} raised {run.error}."
            if setup.stop_on_error:
                return


async def _functions(client: _Client, notebook: Any, box: Box, setup: Setup, progress: Progress) -> None:  # noqa: ANN401
    """Have a student's functions called; where that ends the kernel, the run itself had ended well before."""
    if not setup.functions or progress.exit.ends_the_run:
        return
    before = progress.exit, progress.why
    client.timeout = math.ceil(SPARE_SECONDS + CALL_SECONDS * sum(len(each["probes"]) for each in setup.functions))
    cell = nbformat.v4.new_code_cell(FUNCTIONS_CELL)
    notebook.cells.append(cell)  # nbclient looks it up there
    try:
        await _one_cell(client, cell, len(notebook.cells) - 1, progress)
    finally:
        notebook.cells.pop()
    if progress.exit.ends_the_run and box.lost():
        raise BoxLost(LOST)
    progress.exit, progress.why = before


async def _one_cell(client: _Client, cell: Any, index: int, progress: Progress) -> None:  # noqa: ANN401
    """Run one cell; what ends the whole run is noted in ``progress``."""
    try:
        await client.async_execute_cell(cell, index)
    except CellTimeoutError:  # a TimeoutError: it must be caught first
        progress.end(Exit.TIMED_OUT, "")
    except TooMuchOutput:
        pass
    except Exception:  # noqa: BLE001 - dead, or it sends messages of no known form
        progress.end(Exit.KERNEL_DIED, "the Python process ended there; something in it exits or crashes Python")


def _out_of_time(seconds: float, limits: Limits) -> str:
    return (
        f"it was still running after {seconds:.0f} seconds (limits: {limits.cell_seconds:g} s a cell, "
        f"{limits.seconds:g} s in all)"
    )


def _cell_run(cell: Any, index: int, seconds: float, state: CellState | None) -> CellRun:  # noqa: ANN401
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is None:
        return CellRun(cell=index, state=state or CellState.OK, seconds=seconds)
    told = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}".strip().splitlines()[0][:300]
    text = told.encode("utf-8", "replace").decode("utf-8")  # half a character can't be written anywhere
    return CellRun(
        cell=index, state=state or CellState.RAISED, seconds=seconds, error=text, line=_traceback_line(error)
    )


def _traceback_line(error: dict[str, Any]) -> int | None:
    """Return the line of the cell that raised, from IPython's traceback."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(str(line) for line in error.get("traceback", [])))
    found = re.search(r"(?:Cell|Input) In ?\[\d+\], line (\d{1,6})\b", plain)
    return int(found.group(1)) if found else None


def _conclude(progress: Progress, submission: Submission, setup: Setup, seconds: float) -> Execution:
    done = {run.cell for run in progress.cells}
    if progress.exit.ends_the_run and progress.stopped is None:
        progress.stopped = f"The run was stopped after its last cell: {progress.why}."
    missed = [
        CellRun(cell=index, state=CellState.NOT_REACHED) for index in code_cells(submission.cells) if index not in done
    ]
    return Execution(
        exit=progress.exit,
        seconds=round(seconds, 3),
        cpu_seconds=round(progress.cpu_seconds, 2),
        peak_mib=round(progress.peak_mib, 1),
        isolation=str(setup.sandbox.level),
        cells=(*progress.cells, *missed),
        stopped=progress.stopped,
        notes=progress.notes,
        violations=progress.violations,
    )


__all__ = ["Setup", "code_cells", "execute", "rebuild"]
