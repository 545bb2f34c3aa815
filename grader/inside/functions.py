"""Call a student's functions on inputs of the grader's, after the last cell, and write down what they return.

What a right answer is, nobody in here knows: the grading process compares.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import inspect
import itertools
import os
import signal
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import models
from .tensors import as_array

Json = dict[str, Any]

CELL = "# the grader calls your functions here"  # a cell of this text begins the calls
CALL_SECONDS = 10.0
MOST_ITEMS = 200
MOST_NUMBERS = 500_000  # in all of one answer, so that it is stored as it is; no right one has as many
DEPTH = 2  # items within items: folds, each of two parts


class TooLong(BaseException):
    """A call took too long; no Exception, so that student code does not swallow it by accident."""


def install(shell: Any, recorder: Any, asked: list[Json]) -> None:
    """Call the functions that are ``asked`` for when the cell that begins the calls is run."""

    def before(info: Any) -> None:
        if info.raw_cell == CELL:
            with recorder.quietly(), recorder.aside():
                for one in asked:
                    _call_one(one, shell.user_ns, recorder)

    shell.events.register("pre_run_cell", before)


def _call_one(asked: Json, names: Json, recorder: Any) -> None:
    """Call one function on all its inputs; one that is not there is written down once."""
    name = next((name for name in asked["names"] if callable(names.get(name))), None)
    if name is None:
        recorder.write("call", function=asked["function"], probe=0, found=None)
        return
    function, seen = names[name], []  # type: ignore[var-annotated]
    place = _definition(function, recorder.files)
    for number, given in enumerate(asked["probes"]):
        call = recorder.write(
            "call", function=asked["function"], probe=number, found=name, takes=_signature(function), **place
        )
        with recorder.quietly():
            recorder.write("called", call=call, **_outcome(function, given, seen, recorder))


def _outcome(function: Callable[..., Any], given: list[Json], seen: list[Any], recorder: Any) -> Json:
    arguments = [_made(each) for each in given]
    with contextlib.suppress(ValueError):  # no signature can be had of some built-in functions
        try:
            inspect.signature(function).bind(*arguments)
        except TypeError as error:
            return {"outcome": "arity", "error": str(error)[:500]}
    try:
        with _silence(), _limit(CALL_SECONDS):
            value = _drained(function(*arguments))
            described = _described(value, _Answer(recorder, seen), DEPTH)
    except TooLong:
        return {"outcome": "timed_out"}
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever student code raises
        return {"outcome": "raised", "error": f"{type(error).__name__}: {error}"[:500], **_raised_at(error, recorder)}
    mutated = not all(_same(each, _made(spec)) for each, spec in zip(arguments, given, strict=True))
    return {"outcome": "returned", "value": described, "mutated": mutated}


def _made(spec: Json) -> Any:
    """Return one argument: an array of numbers, texts as the loaders return them, or a plain value."""
    if "array" in spec:
        return np.array(spec["array"], spec["dtype"])
    if "lists" in spec:
        texts = np.empty(len(spec["lists"]), object)
        texts[:] = [list(text) for text in spec["lists"]]
        return texts
    return copy.deepcopy(spec["value"])


def _same(left: Any, right: Any) -> bool:
    if isinstance(right, np.ndarray):
        return isinstance(left, np.ndarray) and left.shape == right.shape and left.tolist() == right.tolist()
    return bool(left == right)


def _drained(value: Any) -> Any:
    """Return what a generator yields, as a list: it is the function's own code that runs."""
    lazy = isinstance(value, (types.GeneratorType, zip, map, filter, range, enumerate))
    return list(itertools.islice(value, MOST_ITEMS)) if lazy else value


@dataclasses.dataclass
class _Answer:
    """One answer while it is written down: the models that answers before it held, and the room for its numbers."""

    recorder: Any
    seen: list[Any]
    room: int = MOST_NUMBERS

    def holds(self, numbers: int) -> bool:
        """Say whether so many numbers are still to be stored, and count them."""
        if numbers > self.room:
            return False
        self.room -= numbers
        return True


def _described(value: Any, answer: _Answer, depth: int) -> Json:
    """Return a description of what a function returned; arrays are stored."""
    kind = {"type": type(value).__name__}
    if value is None:
        return {"what": "none", **kind}
    if _is_model(value):
        return {"what": "model", **kind, **_model(value, answer.seen)}
    array = _numbers(value)
    if array is not None and not answer.holds(array.size):
        return {"what": "array", **kind, "tensor": {"kind": "other", "shape": array.shape, "dtype": str(array.dtype)}}
    if array is not None:
        return {"what": "array", **kind, "tensor": answer.recorder.store(np.array(array, order="C"))}
    listed = isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)
    if listed and depth and len(value) <= MOST_ITEMS:
        items = [_described(_drained(item), answer, depth - 1) for item in value]
        return {"what": "items", **kind, "items": items}
    return {"what": "other", **kind}


def _numbers(value: Any) -> Any:
    """Return numbers as one array, or None for what holds anything else or is ragged."""
    if isinstance(value, dict):  # one entry in a dict is an input to Keras, but no answer
        return None
    if isinstance(value, (bool, int, float)):
        value = np.asarray(value)
    if hasattr(value, "toarray") and hasattr(value, "shape"):  # SciPy's sparse matrices
        value = value.toarray()
    array: Any
    if isinstance(value, (list, tuple)):
        try:
            array = np.asarray([_drained(item) for item in value])
        except ValueError:  # ragged
            return None
    else:
        array = as_array(value)
    return array if array is not None and array.dtype.kind in "biuf" else None


def _is_model(value: Any) -> bool:
    import keras

    return isinstance(value, keras.Model)


def _model(model: Any, seen: list[Any]) -> Json:
    fresh = all(other is not model for other in seen)
    seen.append(model)
    compiled = models.compiled(model) if getattr(model, "compiled", False) else None
    return {"structure": models.describe(model), "compile": compiled, "fresh": fresh}


def _signature(function: Callable[..., Any]) -> str:
    with contextlib.suppress(ValueError, TypeError):
        return str(inspect.signature(function))[:300]
    return ""


def _definition(function: Callable[..., Any], files: dict[str, int]) -> Json:
    """Return the cell, counted from 1, and the line that define a function."""
    code: Any = getattr(inspect.unwrap(function), "__code__", None)
    cell = files.get(code.co_filename) if code is not None else None
    return {} if cell is None else {"defined_in": cell, "defined_at": code.co_firstlineno}


def _raised_at(error: BaseException, recorder: Any) -> Json:
    """Return the innermost line of the student's cells that an exception came through."""
    place: Json = {}
    trace = error.__traceback__
    while trace is not None:
        cell = recorder.files.get(trace.tb_frame.f_code.co_filename)
        if cell is not None:
            place = {"error_in": cell, "error_at": trace.tb_lineno}
        trace = trace.tb_next
    return place


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nothing,
        contextlib.redirect_stdout(nothing),
        contextlib.redirect_stderr(nothing),
    ):
        yield


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise TooLong in student code that takes too long, again and again should it be swallowed."""
    if not hasattr(signal, "setitimer"):  # Windows: the grading process ends what does not come back
        yield
        return

    def stop(_signal: int, _frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
