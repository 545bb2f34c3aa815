"""What a diagnosis is made of: a case, a detector that looks at it, and one place that turns findings into words."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from functools import cached_property
from typing import Literal, Protocol

from grader.capture import Capture
from grader.diagnose.source import Place, Source
from grader.errors import told
from grader.records import Cell, CellState, Diagnosis, Finding
from grader.runs import Look as Used
from grader.runs import TaskCapture, TrainingRun

Task = Literal["binary", "multiclass", "regression"]
BOOK = "Deep Learning with Python, 3rd edition, section"


class Weight(IntEnum):
    """How much a misconception spoils, the worst first; diagnoses are told in this order."""

    SCORE_MEANS_NOTHING = 1
    CANNOT_LEARN = 2
    LEARNS_LESS = 3
    READS_WRONG = 4


class Topic(Enum):
    """What a misconception is about: the section in the book's 3rd edition, and the checks that ask about it.

    An assignment names sections of its own text beside its criteria; those come first.
    """

    ENCODING = ("4.1.2", "inputs.")
    SCALING = ("4.3.2", "inputs.")
    LABELS = ("4.2.2", "targets.")
    TARGETS = ("4.3.2", "targets.")
    HIDDEN = ("4.1.3", "layers.hidden")
    BOTTLENECK = ("4.2.7", "layers.hidden")
    OUTPUT = ("4.1.3", "layers.output")
    LOSS = ("4.1.3", "compile.loss")
    METRICS = ("4.3.3", "compile.loss")
    VALIDATION = ("4.1.4", "training.validation", "training.k_fold")
    FOLDS = ("4.3.4", "training.k_fold", "training.validation")
    TRAINING = ("4.1.4", "training.retrained", "training.validation", "training.k_fold")
    TEST_ROWS = ("4.3.2", "training.no_leakage")
    EVALUATION = ("4.1.4", "scores.")
    CURVES = ("4.1.4", "figures.")

    @property
    def section(self) -> str:
        """Section of the book's 3rd edition."""
        return str(self.value[0])

    @property
    def checks(self) -> tuple[str, ...]:
        """How the names of the checks on this topic begin."""
        return tuple(self.value[1:])


@dataclass(frozen=True, kw_only=True)
class Case:
    """One judged submission, as detectors look at it."""

    work: TaskCapture
    capture: Capture
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    task: Task
    classes: int | None = None

    @property
    def model(self) -> TrainingRun | None:
        """The graded model: of one whose training was not observed, only layers and uses are known."""
        return self.work.graded

    @property
    def run(self) -> TrainingRun | None:
        """The graded model's run, where its training was observed."""
        return self.model if self.model is not None and self.model.observed else None

    @property
    def finished(self) -> tuple[TrainingRun, ...]:
        """All runs on this data set that ended without an exception."""
        return tuple(run for run in self.work.runs if run.finished and run.observed)

    @property
    def judged(self) -> tuple[TrainingRun, ...]:
        """The graded model's run, and those that an exception ended in a cell that raised it."""
        raised = {cell.cell for cell in self.work.execution.cells if cell.state is CellState.RAISED}
        stopped = [run for run in self.work.runs if run.fit.error is not None and run.fit.cell in raised]
        runs = [*([self.run] if self.run else []), *stopped]
        return tuple({run.number: run for run in runs}.values())

    @cached_property
    def source(self) -> Source:
        """The student's code cells, read as text and syntax trees, never run."""
        return Source(self.cells)

    @cached_property
    def loads(self) -> tuple[tuple[Place, str], ...]:
        """Where data sets were loaded, in reading order, by their loaders' names."""
        found = [(self.capture.cell(load), load) for load in self.capture.loads]
        places = [(Place(cell=cell, line=load.line), load.loader) for cell, load in found if cell is not None]
        return tuple(sorted(places, key=lambda pair: pair[0].order))

    def mine(self, place: Place) -> bool:
        """Say whether code is about this task's data: of several data sets, it was the last to be loaded before."""
        if self._one_data_set:
            return True
        before = bisect.bisect_right(self.loads, place.order, key=lambda load: load[0].order)
        return before > 0 and self.loads[before - 1][1] == self.work.raw.loader

    @cached_property
    def _one_data_set(self) -> bool:
        return len({loader for _, loader in self.loads}) < 2


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a detector saw: the fact with its numbers, the student's own line, a fix if it can be told more exactly."""

    fact: str
    at: Place | None = None
    fix: str = ""


class Look(Protocol):
    """The question of a detector."""

    __doc__: str | None

    def __call__(self, case: Case, /) -> Found | None:
        """Return what was found, or None where the misconception is absent or can't be told for sure."""


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One misconception: its words, and how it is recognised."""

    name: str
    title: str
    topic: Topic
    weight: Weight
    why: str  # why it matters, one or two sentences
    fix: str  # one next step
    look: Look
    hides: tuple[str, ...] = ()  # names of what follows from this one, and so isn't told beside it
    only_alone: bool = False  # told only where nothing else explains why the model learns less
    old_code: tuple[str, ...] = ()  # names of old constructs that are the same mistake: explained there, not again

    @property
    def evidence(self) -> str:
        """What it is recognised by."""
        return " ".join((self.look.__doc__ or "").split())


def detector(
    name: str,
    title: str,
    topic: Topic,
    weight: Weight,
    *,
    why: str,
    fix: str,
    hides: tuple[str, ...] = (),
    only_alone: bool = False,
) -> Callable[[Look], Detector]:
    """Make a documented function a detector; its docstring says what the misconception is recognised by."""

    def make(look: Look) -> Detector:
        return Detector(
            name=name, title=title, topic=topic, weight=weight, why=why, fix=fix, look=look, hides=hides,
            only_alone=only_alone,
        )  # fmt: skip

    return make


def unless_old_code(*names: str) -> Callable[[Detector], Detector]:
    """Keep a detector's diagnosis back where old constructs of these names explain the same mistake."""

    def make(made: Detector) -> Detector:
        return replace(made, old_code=names)

    return make


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """The diagnoses on one submission, worst first, and notes on detectors that failed."""

    diagnoses: tuple[Diagnosis, ...]
    notes: tuple[str, ...]


def diagnose(case: Case, detectors: Iterable[Detector]) -> Diagnosed:
    """Ask every detector; one that breaks is our fault, leaves out its own diagnosis and touches no point."""
    found: list[tuple[Detector, Found]] = []
    notes: list[str] = []
    for each in detectors:
        try:
            seen = each.look(case)
            if seen is not None:
                found.append((each, seen))
        except Exception as error:  # noqa: BLE001 - whatever it is: a diagnosis informs, it never stops a grade
            notes.append(f"The diagnosis {each.name} could not be made: {told(error)}. Points don't depend on it.")
    told_as_old = {old.name for old in case.work.execution.old_code}
    kept = [pair for pair in _kept(found) if told_as_old.isdisjoint(pair[0].old_code)]
    ordered = sorted(kept, key=lambda pair: pair[0].weight)
    return Diagnosed(diagnoses=tuple(_told(case, each, seen) for each, seen in ordered), notes=tuple(notes))


def _kept(found: list[tuple[Detector, Found]]) -> list[tuple[Detector, Found]]:
    """Leave out what only follows from something else that was found: one cause is told once."""
    hidden = {name for each, _ in found for name in each.hides}
    explained = any(not each.only_alone and each.weight <= Weight.LEARNS_LESS for each, _ in found)
    return [pair for pair in found if pair[0].name not in hidden and not (pair[0].only_alone and explained)]


def _told(case: Case, each: Detector, seen: Found) -> Diagnosis:
    at = seen.at
    return Diagnosis(
        name=each.name,
        title=each.title,
        cell=at.cell if at else None,
        line=case.source.text(at) if at else "",
        line_number=case.source.number(at) if at else None,
        explanation=f"{seen.fact} {each.why}",
        fix=seen.fix or each.fix,
        section=section(case, each.topic),
    )


def section(case: Case, topic: Topic) -> str:
    """Return where the assignment's own text explains a topic, else where the book's 3rd edition does."""
    for check in topic.checks:
        named = next((each.section for each in case.findings if each.check.startswith(check) and each.section), "")
        if named:
            return named
    return f"{BOOK} {topic.section}"


def look_place(look: Used) -> Place | None:
    """Return where a model was evaluated or predicted."""
    return None if look.use.cell is None else Place(cell=look.use.cell, line=look.use.line)


def fit_place(run: TrainingRun) -> Place | None:
    """Return where a run's fit was called."""
    return None if run.fit.cell is None else Place(cell=run.fit.cell, line=run.fit.line)


def compile_place(run: TrainingRun) -> Place | None:
    """Return where a run's model was compiled, as the running cell saw it: perhaps a call of a function that does."""
    cell, line = run.fit.compile_cell, run.fit.compile_line
    return fit_place(run) if cell is None or line is None else Place(cell=cell, line=line)


def detectors_of(modules: Iterable[object]) -> Iterator[Detector]:
    """Return the detectors of modules, in the order in which they are written."""
    for module in modules:
        yield from (each for each in vars(module).values() if isinstance(each, Detector))
