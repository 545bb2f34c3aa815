"""Do the layers fit the task: hidden layers that can learn, and an output that says what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.checks.base import Answer, Facts, Question, about_graded_model, failed, not_observed, passed
from grader.checks.words import loss_name, plural
from grader.runs import TaskCapture, TrainingRun
from grader.structure import Block


def hidden(*, least: int = 1, most: int = 3, units: int = 16) -> Question:
    """Ask whether there are enough hidden layers, wide enough, each with a non-linear activation.

    Accepts any non-linear activation, as an argument, a layer or an operation of its own.

    Args:
        least: fewest hidden layers.
        most: most hidden layers.
        units: fewest units of each.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        blocks = run.structure.hidden
        found = f"Your model is {run.structure.text() or 'empty'}"
        if not least <= len(blocks) <= most:
            return failed(
                f"{found}: {plural(len(blocks), 'hidden layer')}, expected {least} to {most}. Without a hidden layer "
                "a model is only a weighted sum; with too many it overfits early.",
                help=f"Use {least} to {most} hidden Dense layers of at least {units} units with relu.",
                evidence=run.structure_evidence,
            )
        problem = _narrow(blocks, units) or _linear(blocks)
        if problem is not None:
            return failed(f"{found}: {problem.found}", help=problem.help, evidence=run.structure_evidence)
        return passed(
            f"{found}: {plural(len(blocks), 'hidden layer')} that can learn.",
            evidence=run.structure_evidence,
        )

    return about_graded_model(ask)


@dataclass(frozen=True, kw_only=True)
class _Problem:
    """What is wrong with a row of hidden layers, and what to do."""

    found: str
    help: str


def _narrow(blocks: tuple[Block, ...], units: int) -> _Problem | None:
    narrow = [block.units for block in blocks if block.units is not None and block.units < units]
    if not narrow:
        return None
    found = (
        f"a hidden layer has only {plural(narrow[0], 'unit')}, expected at least {units}. All that the later layers "
        "know must pass through it: a narrow layer is an information bottleneck."
    )
    return _Problem(found=found, help=f"Give every hidden layer at least {units} units.")


def _linear(blocks: tuple[Block, ...]) -> _Problem | None:
    linear = [number for number, block in enumerate(blocks, start=1) if block.activation == "linear"]
    if not linear:
        return None
    found = (
        f"hidden layer {linear[0]} has no activation. Dense layers without one in between are together just one "
        "linear layer, however many there are."
    )
    return _Problem(found=found, help='Add activation="relu" to every hidden layer.')


Activation = Literal["sigmoid", "softmax", "linear"]


def output(*, units: int, activation: Activation) -> Question:
    """Ask whether the last layer has the right number of units and the right activation.

    Accepts a linear output where the loss is told ``from_logits=True``; for two classes also two softmax
    units with a categorical loss.

    Args:
        units: units of the last layer.
        activation: ``sigmoid``, ``softmax`` or ``linear``.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        block = run.structure.output
        if block is None:
            return failed("Your model has no layer with weights.", help="End the model with a Dense layer.")
        found = f"Your last layer has {plural(block.units or 0, 'unit')} and {_named(block.activation)}"
        expected = f"{plural(units, 'unit')} and {_named(activation)}"
        if _right(block, run, units=units, activation=activation):
            return passed(f"{found}: right for this task.", evidence=run.structure_evidence)
        loss = run.fit.compile.loss
        if not run.observed and loss is None and block.activation == "linear":
            not_observed()  # whether the loss was told from_logits=True
        if block.units == units and block.activation == activation and loss is not None and loss.from_logits:
            return failed(
                f"{found}, but your loss was told from_logits=True: it applies {activation} once more, to what is "
                "already a probability.",
                help="Remove from_logits=True from the loss, or the activation from the last layer.",
                evidence=run.structure_evidence,
            )
        return failed(
            f"{found}, expected {expected}. {WHY[activation]}",
            help=f"End the model with {_code(units, activation)}.",
            evidence=run.structure_evidence,
        )

    return about_graded_model(ask)


WHY = {
    "sigmoid": "One sigmoid unit gives a probability between 0 and 1; softmax on one unit is always 1, and a "
    "linear unit is no probability.",
    "softmax": "Softmax gives one probability for each class, together 1; sigmoid units don't compete, and fewer "
    "units than classes can't name them all.",
    "linear": "A price can be any number, so the last unit must be free to output one; an activation would limit it.",
}


def _right(block: Block, run: TrainingRun, *, units: int, activation: str) -> bool:
    loss = run.fit.compile.loss
    logits = loss is not None and loss.from_logits
    if block.units == units and activation == "linear":
        return block.activation == "linear"
    if block.units == units:
        return block.activation == ("linear" if logits else activation)
    two_classes = activation == "sigmoid" and block.units == 2 and "categorical" in loss_name(loss)
    return two_classes and block.activation == ("linear" if logits else "softmax")


def _named(activation: str) -> str:
    return "no activation (linear)" if activation == "linear" else f"the activation {activation}"


def _code(units: int, activation: str) -> str:
    return f"Dense({units})" if activation == "linear" else f'Dense({units}, activation="{activation}")'
