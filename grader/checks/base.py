"""What a check is: a factory that returns a question, asked of a capture, answered with credit and words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

from pydantic import Field

from grader.errors import GradingFailed
from grader.records import Evidence, Record
from grader.runs import TaskCapture, TrainingRun


class Calibration(Record):
    """Where correct solutions land on one data source, measured; never typed by hand."""

    metric: str = Field(description="'accuracy' (0..1) or 'mae' (raw units).")
    full: float = Field(description="Full credit begins here.")
    baseline: float = Field(description="No credit here: what a naive guess reaches.")
    variants: dict[str, tuple[float, ...]] = Field(description="Every measured value of each correct variant.")

    @property
    def values(self) -> tuple[float, ...]:
        """Every measured value of correct solutions."""
        return tuple(value for series in self.variants.values() for value in series)


class Facts(Record):
    """The reference's capture reduced to what judging needs: no weights, arrays or code."""

    data: str = Field(description="Data source, e.g. 'keras'.")
    train_rows: int
    test_rows: int
    input_shape: tuple[int, ...] = Field(description="Of the arrays the graded model was trained on.")
    input_kind: str
    target_shape: tuple[int, ...]
    target_kind: str
    architecture: str
    loss: str
    calibration: Calibration | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a question found out; ``credit`` None means that it can't be judged, with the reason."""

    credit: float | None
    rationale: str
    help: str = ""
    evidence: Evidence = Evidence.RECORDED
    cell: int | None = None
    line: int | None = None
    by_hand: bool = False  # a person marks it: the points stay open until then


class Question(Protocol):
    """A check with its parameters filled in."""

    def __call__(self, *, submitted: TaskCapture, reference: Facts) -> Answer:
        """Answer from the submission's capture, by what the reference's capture showed."""


Factory = Callable[..., Question]
ModelQuestion = Callable[[TrainingRun, TaskCapture, Facts], Answer]


def about_graded_model(ask: ModelQuestion) -> Question:
    """Return a question about the graded model; without one, it can't be judged."""

    @functools.wraps(ask)
    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:
        if submitted.graded is None:
            return nothing_trained(submitted)
        answer = ask(submitted.graded, submitted, reference)
        fit = submitted.graded.fit
        return answer if answer.cell is not None else replace(answer, cell=fit.cell, line=answer.line or fit.line)

    return question


def about_training(ask: ModelQuestion) -> Question:
    """Return a question about how the graded model was trained; where that was not observed, a person must look."""

    @functools.wraps(ask)
    def observed(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:
        if not run.observed:
            not_observed()
        return ask(run, submitted, reference)

    return about_graded_model(observed)


def not_observed() -> NoReturn:
    """Raise GradingFailed: only the trained model was seen, which is no fault of the student's."""
    message = (
        "how this model was trained could not be observed (a training loop of one's own, weights from a file, or data "
        "that can't be read as they pass); please mark this by hand"
    )
    raise GradingFailed(message)


def nothing_trained(submitted: TaskCapture) -> Answer:
    """Return the answer to any question about a model where there is none.

    Raises GradingFailed when models were trained on data that the recorder can't observe: that is no
    fault of the student's, so the grade waits for a person.
    """
    if submitted.unseen:
        message = (
            f"{submitted.unseen} trainings could not be observed (a training loop of one's own, data that can't be "
            "read as they pass, a very large array, or a fault of the recorder); please mark this by hand"
        )
        raise GradingFailed(message)
    return Answer(
        credit=None,
        rationale="This can't be judged: no model was trained on this assignment's training data.",
        help="Load the data, build and compile a model, and call fit on the training rows.",
        evidence=Evidence.NONE,
    )


def passed(rationale: str, *, evidence: Evidence = Evidence.RECORDED, cell: int | None = None) -> Answer:
    """Return full credit."""
    return Answer(credit=1.0, rationale=rationale, evidence=evidence, cell=cell)


def failed(
    rationale: str,
    *,
    help: str,
    credit: float = 0.0,
    evidence: Evidence = Evidence.RECORDED,
    cell: int | None = None,
    line: int | None = None,
) -> Answer:
    """Return no credit, or part of it, with what to try next."""
    return Answer(credit=credit, rationale=rationale, help=help, evidence=evidence, cell=cell, line=line)


def by_hand(rationale: str, *, cell: int | None = None) -> Answer:
    """Return that a person marks this: its points stay open until then, and so does the grade."""
    return Answer(credit=None, rationale=rationale, by_hand=True, cell=cell)


def unjudged(rationale: str, *, help: str = "") -> Answer:
    """Return that this can't be judged."""
    return Answer(credit=None, rationale=rationale, help=help, evidence=Evidence.NONE)
