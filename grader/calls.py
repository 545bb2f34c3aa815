"""Capture → Calls: what a student's functions returned for the inputs that the grader had them called on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader import events as noted
from grader.capture import Capture
from grader.errors import CaptureInvalid
from grader.events import CompileNote, StructureNote

Array = np.ndarray[Any, Any]
LARGEST = 1 << 20  # numbers in one answer: the recorder stores no more than half as many


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What a function returned, as data: an array whatever held it, several things, nothing, a model, or else."""

    kind: Literal["array", "items", "none", "model", "other"]
    type: str = ""  # as the student knows it: list, ndarray, DataFrame
    shape: tuple[int, ...] = ()  # also of an array that was too large to be kept
    array: Array | None = None
    items: tuple[Returned, ...] = ()
    structure: StructureNote | None = None
    compile: CompileNote | None = None
    fresh: bool = True  # a model that no call before returned


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of one function; ``outcome`` is unfinished where the call ended Python or never came back."""

    function: str  # as the assignment names it, with the kind of its inputs
    probe: int  # place among the inputs of this kind, from 0
    found: str | None  # the name it was found under; None: there is no such function
    takes: str  # its signature
    cell: int | None  # of its definition
    line: int | None
    outcome: Literal["returned", "raised", "timed_out", "arity", "unfinished"]
    error: str = ""
    error_cell: int | None = None
    error_line: int | None = None
    mutated: bool = False
    returned: Returned | None = None


@dataclass(frozen=True, kw_only=True)
class Calls:
    """All calls of an execution, and the seed that their inputs were drawn with."""

    seed: int
    made: tuple[Call, ...] = ()
    faults: int = 0  # of the recorder: an answer may be missing through no fault of the student's

    def of(self, function: str) -> tuple[Call, ...]:
        """Return the calls of a function, one for each input, in their order."""
        last = {call.probe: call for call in self.made if call.function == function}
        return tuple(last[probe] for probe in sorted(last))


def read_calls(capture: Capture, *, seed: int) -> Calls:
    """Read the answers of a run; CaptureInvalid when a stored array contradicts its note."""
    ends = {event.call: event for event in capture.events if isinstance(event, noted.Called)}
    made = [_call(event, ends.get(event.id), capture) for event in capture.events if isinstance(event, noted.Call)]
    return Calls(seed=seed, made=tuple(made), faults=len(capture.faults))


def _call(begun: noted.Call, end: noted.Called | None, capture: Capture) -> Call:
    _refuse_too_many(end)
    end = end or noted.Called(event="called", id=begun.id, cell=begun.cell, call=begun.id, outcome="unfinished")
    return Call(
        function=begun.function,
        probe=begun.probe,
        found=begun.found,
        takes=begun.takes,
        cell=_cell(begun.defined_in, capture),
        line=begun.defined_at,
        outcome=end.outcome,
        error=end.error,
        error_cell=_cell(end.error_in, capture),
        error_line=end.error_at,
        mutated=end.mutated,
        returned=None if end.value is None else _returned(end.value, capture),
    )


def _refuse_too_many(end: noted.Called | None) -> None:
    """Raise CaptureInvalid for an answer with more numbers than a recorder stores: it was forged."""
    sizes = [] if end is None or end.value is None else [_count(note.shape) for note in _read(end.value)]
    if sum(sizes) > LARGEST:
        message = f"an answer holds {sum(sizes)} numbers, at most {LARGEST} are read"
        raise CaptureInvalid(message)


def _read(value: noted.Leaf) -> Iterator[noted.TensorNote]:
    """Yield the notes of all arrays in an answer that are read."""
    if value.tensor is not None and value.what == "array" and _readable(value.tensor):
        yield value.tensor
    for item in getattr(value, "items", ()):
        yield from _read(item)


def _readable(note: noted.TensorNote) -> bool:
    return note.id is not None and note.kind == "dense" and _count(note.shape) <= LARGEST


def _cell(number: int | None, capture: Capture) -> int | None:
    return capture.code_cells[number - 1] if number and number <= len(capture.code_cells) else None


def _returned(value: noted.Leaf, capture: Capture) -> Returned:
    if value.what == "array":
        array = _array(value.tensor, capture)
        shape = value.tensor.shape if value.tensor is not None else ()
        return Returned(kind="other" if array is None else "array", type=value.type, shape=shape, array=array)
    model = value.structure if value.what == "model" else None
    return Returned(
        kind="other" if value.what == "model" and model is None else value.what,
        type=value.type,
        items=tuple(_items(value, capture)),
        structure=model,
        compile=value.compile,
        fresh=value.fresh,
    )


def _items(value: noted.Leaf, capture: Capture) -> Iterator[Returned]:
    for item in getattr(value, "items", ()):
        yield _returned(item, capture)


def _array(note: noted.TensorNote | None, capture: Capture) -> Array | None:
    if note is None or note.id is None or not _readable(note):
        return None
    return capture.tensor(note.id, note).values()


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size  # Python integers: a forged shape can't overflow
    return count
