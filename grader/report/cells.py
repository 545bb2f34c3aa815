"""Lays out the executed notebook for the page: each cell, its outputs, what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grader.records import CellState, Verdict
from grader.report.markdown import Block, blocks
from grader.report.outputs import ROOM_MOST, Piece, as_list, as_text, pieces, plain, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.records import CellRun, Diagnosis, Finding, OldCode, Result

CELLS_MOST: Final = 400


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of source; ``marked`` when something was found exactly there."""

    text: str
    marked: bool


@dataclass(frozen=True, kw_only=True)
class CellView:
    """One cell, ready for the page; ``index`` counts all cells from 0, as findings do."""

    index: int
    is_code: bool
    prompt: str
    lines: tuple[Line, ...] = ()
    cut: str = ""
    blocks: tuple[Block, ...] = ()
    outputs: tuple[Piece, ...] = ()
    run: CellRun | None = None
    findings: tuple[Finding, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    old_code: tuple[OldCode, ...] = ()

    @property
    def size(self) -> int:
        """Return how much of the page's room the outputs take, in characters."""
        return sum(piece.size for piece in self.outputs)


@dataclass(frozen=True, kw_only=True)
class NotebookView:
    """The cells that are shown, and how many more there are."""

    cells: tuple[CellView, ...]
    left_out: int

    @property
    def anchors(self) -> frozenset[int]:
        """Return the indexes of the cells that a link can lead to."""
        return frozenset(cell.index for cell in self.cells)


def notebook_view(notebook: Mapping[str, object] | None, result: Result) -> NotebookView | None:
    """Return the notebook's cells as the page shows them; None where there is no notebook."""
    if notebook is None:
        return None
    cells = as_list(notebook.get("cells"))
    shown: list[CellView] = []
    room = ROOM_MOST
    for index, cell in enumerate(cells[:CELLS_MOST]):
        view = _cell_view(index, cell if isinstance(cell, Mapping) else {}, result, room=room)
        room -= view.size
        shown.append(view)
    return NotebookView(cells=tuple(shown), left_out=len(cells) - len(shown))


def _cell_view(index: int, cell: Mapping[str, object], result: Result, *, room: int) -> CellView:
    source, cut = shortened(plain(as_text(cell.get("source"))))
    if cell.get("cell_type") != "code":
        return CellView(index=index, is_code=False, prompt="", blocks=blocks(source), cut=cut)
    run = next((one for one in result.execution.cells if one.cell == index), None)
    findings = tuple(one for one in result.findings if one.cell == index)
    diagnoses = tuple(one for one in result.diagnoses if one.cell == index)
    return CellView(
        index=index,
        is_code=True,
        prompt=_prompt(cell.get("execution_count")),
        lines=_lines(source, _marked_lines(run, findings, diagnoses, first=_first_line(cell))) if source else (),
        cut=cut,
        outputs=pieces(cell.get("outputs"), room=room),
        run=run,
        findings=findings,
        diagnoses=diagnoses,
        old_code=tuple(
            one for one in result.execution.old_code if index in one.stopped or index in {at.cell for at in one.places}
        ),
    )


def _prompt(count: object) -> str:
    return f"In [{count}]" if isinstance(count, int) else ""


def _first_line(cell: Mapping[str, object]) -> int:
    """Return the line of its module at which a cell begins; findings count from the start of the file."""
    metadata = cell.get("metadata")
    line = metadata.get("first_line") if isinstance(metadata, Mapping) else None
    return line if isinstance(line, int) else 1


def _marked_lines(
    run: CellRun | None, findings: Sequence[Finding], diagnoses: Sequence[Diagnosis], *, first: int
) -> frozenset[int]:
    """Return the lines of the cell (from 1) to point at: where it raised, and where something is to mend."""
    raised = run.line if run and run.state is CellState.RAISED else None
    wrong = [one.line - first + 1 for one in findings if one.verdict is not Verdict.PASSED and one.line is not None]
    named = [one.line_number - first + 1 for one in diagnoses if one.line_number is not None]
    return frozenset(line for line in [raised, *wrong, *named] if line is not None)


def _lines(source: str, marked: frozenset[int]) -> tuple[Line, ...]:
    return tuple(Line(text=text, marked=number in marked) for number, text in enumerate(source.split("\n"), start=1))
