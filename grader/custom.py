"""An assignment's own checks: ``checks.py`` in its folder, the instructor's code, run in the grading process.

Each public function of the file is a check as those of `grader.checks` are, named ``custom.FUNCTION``. It is never
a student's file: only the folder of an assignment that the caller chose is looked into.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.checks import Answer, Factory, Facts, Question
from grader.errors import AssignmentInvalid, GraderError, GradingFailed
from grader.runs import TaskCapture

FILE = "checks.py"
FAMILY = "custom."
ABSENT = (
    f"the assignment's own checks are in its {FILE}, and this folder has none; a release to students may leave it out, "
    "and then its criteria have to go as well"
)


def own_checks(folder: Path) -> Mapping[str, Factory]:
    """Return the checks of an assignment's own, by name; none when its folder has no ``checks.py``.

    Raises `AssignmentInvalid` with file and line when the file can't be read or run.
    """
    file = folder / FILE
    try:
        source = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        message = f"{file}: can't be read ({error.strerror})"
        raise AssignmentInvalid(message) from error
    return _loaded(file.absolute(), source)


@functools.lru_cache(maxsize=64)
def _loaded(file: Path, source: bytes) -> Mapping[str, Factory]:
    module = ModuleType(f"grader_custom_{hashlib.sha256(bytes(file) + source).hexdigest()[:16]}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        # Not by the import system: that would write byte-code into the assignment's folder.
        exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 - the instructor's own code
    except GraderError:
        raise
    except Exception as error:
        said = error.msg if isinstance(error, SyntaxError) else error
        message = f"{file}:{_line(error, file)}: {type(error).__name__}: {said}"
        raise AssignmentInvalid(message) from error
    own = {name: item for name, item in vars(module).items() if not name.startswith("_") and _is_own(item, module)}
    return {f"{FAMILY}{name}": _guarded(name, item, file) for name, item in own.items()}


def _is_own(item: object, module: ModuleType) -> bool:
    """Say whether something is a function of the file itself, not one that it imports."""
    return inspect.isfunction(item) and item.__module__ == module.__name__


def _guarded(name: str, factory: Callable[..., object], file: Path) -> Factory:
    """Return a check whose faults are told with file and line, and are never taken for a student's."""

    @functools.wraps(factory)
    def check(**params: Any) -> Question:  # noqa: ANN401 - a check's parameters are its own
        question = factory(**params)
        if not callable(question):
            said = f"{FAMILY}{name} returned {type(question).__name__}, expected a function of submitted and reference"
            raise TypeError(said)

        def asked(*, submitted: TaskCapture, reference: Facts) -> Answer:
            try:
                return _sound(question(submitted=submitted, reference=reference), name)
            except GraderError:
                raise
            except Exception as error:
                # The message of an exception may hold what no student should read: only its kind is told.
                message = f"{FAMILY}{name} failed in {FILE}, line {_line(error, file)} ({type(error).__name__})"
                raise GradingFailed(message) from error

        return asked

    return check


def _sound(answer: object, name: str) -> Answer:
    if not isinstance(answer, Answer):
        message = f"{FAMILY}{name} in {FILE} returned {type(answer).__name__}, expected an Answer"
        raise GradingFailed(message)
    if answer.credit is not None and not 0 <= answer.credit <= 1:
        message = f"{FAMILY}{name} in {FILE} gave the credit {answer.credit}, expected 0 to 1"
        raise GradingFailed(message)
    return answer


def place(error: Exception, folder: Path) -> str:
    """Return where in an assignment's ``checks.py`` an exception was raised, in brackets; nothing if elsewhere."""
    line = _line(error, (folder / FILE).absolute())
    return f" ({folder / FILE}:{line})" if line else ""


def _line(error: Exception, file: Path) -> int:
    """Return the line of ``file`` in which an exception arose, the innermost one; 0 when it is not in it."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 0
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return (lines[-1] or 0) if lines else 0
