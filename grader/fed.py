"""What a model's first trained layer is fed: a student's encoding, put through layers that scale or encode it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.events import LayerNote
from grader.recognise import Encoding
from grader.runs import TrainingRun
from grader.structure import Structure

SCALING = {"Rescaling", "Normalization", "BatchNormalization"}
HARMLESS = {
    "Flatten", "Reshape", "Dropout", "GaussianNoise", "GaussianDropout", "InputLayer", "Identity", "Cast", "ExpandDims",
    "Squeeze", "Masking",
}  # fmt: skip


def fed(run: TrainingRun, given: Encoding | None = None) -> Encoding:
    """Return how the rows that reach the model's first trained layer are encoded.

    Args:
        run: the run whose model it is.
        given: the encoding of the array handed to the model; by default, of the training rows.
    """
    encoding = run.inputs if given is None else given
    for layer in run.structure.preprocessing:
        if layer.class_ == "CategoryEncoding":
            encoding = _encoded(encoding, layer)
        elif layer.scale is not None and layer.shift is not None:
            encoding = _scaled(encoding, layer.scale, layer.shift)
    return encoding


def normalises(structure: Structure) -> bool:
    """Say whether each batch is standardised before the first trained layer sees it."""
    return any(layer.class_ == "BatchNormalization" for layer in structure.preprocessing)


def scaling_layer(structure: Structure) -> str | None:
    """Return the name of the layer that scales the inputs, or None; a subclass may list its layers in any order."""
    layers = structure.layers if structure.kind == "subclass" else structure.preprocessing
    return next((layer.class_ for layer in layers if layer.class_ in SCALING), None)


def unknown_layers(structure: Structure) -> tuple[str, ...]:
    """Return the classes of layers and operations before the first trained layer that may change the inputs."""
    known = HARMLESS | SCALING
    return tuple(layer.class_ for layer in structure.preprocessing if layer.class_ not in known and not layer.mode)


def _encoded(encoding: Encoding, layer: LayerNote) -> Encoding:
    """Word indices become word vectors; padding counts as one more word."""
    kind = {"multi_hot": "multi_hot", "count": "counts"}.get(layer.mode or "")
    if encoding.kind != "padded" or kind is None or (encoding.scale is not None and encoding.scale[0] != 1):
        return encoding
    return Encoding(kind=kind, width=layer.units)


def _scaled(encoding: Encoding, scale: tuple[float, ...], shift: tuple[float, ...]) -> Encoding:
    if encoding.scale is None or encoding.shift is None or encoding.kind not in {"raw", "columns", "pixels"}:
        return encoding
    try:
        factor, added = np.broadcast_arrays(np.array(scale), np.array(shift))
        whole, rest = encoding.scale * factor, encoding.shift * factor + added
    except ValueError:  # of another number of columns than the inputs have: nothing is known
        return encoding
    if len(whole) != len(encoding.scale) and encoding.kind == "columns":
        return encoding
    return replace(encoding, kind="pixels" if encoding.layout else "columns", scale=whole, shift=rest)
