"""Run old spellings of Keras, NumPy and their kin as their modern ones, and note each use: only where asked for.

Every mapping begins where the modern library would raise, or where a call names an argument that is no more;
code that needs none of them runs as it would without. A mapping calls the modern function, through the
recorder's wrapper, so that what is recorded is what ran.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from . import compat_calls, compat_libraries, compat_modules, compat_training

HERE = str(Path(__file__).parent)
IMPORTING = "<frozen importlib"
TIMED = "<timed "  # what IPython calls the code of a cell under %%time
INTERNALS = "tensorflow.python"
ROOMS = (compat_modules, compat_calls, compat_training, compat_libraries)

Write = Callable[..., Any]


def install(recorder: Any) -> Compat:
    """Put all mappings into this process; one that can't be put in is told in a note and left out."""
    compat = Compat(recorder.write)
    for part in (part for room in ROOMS for part in room.PARTS):
        try:
            part(compat)
        except Exception as error:  # noqa: BLE001 - another version of a library: its old spellings fail as they did
            recorder.write("note", text=f"compat: {part.__name__} can't be had here ({type(error).__name__}: {error})")
    return compat


def watch(shell: Any, recorder: Any) -> None:
    """Put all mappings into a kernel and tell them which cell runs."""
    compat = install(recorder)
    shell.ast_transformers.append(compat)

    def before(info: Any) -> None:
        with recorder.quietly():
            compat.begin(recorder.cell, shell.compile.get_code_name(info.raw_cell, info.raw_cell, 0))

    def after(_result: object) -> None:
        with recorder.quietly():
            compat.flush()

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


class Compat(ast.NodeTransformer):
    """Knows which code is the student's, and notes where an old spelling was used: at once, repeats after the cell."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._cells: dict[str, int] = {}  # number of each cell run, by the name it was compiled under
        self._repeats: Counter[tuple[str, int, int | None]] = Counter()
        self._noted: set[tuple[str, int, int | None]] = set()
        self._running = 0
        self._stand_ins: list[str] = []  # modules of old names that the running cell imported
        self._work = str(Path.cwd())

    def begin(self, cell: int, file: str) -> None:
        """Learn the number of the cell that runs now, and the name under which it is compiled."""
        self._running = cell
        self._cells[file] = cell

    def imported(self, name: str, module: str) -> None:
        """Note an import of a module that is gone; a stand-in lasts for one cell, so that the next is told, too."""
        self._stand_ins.append(module)
        self.used(name, once=True)

    def used(self, name: str, *, once: bool = False) -> None:
        """Note that an old spelling was used, in the innermost of the student's lines."""
        frame = self._innermost()
        line = None if frame is None or frame.f_code.co_filename not in self._cells else frame.f_lineno
        cell = self._running if line is None or frame is None else self._cells[frame.f_code.co_filename]
        if not (once and (name, cell, line) in self._noted):
            self._note(name, cell, line)

    def flush(self) -> None:
        """Write how often the places noted already were used again."""
        for (name, cell, line), times in self._repeats.items():
            self._write("old_spelling", name=name, cell=cell, line=line, times=times)
        self._repeats.clear()
        for module in self._stand_ins:
            found, (parent, _, child) = sys.modules.pop(module, None), module.rpartition(".")
            if vars(sys.modules.get(parent, ast)).get(child) is found:
                delattr(sys.modules[parent], child)
        self._stand_ins.clear()

    def theirs(self) -> bool:
        """Say whether it is the student's own code that asks, not a library's."""
        frame = self._asking()
        return frame is not None and self._is_theirs(frame)

    def importing(self) -> bool:
        """Say whether an import statement only looks whether a name is there; it asks again for the name itself."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as the recorder does
        while frame is not None and frame.f_code.co_filename.startswith(HERE):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(IMPORTING)

    # --- imports of TensorFlow's internals ----------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """``import tensorflow.python.keras.x as y`` imports Keras itself."""
        for alias in node.names:
            if alias.asname and self._is_internal(alias.name, node):
                alias.name = _public(alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """``from tensorflow.python.keras.x import y`` imports from Keras itself."""
        if node.module == INTERNALS and any(alias.name == "keras" for alias in node.names):
            node.module = "tensorflow"
            self._note("tensorflow-python-keras", self._running, node.lineno)
        elif node.module and not node.level and self._is_internal(node.module, node):
            node.module = _public(node.module)
        return node

    def _is_internal(self, module: str, node: ast.stmt) -> bool:
        found = f"{module}.".startswith(f"{INTERNALS}.keras.")
        if found:
            self._note("tensorflow-python-keras", self._running, node.lineno)
        return found

    # --- frames --------------------------------------------------------------------------------------

    def _note(self, name: str, cell: int, line: int | None) -> None:
        key = (name, cell, line)
        if key in self._noted:
            self._repeats[key] += 1
        else:
            self._noted.add(key)
            self._write("old_spelling", name=name, cell=cell, line=line, times=1)

    def _asking(self) -> FrameType | None:
        """Return the frame that called into ours, import machinery left out."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the inspect module's way costs milliseconds
        while frame is not None and frame.f_code.co_filename.startswith((HERE, IMPORTING)):
            frame = frame.f_back
        return frame

    def _innermost(self) -> FrameType | None:
        frame = self._asking()
        while frame is not None and not self._is_theirs(frame):
            frame = frame.f_back
        return frame

    def _is_theirs(self, frame: FrameType) -> bool:
        file = frame.f_code.co_filename
        return file in self._cells or file.startswith((TIMED, self._work + "/"))


def _public(module: str) -> str:
    return f"tensorflow{module.removeprefix(INTERNALS)}"
