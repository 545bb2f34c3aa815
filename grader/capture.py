"""Recorded files → Capture: what a submission did, as data, before any question is asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from grader import events as noted
from grader.events import CallbackNote, CompileNote, Event, StructureNote, TensorNote
from grader.tensors import Tensor

T = TypeVar("T", bound=Event)
MOST_FITS = 500  # trainings, the latest: each is compared with each other
MOST_NOTES, NOTE_LENGTH = 50, 300
MOST_KEPT = 1000  # states saved during one training, the latest


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of a stored array, as they were handed to Keras; ``tensor`` is None for what can't be stored."""

    tensor: Tensor | None
    rows: slice
    kind: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the rows handed over, not of the array they are a view of."""
        if self.tensor is None:
            return ()
        return (len(range(*self.rows.indices(self.tensor.shape[0]))), *self.tensor.shape[1:])


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """One fit, repeated identical ones joined: with what, from which weights, to which."""

    id: int
    cell: int | None
    line: int | None  # of the cell, from 1
    compile_line: int | None
    compile_cell: int | None  # the cell that compile_line is a line of
    model: int
    before: str | None
    after: str | None
    compile: CompileNote
    x: Part | None
    y: Part | None
    validation: tuple[Part | None, Part | None] | None
    validation_split: float
    epochs: int
    batch_size: int | None
    callbacks: tuple[CallbackNote, ...]
    history: dict[str, tuple[float, ...]]
    seconds: float
    error: str | None
    structure: StructureNote | None
    on_the_way: tuple[str, ...] = ()  # states of weights saved, or left between its parts, before its end

    @cached_property
    def left(self) -> frozenset[str]:
        """States of weights that this training left behind: at its end, and on the way where they were kept."""
        return frozenset(filter(None, (self.after, *self.on_the_way)))

    @property
    def finished(self) -> bool:
        """Whether the fit ended without an exception and left weights behind."""
        return self.error is None and self.after is not None


@dataclass(frozen=True, kw_only=True)
class UseRecord:
    """One evaluate or predict, or a direct call of a model on an array."""

    kind: str
    cell: int | None
    line: int | None  # of the cell, from 1
    model: int
    state: str | None
    x: Part | None
    y: Part | None
    id: int = 0
    steps: int | None = None  # that the optimizer had taken
    compile: CompileNote | None = None  # in force; None for a model that was never compiled


@dataclass(frozen=True)
class Capture:
    """Everything the recorder wrote about one execution."""

    folder: Path
    events: tuple[Event, ...]
    code_cells: tuple[int, ...]  # index of each executed code cell, in order

    def _of(self, kind: type[T]) -> tuple[T, ...]:
        return tuple(event for event in self.events if isinstance(event, kind))

    def cell(self, event: Event) -> int | None:
        """Return the index of the cell in which an event happened."""
        return self.code_cells[event.cell - 1] if 1 <= event.cell <= len(self.code_cells) else None

    @cached_property
    def loads(self) -> tuple[noted.Load, ...]:
        """Calls of data-set loaders."""
        return self._of(noted.Load)

    @cached_property
    def figures(self) -> tuple[noted.Figure, ...]:
        """Figures shown or saved."""
        return self._of(noted.Figure)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was skipped or ignored while the code ran."""
        return tuple(dict.fromkeys(event.text[:NOTE_LENGTH] for event in self._of(noted.Note)))[:MOST_NOTES]

    @cached_property
    def old_spellings(self) -> tuple[noted.OldSpelling, ...]:
        """Spellings of older versions that were run as their modern ones."""
        return self._of(noted.OldSpelling)

    @cached_property
    def unobserved(self) -> int:
        """Trainings that went by without their rows being observed."""
        return len(self._of(noted.Unobserved))

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """Where the recorder itself failed."""
        return tuple(event.error for event in self._of(noted.Fault))

    @cached_property
    def saved(self) -> dict[str, noted.Files]:
        """Saved model files by state of weights."""
        return {event.state: event.files for event in self._of(noted.Saved)}

    @cached_property
    def structures(self) -> dict[str, StructureNote]:
        """Structures of models that were saved when they were used, by state of weights."""
        return {event.state: event.structure for event in self._of(noted.Saved) if event.structure is not None}

    @cached_property
    def spent(self) -> float:
        """Seconds the recorder cost by its own clock."""
        return max((event.spent for event in self.events), default=0.0)

    @cached_property
    def uses(self) -> tuple[UseRecord, ...]:
        """Evaluations and predictions."""
        ends = {event.use: event for event in self._of(noted.Used)}
        return tuple(self._use(use, ends.get(use.id)) for use in self._of(noted.Use))

    def _use(self, use: noted.Use, end: noted.Used | None) -> UseRecord:
        compiled = [event.compile for event in self._compiles.get(use.model, ()) if event.id < use.id]
        x, y = (use.x, use.y) if end is None or end.x is None else (end.x, end.y)
        return UseRecord(
            kind=use.event, cell=self.cell(use), model=use.model, state=use.state, x=self._part(x), y=self._part(y),
            id=use.id, line=use.line, steps=use.steps, compile=compiled[-1] if compiled else None,
        )  # fmt: skip

    @cached_property
    def _compiles(self) -> dict[int, list[noted.Compile]]:
        found: dict[int, list[noted.Compile]] = {}
        for event in self._of(noted.Compile):
            found.setdefault(event.model, []).append(event)
        return found

    @cached_property
    def fits(self) -> tuple[FitRecord, ...]:
        """Fits in order, identical ones that continue each other joined to one."""
        ends = {event.fit: event for event in self._of(noted.Fitted)}
        kept: dict[int, list[str]] = {}
        for event in self._of(noted.Kept):
            kept.setdefault(event.fit, []).append(event.state)
        joined = _joined(
            self._fit(event, ends.get(event.id), tuple(kept.get(event.id, ()))) for event in self._of(noted.Fit)
        )
        return tuple(joined[-MOST_FITS:])

    def _fit(self, fit: noted.Fit, end: noted.Fitted | None, kept: tuple[str, ...]) -> FitRecord:
        x, y = (fit.x, fit.y) if end is None or end.x is None else (end.x, end.y)  # noted as they passed
        validation = (end.validation if end else None) or fit.validation
        return FitRecord(
            id=fit.id,
            cell=self.cell(fit),
            line=fit.line,
            compile_line=fit.compile_line,
            compile_cell=self._compile_cell(fit),
            model=fit.model,
            before=fit.state,
            after=end.state if end else None,
            compile=fit.compile,
            x=self._part(x),
            y=self._part(y),
            validation=None if validation is None else (self._part(validation.x), self._part(validation.y)),
            validation_split=fit.validation_split,
            epochs=_epochs(fit, end),
            batch_size=fit.batch_size,
            callbacks=fit.callbacks,
            history=end.history if end else {},
            seconds=end.seconds if end else 0.0,
            error=end.error if end else "it was stopped before it ended",
            structure=end.structure if end else None,
            on_the_way=tuple(dict.fromkeys(kept))[-MOST_KEPT:],
        )

    def _compile_cell(self, fit: noted.Fit) -> int | None:
        """Return the cell of the compile in force: the model's last before the fit."""
        compiles = [each for each in self._compiles.get(fit.model, ()) if each.id < fit.id]
        return self.cell(compiles[-1]) if compiles else None

    def _part(self, note: TensorNote | None) -> Part | None:
        if note is None:
            return None
        if note.id is None or note.rows is None or note.kind in {"stream", "other"}:
            return Part(tensor=None, rows=slice(0, 0), kind=note.kind)
        return Part(tensor=self.tensor(note.id, note), rows=slice(*note.rows), kind=note.kind)

    def tensor(self, name: str, note: TensorNote) -> Tensor:
        """Return the stored array of a name: one object, however often it is named, so that it is read once."""
        made = Tensor(self.folder / "tensors", name, note.kind, note.shape, note.dtype)
        return self._tensors.setdefault(f"{name}/{note.shape}", made)

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        return {}


def _epochs(fit: noted.Fit, end: noted.Fitted | None) -> int:
    run = max((len(series) for series in end.history.values()), default=0) if end else 0
    return run or max(0, fit.epochs - fit.initial_epoch)


def _joined(fits: Iterable[FitRecord]) -> list[FitRecord]:
    """Join each fit to the one before when it goes on with the same model, data and compile."""
    joined: list[FitRecord] = []
    for fit in fits:
        last = joined[-1] if joined else None
        if last is not None and _continues(last, fit):
            joined[-1] = _join(last, fit)
        else:
            joined.append(fit)
    return joined


def _continues(last: FitRecord, fit: FitRecord) -> bool:
    """A loop of ``fit(epochs=1)`` is one training; a second fit in another cell is a training of its own."""
    same = ("model", "cell", "x", "y", "validation", "validation_split", "batch_size", "compile")
    goes_on = last.finished and fit.before == last.after and fit.epochs == 1
    return goes_on and all(getattr(last, name) == getattr(fit, name) for name in same)


def _join(last: FitRecord, fit: FitRecord) -> FitRecord:
    keys = dict.fromkeys([*last.history, *fit.history])
    values = {name: getattr(fit, name) for name in fit.__dataclass_fields__}
    values |= {
        "id": last.id,
        "before": last.before,
        "line": last.line,
        "epochs": last.epochs + fit.epochs,
        "seconds": last.seconds + fit.seconds,
        "history": {key: (*last.history.get(key, ()), *fit.history.get(key, ())) for key in keys},
        "structure": fit.structure or last.structure,
        "on_the_way": (*last.on_the_way, *filter(None, (last.after,)), *fit.on_the_way)[-MOST_KEPT:],
    }
    return FitRecord(**values)


def read_capture(folder: Path, code_cells: tuple[int, ...]) -> Capture:
    """Read a recorder's folder; CaptureInvalid when its events break the format."""
    return Capture(folder, noted.read_events(folder / "events.jsonl"), code_cells)
