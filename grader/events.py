"""The recorder's events, validated: the grading process believes their form, never their content."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError, model_validator

from grader.errors import CaptureInvalid
from grader.trusted import read_bytes

EVENTS_CAP = 128 << 20  # bytes
MOST_EVENTS = 100_000
WIDEST = 1 << 24  # columns of a sparse array: no file bounds them, and memory is taken for each
Text = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=200)]
State = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Numbers = Annotated[tuple[FiniteFloat, ...], Field(min_length=1, max_length=4096)]
Size = Annotated[int, Field(ge=0, le=1 << 40)]


class Noted(BaseModel):
    """Base of all events: frozen; fields we don't know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=True)


class TensorNote(Noted):
    """A reference to a stored array, or what is known of something that can't be stored."""

    kind: Literal["dense", "sparse", "ragged", "levels", "too_large", "stream", "other"]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    shape: tuple[Size, ...] = ()
    dtype: Name = ""
    rows: tuple[Size, Size, Annotated[int, Field(ge=1)]] | None = None
    type: Name = ""

    @model_validator(mode="after")
    def _says_where_it_is(self) -> Self:
        stored = self.kind in {"dense", "sparse", "ragged", "levels", "too_large"}
        if stored and (self.id is None or self.rows is None or not self.shape):
            message = "a stored array has an id, rows and a shape"
            raise ValueError(message)
        if self.kind == "sparse" and (len(self.shape) != 2 or self.shape[1] > WIDEST):
            message = f"a sparse array has two dimensions and at most {WIDEST} columns"
            raise ValueError(message)
        return self


class LossNote(Noted):
    """A loss by its Keras name."""

    name: Name
    from_logits: bool = False
    custom: bool = False


class CompileNote(Noted):
    """The compile in force."""

    optimizer: Name | None = None
    learning_rate: float | None = None
    loss: LossNote | None = None
    metrics: tuple[Text, ...] = ()


class LayerNote(Noted):
    """One layer or operation, in the order data flows."""

    class_: Name = Field(alias="class")
    layer: bool = True
    units: Size | None = None
    activation: Name | None = None
    output_shape: tuple[int | None, ...] | None = None
    custom: bool = False
    mode: Name | None = None  # how it encodes words
    scale: Numbers | None = None  # of a layer that gives ``input * scale + shift``: one number, or one for each column
    shift: Numbers | None = None


class StructureNote(Noted):
    """A model's structure."""

    class_: Name = Field(alias="class")
    kind: Literal["sequential", "functional", "subclass"]
    parameters: Size | None = None
    layers: Annotated[tuple[LayerNote, ...], Field(max_length=2000)] = ()


class CallbackNote(Noted):
    """A callback given to fit."""

    name: Name
    restores_best: bool = False


class PairNote(Noted):
    """Inputs with their targets."""

    x: TensorNote | None = None
    y: TensorNote | None = None


class Event(Noted):
    """What all events have."""

    id: int
    cell: int = Field(ge=0, description="Executed code cells so far, this one included.")
    line: int | None = Field(default=None, ge=1, description="Line of that cell, from 1.")
    spent: float = 0.0


class Load(Event):
    """A data-set loader was called."""

    event: Literal["load"]
    loader: Name
    arguments: dict[Name, int | float | str | None] = Field(default_factory=dict)


class Compile(Event):
    """A model was compiled."""

    event: Literal["compile"]
    model: int
    compile: CompileNote
    state: State | None = None


class Fit(Event):
    """A fit began."""

    event: Literal["fit"]
    model: int
    state: State | None = None
    steps: int | None = None
    compile: CompileNote
    compile_line: int | None = Field(default=None, ge=1)
    x: TensorNote | None = None
    y: TensorNote | None = None
    validation: PairNote | None = None
    validation_split: float = 0.0
    epochs: int = 1
    initial_epoch: int = 0
    batch_size: int | None = None
    callbacks: tuple[CallbackNote, ...] = ()


class Fitted(Event):
    """A fit ended, or raised; of a stream, the rows that passed are known only now."""

    event: Literal["fitted"]
    fit: int
    state: State | None = None
    steps: int | None = None
    seconds: float = 0.0
    error: Text | None = None
    history: dict[Name, tuple[float, ...]] = Field(default_factory=dict)
    structure: StructureNote | None = None
    x: TensorNote | None = None
    y: TensorNote | None = None
    validation: PairNote | None = None


class Files(Noted):
    """Where a model was saved, inside ``models/``."""

    keras: Annotated[str, Field(pattern=r"^s\d+\.keras$")] | None = None
    export: Annotated[str, Field(pattern=r"^s\d+\.export$")] | None = None


class Saved(Event):
    """A state of a model's weights was saved."""

    event: Literal["saved"]
    model: int
    state: State
    files: Files
    structure: StructureNote | None = None


class Kept(Event):
    """A student's code, or a callback, wrote a state of weights to a file while a fit ran."""

    event: Literal["kept"]
    model: int
    state: State
    fit: int


class Use(Event):
    """An evaluate or predict began, or a model was called on an array."""

    event: Literal["evaluate", "predict", "applied"]
    model: int
    state: State | None = None
    steps: int | None = None
    x: TensorNote | None = None
    y: TensorNote | None = None


class Used(Event):
    """An evaluate or predict ended; its values are only reported."""

    event: Literal["used"]
    use: int
    error: Text | None = None
    values: dict[Name, float] | None = None
    x: TensorNote | None = None
    y: TensorNote | None = None


class Axes(Noted):
    """One pair of axes in a figure."""

    title: Name = ""
    xlabel: Name = ""
    ylabel: Name = ""
    lines: tuple[tuple[float, ...], ...] = ()
    points: int = 0


class Figure(Event):
    """A figure was shown or saved."""

    event: Literal["figure"]
    axes: tuple[Axes, ...] = ()


class Note(Event):
    """Something was skipped or ignored."""

    event: Literal["note"]
    text: Text


class OldSpelling(Event):
    """A spelling of older versions was run as its modern one; ``times`` since the last event of its place."""

    event: Literal["old_spelling"]
    name: Name
    times: int = Field(default=1, ge=1)


class Unobserved(Event):
    """A training whose rows are not observed: an optimizer applied by a student's own loop."""

    event: Literal["unobserved"]
    model: int = 0


class Leaf(Noted):
    """What a student's function returned, or a part of it."""

    what: Literal["array", "items", "none", "model", "other"]
    type: Name = ""
    tensor: TensorNote | None = None
    structure: StructureNote | None = None
    compile: CompileNote | None = None
    fresh: bool = True


class Pair(Leaf):
    """A part that may have parts of its own: one fold of several."""

    items: Annotated[tuple[Leaf, ...], Field(max_length=1000)] = ()


class Value(Leaf):
    """All that a function returned; nothing is looked into more deeply than this."""

    items: Annotated[tuple[Pair, ...], Field(max_length=1000)] = ()


class Call(Event):
    """A student's function is being called on an input of the grader's; ``found`` is None where there is none."""

    event: Literal["call"]
    function: Name
    probe: Annotated[int, Field(ge=0, le=1000)]
    found: Name | None = None
    takes: Text = ""
    defined_in: int | None = Field(default=None, ge=1)
    defined_at: int | None = Field(default=None, ge=1)


class Called(Event):
    """A call of a student's function ended."""

    event: Literal["called"]
    call: int
    outcome: Literal["returned", "raised", "timed_out", "arity", "unfinished"]
    error: Text = ""
    error_in: int | None = Field(default=None, ge=1)
    error_at: int | None = Field(default=None, ge=1)
    mutated: bool = False
    value: Value | None = None


class Fault(Event):
    """The recorder itself failed somewhere."""

    event: Literal["fault"]
    error: Text


AnyEvent = Annotated[
    Load
    | Compile
    | Fit
    | Fitted
    | Saved
    | Kept
    | Use
    | Used
    | Figure
    | Note
    | OldSpelling
    | Unobserved
    | Call
    | Called
    | Fault,
    Field(discriminator="event"),
]
_ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyEvent)


def read_events(path: Path) -> tuple[Event, ...]:
    """Return the events of a capture; none when the file isn't there; CaptureInvalid for a broken line.

    A last line without its end is what a killed kernel leaves behind, and is dropped.
    """
    if not os.path.lexists(path):  # Path.exists follows links and raises in a locked folder
        return ()
    content = read_bytes(path, cap=EVENTS_CAP)
    if content.count(b"\n") > MOST_EVENTS:
        message = f"events.jsonl: {content.count(bytes([10]))} lines, the recorder writes at most {MOST_EVENTS}"
        raise CaptureInvalid(message)
    lines = content.split(b"\n")
    return tuple(_parse(number, line) for number, line in enumerate(lines[:-1], start=1) if line)


def _parse(number: int, line: bytes) -> Event:
    try:
        event: Event = _ADAPTER.validate_python(json.loads(line))
    except (ValueError, ValidationError, RecursionError) as error:
        reason = str(error).splitlines()[0][:200]
        message = f"events.jsonl:{number}: not an event of the recorder ({reason})"
        raise CaptureInvalid(message) from error
    return event
