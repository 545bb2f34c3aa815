"""The nouns of the grader, in order of appearance: what goes from room to room, frozen.

Everything that ends up in ``result.json`` is a pydantic model, so that results are validated when
they are read back and their JSON Schema is generated, never written by hand.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

SCHEMA = "grader/result/v1"


Measured = Annotated[
    float,
    BeforeValidator(lambda value: float("nan") if value is None else value),
    WithJsonSchema({"type": ["number", "null"], "description": "null: not a number (a training that diverged)"}),
]


class Record(BaseModel):
    """A frozen record with named fields only; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True, ser_json_inf_nan="null")


# --- intake -------------------------------------------------------------------------------------


class Cell(Record):
    """One cell of a submission, as the student wrote it."""

    index: int = Field(description="Position among all cells, markdown included, from 0.")
    kind: Literal["code", "markdown"]
    source: str
    line: int = Field(default=1, description="First line of the cell in its module; 1 in a notebook.")


class Submission(Record):
    """One student's upload, read but not run."""

    file: Path
    sha256: str
    student: str
    student_id: str = Field(default="", description="The student's number or user name, where it is known.")
    members: tuple[str, ...] = Field(default=(), description="All whose work it is, where they are several.")
    submitted_at: datetime | None = None
    late: bool | None = Field(default=None, description="Whether the export marks it as late; null: it doesn't say.")
    kind: Literal["notebook", "module"]
    cells: tuple[Cell, ...]
    beside: tuple[Path, ...] = Field(default=(), description="Helper modules and data uploaded with it.")


# --- execute ------------------------------------------------------------------------------------


class Exit(StrEnum):
    """How an execution ended: always one of these, and always the student's."""

    OK = "ok"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    TOO_MUCH_OUTPUT = "too_much_output"
    TOO_MUCH_CPU = "too_much_cpu"
    TOO_MANY_PROCESSES = "too_many_processes"
    DISK_FULL = "disk_full"

    @property
    def ends_the_run(self) -> bool:
        """Whether no further cell is run: all but a cell that raised."""
        return self not in {Exit.OK, Exit.RAISED}


class CellState(StrEnum):
    """What became of one code cell."""

    OK = "ok"
    RAISED = "raised"
    STOPPED = "stopped"  # a limit or the kernel's death ended it
    NOT_REACHED = "not_reached"


class CellRun(Record):
    """One code cell's fate in an execution."""

    cell: int = Field(description="Index of the cell among all cells of the submission.")
    state: CellState
    seconds: float = Field(default=0.0, description="Wall-clock seconds.")
    error: str | None = Field(default=None, description="Exception name and message, one line.")
    line: int | None = Field(default=None, description="Line in the cell that raised, from 1.")


class Place(Record):
    """A place in a student's source."""

    cell: int = Field(description="Index of the cell among all cells of the submission.")
    line: int | None = Field(default=None, description="Line in the cell, from 1; in a module, of its file.")


class OldCode(Record):
    """A spelling of older library versions, with how it is written today; it neither gives nor takes points."""

    name: str
    effect: Literal["mapped", "failed", "ignored"] = Field(
        description="mapped: run as its modern spelling; failed: it raised; ignored: it has no effect today."
    )
    old: str = Field(description="The old spelling, as an example.")
    modern: str = Field(description="The modern spelling of that example; empty: leave it out.")
    why: str
    line: str = Field(default="", description="The student's own line, at the first place.")
    places: tuple[Place, ...] = ()
    count: int = Field(default=0, description="How often it was mapped, or in how many places it was found.")
    stopped: tuple[int, ...] = Field(default=(), description="Cells that it made raise.")


class Execution(Record):
    """What running a submission in its box came to."""

    exit: Exit
    seconds: float = Field(description="Wall-clock seconds from kernel start to the end.")
    peak_mib: float = Field(
        description="Peak memory of all its processes, MiB, shared pages counted for each; 0 if unknown."
    )
    cpu_seconds: float = Field(default=0.0, description="Processor seconds of all its processes.")
    isolation: str = Field(description="Isolation level; 'none' means the code was not confined.")
    cells: tuple[CellRun, ...] = ()
    stopped: str | None = Field(default=None, description="What ended it early, in a sentence.")
    notes: tuple[str, ...] = Field(default=(), description="What was skipped or ignored, and why.")
    violations: tuple[str, ...] = Field(
        default=(), description="What the run left behind that can't be evidence: links, forged or broken files."
    )
    old_code: tuple[OldCode, ...] = Field(default=(), description="Spellings of older versions, each once.")


# --- capture ------------------------------------------------------------------------------------


class Evidence(StrEnum):
    """How far a finding can be trusted, strongest first."""

    VERIFIED = "verified"  # recomputed outside the student's process
    RECORDED = "recorded"  # a recorder event consistent with the saved model and the data
    REPORTED = "reported"  # in-kernel only
    NONE = "none"  # nothing was seen


class Layer(Record):
    """One layer of a model, as saved."""

    kind: str = Field(description="Keras class name, e.g. 'Dense'.")
    units: int | None = None
    activation: str | None = None
    output_shape: tuple[int | None, ...] | None = None
    custom: bool = Field(default=False, description="The class is the student's own.")


class RunMetrics(Record):
    """Metrics of one model on rows it was not trained on."""

    name: str = Field(description="'accuracy' (0..1) or 'mae' (target units).")
    value: float
    evidence: Evidence


class RunSummary(Record):
    """One training run, as the experiment table shows it."""

    run: int = Field(description="Number of the run in order of training, from 1.")
    cell: int | None = Field(default=None, description="Index of the cell that called fit.")
    architecture: str = Field(description="Short text, e.g. 'Dense 16 relu → Dense 1 sigmoid'.")
    layers: tuple[Layer, ...] = ()
    parameters: int | None = None
    optimizer: str | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()
    epochs: int = 0
    batch_size: int | None = None
    train_rows: int = 0
    validation_rows: int = 0
    validation: str = Field(default="none", description="held_out | test_rows | training_rows | none.")
    best_epoch: int | None = Field(default=None, description="Epoch (from 1) of least val. loss.")
    history: dict[str, tuple[Measured, ...]] = Field(default_factory=dict, description="Per epoch.")
    test: tuple[RunMetrics, ...] = ()
    seconds: float = 0.0
    fresh: bool = Field(default=True, description="Started from its own initial weights.")
    role: str = Field(
        default="", description="'graded', 'fold 2 of 4', 'labels shuffled', 'training not observed', or ''."
    )


class GradedModel(Record):
    """Which run all criteria judge, and why that one."""

    run: int
    why: str


# --- judge --------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What a finding concludes: always one of these. ``errored`` is the grader's own fault."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Visibility(StrEnum):
    """When a student may see a finding."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


class Finding(Record):
    """One criterion, concluded."""

    criterion: str
    check: str
    title: str
    verdict: Verdict
    credit: float | None = Field(description="0..1; null when errored.")
    points: float | None = Field(description="Points earned; null when errored.")
    possible: float
    visibility: Visibility = Visibility.VISIBLE
    evidence: Evidence = Evidence.NONE
    cell: int | None = None
    line: int | None = None
    rationale: str = Field(description="What was found and what was expected, and why it matters.")
    help: str = Field(default="", description="What to try next; empty when passed.")
    section: str = Field(default="", description="Where the book explains it.")
    by_hand: bool = Field(default=False, description="A person marks it: errored until then, through nobody's fault.")


class Diagnosis(Record):
    """A named misconception, recognised; it informs and never gives or takes points."""

    name: str
    title: str
    cell: int | None = None
    line: str = Field(default="", description="The student's own line.")
    line_number: int | None = Field(default=None, description="Its number in the cell, or in a module's file.")
    explanation: str
    fix: str
    section: str = ""


# --- score --------------------------------------------------------------------------------------


class SubmissionRef(Record):
    """Which upload a result is about."""

    file: str = Field(description="File name, without its folder.")
    sha256: str


class DataSource(Record):
    """Where the data sets of a run came from."""

    source: str = Field(description="'keras', 'standin-full', 'standin-small' or 'unknown'.")
    description: str
    digests: dict[str, str] = Field(default_factory=dict, description="File name to SHA-256.")


class ScoreScale(Record):
    """Where a verified score lies among correct solutions: the reader's *you are here*."""

    metric: str
    value: float
    full: float = Field(description="Full credit begins here.")
    baseline: float = Field(description="No credit here: what a naive guess reaches.")
    reference: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="What correct solutions reached, by variant, one value for each seed."
    )
    higher_is_better: bool = True

    @property
    def values(self) -> tuple[float, ...]:
        """What correct solutions reached, all variants together."""
        return tuple(value for series in self.reference.values() for value in series)


class Result(Record):
    """Everything one submission came to in one assignment: the content of ``result.json``."""

    schema_: Literal["grader/result/v1"] = Field(default="grader/result/v1", alias="schema")
    assignment: str
    title: str = ""
    student: str
    student_id: str = Field(default="", description="The student's number or user name, where it is known.")
    members: tuple[str, ...] = Field(default=(), description="All whose work it is, where they are several.")
    submission: SubmissionRef
    submitted_at: datetime | None = None
    late: bool | None = Field(default=None, description="Whether the export marks it as late; null: it doesn't say.")
    graded_at: datetime | None = None
    due_date: datetime | None = None
    published_at: datetime | None = None
    points: float = Field(description="Points earned.")
    most_possible: float = Field(description="Most that can still be earned once errors are mended.")
    possible: float
    passed: bool
    withheld: bool = Field(description="True when the grader itself failed somewhere.")
    findings: tuple[Finding, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    graded_model: GradedModel | None = None
    runs: tuple[RunSummary, ...] = ()
    score: ScoreScale | None = None
    execution: Execution
    data: DataSource
    environment: dict[str, str] = Field(default_factory=dict)
    hidden: int = Field(default=0, description="Findings left out of this view.")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ser_json_inf_nan="null")

    @property
    def waits_for_a_person(self) -> bool:
        """Whether the grade is withheld only for what a person marks, and nothing failed."""
        errored = [finding for finding in self.findings if finding.verdict is Verdict.ERRORED]
        return self.withheld and bool(errored) and all(finding.by_hand for finding in errored)

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return ``result.json``'s text."""
        return self.model_dump_json(by_alias=True, indent=indent)
