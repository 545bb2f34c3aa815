"""The words, symbols and number formats that every rendering of a result shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from grader.records import CellState, Evidence, Exit, Verdict

if TYPE_CHECKING:
    from datetime import datetime

VERDICT_WORDS: Final = {
    Verdict.PASSED: "Passed",
    Verdict.PARTIAL: "Partial",
    Verdict.FAILED: "Failed",
    Verdict.SKIPPED: "Skipped",
    Verdict.ERRORED: "Not judged",
}

VERDICT_SYMBOLS: Final = {
    Verdict.PASSED: "✓",
    Verdict.PARTIAL: "◐",
    Verdict.FAILED: "✗",
    Verdict.SKIPPED: "○",
    Verdict.ERRORED: "!",
}

# For terminals and files whose encoding has no such signs.
ASCII_SYMBOLS: Final = {
    Verdict.PASSED: "+",
    Verdict.PARTIAL: "~",
    Verdict.FAILED: "x",
    Verdict.SKIPPED: "-",
    Verdict.ERRORED: "!",
}

VERDICT_MEANINGS: Final = {
    Verdict.PASSED: "full points",
    Verdict.PARTIAL: "some of the points",
    Verdict.FAILED: "no points yet",
    Verdict.SKIPPED: "could not be looked at, because something before it is missing",
    Verdict.ERRORED: "not decided by the grader, and you lose nothing by it",
}

EVIDENCE_MEANINGS: Final = {
    Evidence.VERIFIED: "recomputed by the grader from your saved model",
    Evidence.RECORDED: "seen while your code ran",
    Evidence.REPORTED: "only your own process says so",
    Evidence.NONE: "nothing was seen to judge from",
}

EVIDENCE_WORDS: Final = {
    Evidence.VERIFIED: "verified",
    Evidence.RECORDED: "recorded",
    Evidence.REPORTED: "reported",
    Evidence.NONE: "no evidence",
}

EXIT_WORDS: Final = {
    Exit.OK: "ran to the end",
    Exit.RAISED: "stopped with an error",
    Exit.TIMED_OUT: "ran out of time",
    Exit.OUT_OF_MEMORY: "ran out of memory",
    Exit.KERNEL_DIED: "ended because its Python process died",
    Exit.TOO_MUCH_OUTPUT: "was stopped because it printed too much",
    Exit.TOO_MUCH_CPU: "was stopped because it computed for too long",
    Exit.TOO_MANY_PROCESSES: "was stopped because it started too many processes",
    Exit.DISK_FULL: "was stopped because its files took too much space",
}

ISOLATION_MEANINGS: Final = {
    "bubblewrap": "no network, a file system of its own, system calls filtered",
    "landlock": "no network, other files out of reach, system calls filtered",
    "none": "this code ran without a sandbox",
}

CELL_WORDS: Final = {
    CellState.OK: "ran",
    CellState.RAISED: "stopped with an error",
    CellState.STOPPED: "was stopped",
    CellState.NOT_REACHED: "was not reached",
}

VALIDATION_WORDS: Final = {
    "held_out": "held-out rows",
    "test_rows": "the test set",
    "training_rows": "the training rows",
    "none": "nothing",
}

METRIC_WORDS: Final = {"accuracy": "accuracy", "mae": "MAE", "r2": "R2"}

NOTHING: Final = "—"  # stands where a table has no value

PLACES_MOST: Final = 6  # places of one old spelling that are listed

_MINUTE: Final = 60
_HOUR: Final = 3600
_TENTHS_BELOW: Final = 10  # seconds; above it a tenth of a second tells nothing


def points(value: float | None) -> str:
    """Return points with at most two decimals, and a dash where there are none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:.2f}".rstrip("0").rstrip(".")


WHOLE_BELOW: Final = 1e9  # larger figures are no one's prices


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 point``, ``1,200 points``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def worth(value: float) -> str:
    """Return points with their noun: ``1 point``, ``2.5 points``."""
    return f"{points(value)} {'point' if value == 1 else 'points'}"


def share(earned: float | None, possible: float) -> str:
    """Return points with what was possible: ``2.5 of 4``; a criterion may only inform."""
    return f"{points(earned)} of {points(possible)}" if possible else "no points"


def figure(value: float) -> str:
    """Return a measured figure to three decimals, as a whole number when large, to three digits when huge or tiny."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.3f}"
    if 1000 <= abs(value) < WHOLE_BELOW:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def measured(metric: str, value: float) -> str:
    """Return a metric's value as findings write it: an accuracy in percent, all else as a figure."""
    return f"{100 * value:.1f}%" if metric == "accuracy" and math.isfinite(value) else figure(value)


def isolation(level: str) -> str:
    """Return an isolation level with what it means."""
    meaning = ISOLATION_MEANINGS.get(level)
    return f"{level} ({meaning})" if meaning else level


def duration(seconds: float) -> str:
    """Return wall-clock seconds in the unit that a reader would use."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def moment(when: datetime) -> str:
    """Return a date and time that is the same in every locale."""
    return when.strftime("%Y-%m-%d %H:%M %Z").rstrip()
