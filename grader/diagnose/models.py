"""Which parts of a recorded model can be told for sure, and the student's line that made them."""

from __future__ import annotations

import ast

from grader.diagnose.base import Case, compile_place
from grader.diagnose.source import Place, argument, constant, keyword, root
from grader.runs import TrainingRun
from grader.structure import ACTIVATIONS, TRAINABLE, Block, Structure

PLAIN = {
    "Dense", "Dropout", "Flatten", "Reshape", "Activation", "BatchNormalization", "Rescaling", "Normalization",
    "InputLayer", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
}  # fmt: skip


def plain(structure: Structure) -> bool:
    """Say whether a model is a row of layers whose effect is known: no operation, no layer of one's own."""
    return reliable(structure) and all(
        not layer.custom and (layer.class_ in PLAIN or layer.class_.lower() in ACTIVATIONS)
        for layer in structure.layers
    )


def reliable(structure: Structure) -> bool:
    """Say whether layers are in the order data flows: a subclass that could not be called on symbols tells no order."""
    return structure.kind != "subclass" or all(layer.output_shape is not None for layer in structure.layers)


def output_of(run: TrainingRun | None) -> Block | None:
    """Return the last layer and the activation that takes effect, or None where something unknown follows it."""
    if run is None or run.structure.output is None or not reliable(run.structure):
        return None
    layers = run.structure.layers
    last = max(place for place, layer in enumerate(layers) if layer.class_ in TRAINABLE or layer.custom)
    known = all(layer.class_ in PLAIN or layer.class_.lower() in ACTIVATIONS for layer in layers[last:])
    return run.structure.output if known and not layers[last].custom else None


def written_at(case: Case, run: TrainingRun, word: str) -> Place | None:
    """Return the student's line with an argument of the compile in force: ``loss``, ``metrics`` or ``optimizer``.

    The recorder tells where the running cell was; where that is a call of a function, the compile is looked for in it.
    """
    place = compile_place(run)
    call = case.source.call_at(place, "compile")
    at = place
    if call is None and place is not None:
        inside = [pair for name in case.source.names_at(place) for pair in case.source.calls_in(name, "compile")]
        at, call = inside[-1] if inside else (place, None)
    given = keyword(call, word) if call is not None else None
    return at if given is None or at is None else Place(cell=at.cell, line=given.lineno)


def layer_place(case: Case, run: TrainingRun, block: Block) -> Place | None:
    """Return the student's line with a Dense layer of these units and activation, else where the model was compiled."""
    compiled = compile_place(run)
    found = [
        place
        for place, call in case.source.calls("Dense")
        if (compiled is None or place.cell <= compiled.cell) and _makes(case, place, call, block)
    ]
    before = [place for place in found if compiled is None or place.order <= compiled.order]
    nearest = before or found
    return nearest[-1] if nearest else compiled


def _makes(case: Case, place: Place, call: ast.Call, block: Block) -> bool:
    return _value(case, place, argument(call, 0, "units")) == block.units and (
        _activation(case, place, argument(call, 1, "activation")) in {block.activation, "linear"}
    )


def _value(case: Case, place: Place, node: ast.expr | None) -> object:
    """Return a literal, or what a variable was last assigned if that is one."""
    if isinstance(node, ast.Name):
        node = case.source.assigned(node.id, place)
    return constant(node)


def _activation(case: Case, place: Place, node: ast.expr | None) -> str:
    if node is None:
        return "linear"
    value = _value(case, place, node)
    if isinstance(value, str):
        return value.lower()
    return node.attr.lower() if isinstance(node, ast.Attribute) and root(node) else "linear" if value is None else ""
