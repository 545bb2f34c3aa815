"""A run and its sources → the old code in it: what was mapped, what made a cell fail, what is silently ignored."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from grader import syntax
from grader.modern.construct import Construct
from grader.modern.constructs import BY_NAME, CONSTRUCTS
from grader.modern.source import places
from grader.records import Cell, CellRun, CellState, Execution, OldCode, Place

MOST_PLACES = 50  # of one construct
LINE_LENGTH = 160  # of a student's line that is repeated


@dataclass(frozen=True)
class Used:
    """An old spelling that was mapped while the code ran: its construct, where, and how often."""

    name: str
    cell: int  # index among all cells
    line: int | None
    times: int


def old_code(
    cells: Sequence[Cell], execution: Execution, *, used: Iterable[Used] = (), histories: frozenset[str] = frozenset()
) -> tuple[OldCode, ...]:
    """Return each old construct of a submission once, in the table's order; ``histories`` are all keys recorded."""
    search = _Search(cells, execution, histories)
    found = [*_mapped(list(used), cells), *search.failed(), *search.silent()]
    order = list(BY_NAME)
    firsts = {(each.name, each.effect): each for each in reversed(found)}
    spoken = {name for name, effect in firsts if effect != "ignored"}
    told = [each for each in firsts.values() if each.effect != "ignored" or each.name not in spoken]
    return tuple(sorted(told, key=lambda each: (order.index(each.name), each.effect)))


def _mapped(used: Sequence[Used], cells: Sequence[Cell]) -> Iterator[OldCode]:
    by_index = {cell.index: cell for cell in cells}
    for name in dict.fromkeys(each.name for each in used):
        construct = BY_NAME.get(name)
        if construct is None or not construct.mapped:
            continue  # the kernel's word for something that we don't map
        mine = [each for each in used if each.name == name and each.cell in by_index]
        found = tuple(dict.fromkeys(_place(by_index[each.cell], each.line) for each in mine))
        yield _told(construct, "mapped", found, cells, count=sum(each.times for each in mine))


@dataclass(frozen=True)
class _Search:
    """Looks for constructs in the cells that were run."""

    cells: Sequence[Cell]
    execution: Execution
    histories: frozenset[str]

    @cached_property
    def _trees(self) -> dict[int, ast.Module]:
        return syntax.trees(self.cells)

    @cached_property
    def _found(self) -> dict[tuple[str, int], tuple[int, ...]]:
        return {}  # many cells may fail, and each asks about all before it

    def failed(self) -> Iterator[OldCode]:
        """Yield each construct that made cells raise."""
        raised = [run for run in self.execution.cells if run.state is CellState.RAISED and run.error]
        blamed = [(run, self._blamed(run)) for run in raised]
        for construct in CONSTRUCTS:
            runs = [run for run, found in blamed if found is construct]
            if runs:
                where = [place for run in runs for place in self._where(construct, run)]
                if construct.sure:
                    where += [place for cell in self.cells for place in self._places(construct, cell)]
                found = tuple(dict.fromkeys(where))
                yield _told(construct, "failed", found, self.cells, stopped=tuple(run.cell for run in runs))

    def silent(self) -> Iterator[OldCode]:
        """Yield each construct that is ignored without a word."""
        ran = {run.cell for run in self.execution.cells if run.state in {CellState.OK, CellState.RAISED}}
        for construct in CONSTRUCTS:
            if construct.silent:
                cells = [cell for cell in self.cells if cell.index in ran]
                found = tuple(place for cell in cells for place in self._places(construct, cell))
                if found:
                    yield _told(construct, "ignored", found, self.cells)

    def _blamed(self, run: CellRun) -> Construct | None:
        """Return the construct that explains a cell's error, if its message and its source both say so."""
        return next((each for each in CONSTRUCTS if self._explains(each, run)), None)

    def _explains(self, construct: Construct, run: CellRun) -> bool:
        error = run.error or ""
        if not construct.error or not re.match(construct.error, error):
            return False
        if construct.renamed:
            twins = [new for old, new in construct.renamed if error == f"KeyError: '{old}'"]
            if not self.histories.intersection(twins):
                return False
        return bool(self._where(construct, run))

    def _where(self, construct: Construct, run: CellRun) -> list[Place]:
        """Return where the cause of an error is written: on the line that raised, else in its cell, else before it."""
        before = [cell for cell in self.cells if cell.index <= run.cell]
        if not before or before[-1].index != run.cell:
            return []
        here = before[-1]
        if not construct.in_source:
            return [_place(here, run.line)]
        lines = self._lines(construct, here)
        exact = [line for line in lines if line == run.line]
        own = [_place(here, line) for line in exact or lines]
        return own or [place for cell in before[:-1] for place in self._places(construct, cell)]

    def _places(self, construct: Construct, cell: Cell) -> list[Place]:
        return [_place(cell, line) for line in self._lines(construct, cell)]

    def _lines(self, construct: Construct, cell: Cell) -> tuple[int, ...]:
        if not construct.in_source or cell.kind != "code":
            return ()
        key = (construct.name, cell.index)
        if key not in self._found:
            self._found[key] = places(construct, cell.source, self._trees.get(cell.index))
        return self._found[key]


def _place(cell: Cell, line: int | None) -> Place:
    """Return a place as findings tell it: lines of a module count from the start of its file."""
    return Place(cell=cell.index, line=None if line is None else cell.line + line - 1)


def _told(
    construct: Construct,
    effect: Literal["mapped", "failed", "ignored"],
    found: tuple[Place, ...],
    cells: Sequence[Cell],
    *,
    count: int | None = None,
    stopped: tuple[int, ...] = (),
) -> OldCode:
    return OldCode(
        name=construct.name, effect=effect, old=construct.old, modern=construct.modern, why=construct.why,
        line=_own_line(found, cells), places=found[:MOST_PLACES], count=len(found) if count is None else count,
        stopped=stopped,
    )  # fmt: skip


def _own_line(found: Sequence[Place], cells: Sequence[Cell]) -> str:
    """Return the student's own line at the first place."""
    for place in found:
        cell = next((cell for cell in cells if cell.index == place.cell), None)
        lines = cell.source.split("\n") if cell else []
        number = 0 if place.line is None or cell is None else place.line - cell.line + 1
        if 1 <= number <= len(lines) and lines[number - 1].strip():
            return lines[number - 1].strip()[:LINE_LENGTH]
    return ""
