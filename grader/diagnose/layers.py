"""Hidden layers: enough of them, wide enough, and with an activation."""

from __future__ import annotations

from grader.checks.words import plural
from grader.diagnose.base import Case, Found, Topic, Weight, compile_place, detector
from grader.diagnose.models import layer_place, plain

NARROW = 2  # classes for each unit of a hidden layer, from which it is a bottleneck
WIDE_ENOUGH = 16  # units; the book's own layers for 2 classes, accepted for any number


@detector(
    "information-bottleneck",
    "A hidden layer too narrow for the classes",
    Topic.BOTTLENECK,
    Weight.LEARNS_LESS,
    why="All that the last layer knows about a row must pass through every layer before it. What a narrow layer drops "
    "is lost: the book's study with 4 units before 46 classes lost about 8 points of accuracy.",
    fix="Give every hidden layer more units than there are classes, say 64.",
)
def information_bottleneck(case: Case) -> Found | None:
    """The graded model has a hidden Dense layer of fewer than 16 units, and of fewer than half as many as classes."""
    run = case.model
    if run is None or case.task != "multiclass" or case.classes is None:
        return None
    for block in run.structure.hidden:
        if block.kind == "Dense" and block.units and block.units * NARROW < case.classes and block.units < WIDE_ENOUGH:
            fact = f"A hidden layer has only {plural(block.units, 'unit')}, before {case.classes} classes."
            return Found(fact=fact, at=layer_place(case, run, block))
    return None


@detector(
    "no-hidden-layer",
    "No hidden layer",
    Topic.HIDDEN,
    Weight.LEARNS_LESS,
    why="Without a hidden layer a network is only a weighted sum of its inputs. It can't learn that inputs matter "
    "together, which is what deep learning is for.",
    fix='Put one or two layers like Dense(64, activation="relu") before the last one.',
)
def no_hidden_layer(case: Case) -> Found | None:
    """The graded model has one Dense layer and nothing else that learns."""
    run = case.model
    if run is None or len(run.structure.blocks) != 1 or not plain(run.structure) or not run.finished:
        return None
    block = run.structure.blocks[0]
    fact = f"Your model is a single layer: {run.structure.text()}."
    return Found(fact=fact, at=layer_place(case, run, block)) if block.kind == "Dense" else None


@detector(
    "linear-hidden-layers",
    "Hidden layers without an activation",
    Topic.HIDDEN,
    Weight.LEARNS_LESS,
    why="Two Dense layers without an activation between them are together one linear step, however many units they "
    "have: the deeper model can't do more than the shallower one.",
    fix='Add activation="relu" to every hidden layer.',
)
def linear_hidden_layers(case: Case) -> Found | None:
    """A hidden Dense layer of the graded model is followed by no activation, neither its own nor a layer's."""
    run = case.model
    if run is None or run.structure.kind == "subclass" or not plain(run.structure):
        return None
    linear = [block for block in run.structure.hidden if block.activation == "linear"]
    if not linear:
        return None
    count = f"{len(linear)} of your {plural(len(run.structure.hidden), 'hidden layer')}"
    return Found(
        fact=f"{count} {'has' if len(linear) == 1 else 'have'} no activation: {run.structure.text()}.",
        at=layer_place(case, run, linear[0]) or compile_place(run),
    )
