"""Did the code run to its end, and if not, what stopped it."""

from __future__ import annotations

from grader.checks.base import Answer, Facts, Question, failed, passed
from grader.records import CellState, Evidence, Execution, Exit, OldCode
from grader.runs import TaskCapture

NEXT = {
    Exit.RAISED: "Restart the kernel, run all cells from the top, and mend the first one that fails.",
    Exit.TIMED_OUT: "Look for a loop that never ends in that cell, or train for fewer epochs.",
    Exit.OUT_OF_MEMORY: "Use smaller arrays: float32 instead of float64 halves them.",
    Exit.KERNEL_DIED: "Remove calls such as exit() or os._exit(); a notebook should end by itself.",
    Exit.TOO_MUCH_OUTPUT: "Print less: call fit with verbose=0 or verbose=2.",
    Exit.TOO_MUCH_CPU: "Train for fewer epochs, or look for a loop that computes the same thing again and again.",
    Exit.TOO_MANY_PROCESSES: "Start fewer processes: nothing in this assignment needs more than one.",
    Exit.DISK_FULL: "Write fewer or smaller files; arrays and models in variables need no file at all.",
}


def completed() -> Question:
    """Ask whether all cells ran without an exception.

    Give it no points, or few: what ran before a failing cell is judged by the other criteria, and the absence of an
    exception proves nothing.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        execution = submitted.execution
        ran = sum(run.state is CellState.OK for run in execution.cells)
        if execution.exit is Exit.OK:
            return passed(f"All {ran} code cells ran to the end.", evidence=Evidence.REPORTED)
        stop = next((run for run in execution.cells if run.state in {CellState.RAISED, CellState.STOPPED}), None)
        old = next((each for each in execution.old_code if stop and stop.cell in each.stopped), None)
        why = f" It is written for older versions. {old.why}" if old else ""
        return failed(
            f"{_story(execution)}{why} {ran} of {len(execution.cells)} code cells ran to their end. What ran before "
            "was judged.",
            help=_instead(old) if old else NEXT[execution.exit],
            evidence=Evidence.REPORTED,
            cell=stop.cell if stop else None,
            line=stop.line if stop else None,
        )

    return question


def _instead(old: OldCode) -> str:
    return f"Write {old.modern} in place of {old.old}." if old.modern else f"Leave it out: {old.old}"


def _story(execution: Execution) -> str:
    return execution.stopped or f"The run ended early ({execution.exit.value})."
