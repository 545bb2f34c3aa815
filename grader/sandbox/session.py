"""A sandbox for one session of grading: its level, its warm parents, its boxes."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.errors import BoxFailed
from grader.sandbox.box import Box, ForkedBox, LoneBox
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.sandbox.parent import ParentLost, WarmParent

Fill = Callable[[Box], Mapping[str, Any]]
ANSWER_SECONDS = 120


class Sandbox:
    """Opens boxes at one isolation level; closing it ends every process it started and removes its folders.

    Any number of threads may open boxes at the same time.
    """

    def __init__(self, level: Level, *, warm: bool = True, forks: bool = sys.platform == "linux") -> None:
        self.level = level
        self._warm = warm
        self._forks = forks
        self._private = Path(tempfile.mkdtemp(prefix="g-"))  # nobody else gets past it
        self._folder = self._private / "s"
        self._folder.mkdir(mode=0o755)
        self._parents: dict[Path | None, WarmParent] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.notices: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all parents, and with them all boxes."""
        with self._lock:
            for parent in self._parents.values():
                parent.close()
            self._parents.clear()
        shutil.rmtree(self._private, ignore_errors=True)

    @contextlib.contextmanager
    def box(
        self, entry: str, fill: Fill, *, limits: Limits, data: Path | None = None, reference: bool = False
    ) -> Iterator[Box]:
        """Open a box, with its process started and ready; it is killed and removed at the end.

        ``fill`` writes into the box's inputs and returns its job. A parent that has died is replaced once;
        where no warm one can be had, a cold one takes its place, with a notice. BoxFailed when nothing helps.
        """
        box = self._open(entry, fill, limits=limits, data=data, reference=reference)
        try:
            yield box
        finally:
            box.close()

    def _open(self, entry: str, fill: Fill, *, limits: Limits, data: Path | None, reference: bool) -> Box:
        attempts = (self._warm, self._warm, False) if self._forks else (False,)
        for last, warm in enumerate(attempts, start=1 - len(attempts)):
            box = None
            try:
                box = self._new(limits=limits, data=data, reference=reference, warm=warm)
                box.start(entry, fill(box))
            except ParentLost as error:
                if box is not None:
                    box.close()
                self._retire(data, error, warm=warm)
                if last == 0:
                    raise
            except BaseException:
                if box is not None:
                    box.close()
                raise
            else:
                if self._warm and not warm and self._forks:
                    box.notice = f"the kernel started cold, because {self.notices[-1]}"
                return box
        message = "no box could be opened"
        raise BoxFailed(message)

    def _new(self, *, limits: Limits, data: Path | None, reference: bool, warm: bool) -> Box:
        folder = self._folder / f"b{next(self._numbers)}"
        if not self._forks:
            return LoneBox(folder, limits=limits, data=data)
        parent = self._parent(data, warm=warm)
        return ForkedBox(folder, parent, level=self.level, limits=limits, data=data, reference=reference)

    def _parent(self, data: Path | None, *, warm: bool) -> WarmParent:
        with self._lock:
            parent = self._parents.get(data)
            if parent is None or not parent.alive:
                parent = WarmParent(self.level, session=self._folder, data=data, warm=warm)
                self._parents[data] = parent
            return parent

    def _retire(self, data: Path | None, error: ParentLost, *, warm: bool) -> None:
        with self._lock:
            parent = self._parents.pop(data, None)
            if parent is not None:
                parent.close()
            kind = "warm" if warm else "cold"
            self.notices.append(f"a {kind} parent was replaced: {error}")


__all__ = ["Sandbox"]
