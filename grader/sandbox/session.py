"""A sandbox for one session of grading: its level, its warm parents, its boxes."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.errors import BoxFailed
from grader.sandbox.box import Box, ForkedBox, LoneBox
from grader.sandbox.levels import Level, box_user
from grader.sandbox.limits import Limits
from grader.sandbox.parent import LoaderCall, ParentLost, WarmParent
from grader.scratch import make, remove

Fill = Callable[[Box], Mapping[str, Any]]


class Sandbox:
    """Opens boxes at one isolation level; closing it ends every process it started and removes its folders.

    Any number of threads may open boxes at the same time.
    """

    def __init__(self, level: Level, *, warm: bool = True, forks: bool = sys.platform == "linux") -> None:
        self.level = level
        self._warm = warm
        self._forks = forks
        self._private = make()  # nobody else gets past it
        if level is Level.LANDLOCK and box_user(level) is not None:
            self._private.chmod(0o711)  # but the one that root becomes in there
        self._folder = self._private / "s"
        self._folder.mkdir(mode=0o755)
        self._parents: dict[Path | None, WarmParent] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._preloaded: tuple[LoaderCall, ...] = ()
        self.notices: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def preload(self, calls: tuple[LoaderCall, ...]) -> None:
        """Let parents that are started from now on make these calls on the data folder, for all kernels to share.

        They hold labels: what must not see any, the predictor, is forked from a parent of its own.
        """
        self._preloaded = calls

    def close(self) -> None:
        """End all parents, and with them all boxes."""
        with self._lock:
            for parent in self._parents.values():
                parent.close()
            self._parents.clear()
        remove(self._private)

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
        if not self._forks:
            return _started(LoneBox(self._new_folder(), limits=limits, data=data), entry, fill)
        lost = BoxFailed("no box could be opened")
        for warm in (self._warm, self._warm, False):
            try:
                parent = self._parent(data, warm=warm)
            except ParentLost as error:
                lost = self._note(error, warm=warm)
                continue
            box = ForkedBox(self._new_folder(), parent, level=self.level, limits=limits, data=data, reference=reference)
            try:
                _started(box, entry, fill)
            except ParentLost as error:
                lost = self._note(error, warm=parent.warm)
                self._retire(parent)
                continue
            if self._warm and not parent.warm:
                box.notice = f"it ran in a kernel that started cold, because no warm one could be had: {lost}"
            return box
        raise lost

    def _new_folder(self) -> Path:
        return self._folder / f"b{next(self._numbers)}"

    def _parent(self, data: Path | None, *, warm: bool) -> WarmParent:
        with self._lock:
            if data is None:  # any without data in its memory will do: what a box sees is said box by box
                data = next((place for place, known in self._parents.items() if not known.preloaded), None)
            parent = self._parents.get(data)
            if parent is None or not parent.alive:
                preloaded = self._preloaded if data is not None else ()
                parent = WarmParent(self.level, session=self._folder, data=data, warm=warm, preloaded=preloaded)
                self._parents[data] = parent
                if parent.missing:
                    self.notices.append(f"kernels start without {', '.join(parent.missing)}: not installed here")
            return parent

    def _retire(self, parent: WarmParent) -> None:
        """End a parent that opened no box; another thread may have replaced it already."""
        with self._lock:
            for data, known in list(self._parents.items()):
                if known is parent:
                    del self._parents[data]
                    parent.close()

    def _note(self, error: ParentLost, *, warm: bool) -> ParentLost:
        self.notices.append(f"a {'warm' if warm else 'cold'} parent process was given up: {error}")
        return error


def _started(box: Box, entry: str, fill: Fill) -> Box:
    """Start a box; one that can't be started leaves nothing behind."""
    try:
        box.start(entry, fill(box))
    except BaseException:
        box.close()
        raise
    return box


__all__ = ["Sandbox"]
