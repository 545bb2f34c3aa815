"""A model's structure as a rubric sees it: hidden layers and output, each with the activation that takes effect."""

from __future__ import annotations

from dataclasses import dataclass

from grader.events import LayerNote, StructureNote

TRAINABLE = {
    "Dense",
    "EinsumDense",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Embedding",
}
ACTIVATIONS = {
    "relu", "relu6", "tanh", "sigmoid", "softmax", "elu", "selu", "gelu", "silu", "swish", "softplus", "softsign",
    "leaky_relu", "leakyrelu", "prelu", "exponential", "hard_sigmoid", "mish", "hard_silu", "log_softmax", "linear",
}  # fmt: skip
SAME = {"leakyrelu": "leaky_relu", "swish": "silu", "logsoftmax": "log_softmax", "softmax_v2": "softmax"}

NO_MODEL = StructureNote(**{"class": "?", "kind": "subclass"})  # where a model could not be described


@dataclass(frozen=True, kw_only=True)
class Block:
    """A layer with weights and the activation that follows it, its own or a layer's or an operation's."""

    kind: str
    units: int | None
    activation: str


@dataclass(frozen=True, kw_only=True)
class Structure:
    """A model as a row of blocks, the last one being the output."""

    kind: str
    parameters: int | None
    blocks: tuple[Block, ...]
    layers: tuple[LayerNote, ...]
    before: int = 0  # layers that come before the first block

    @property
    def output(self) -> Block | None:
        """The last layer with weights."""
        return self.blocks[-1] if self.blocks else None

    @property
    def hidden(self) -> tuple[Block, ...]:
        """All Dense, convolutional or recurrent layers before the output."""
        return tuple(block for block in self.blocks[:-1] if block.kind != "Embedding")

    @property
    def preprocessing(self) -> tuple[LayerNote, ...]:
        """Layers and operations that the inputs pass before the first layer with weights that are trained."""
        return self.layers[: self.before]

    def text(self) -> str:
        """Return a short text, e.g. ``Dense 16 relu → Dense 1 sigmoid``."""
        return " → ".join(
            " ".join(str(part) for part in (block.kind, block.units, block.activation) if part not in {None, "linear"})
            for block in self.blocks
        )


def structure(note: StructureNote) -> Structure:
    """Return a model's structure from its description."""
    blocks: list[Block] = []
    for layer in note.layers:
        if _is_block(layer):
            blocks.append(
                Block(
                    kind=layer.class_,
                    units=layer.units,
                    activation=_name(layer.activation) or "linear",
                )
            )
        elif blocks:
            follows = _follows(layer)
            if follows and follows != "linear":
                last = blocks[-1]
                blocks[-1] = Block(kind=last.kind, units=last.units, activation=follows)
    before = next((place for place, layer in enumerate(note.layers) if _is_block(layer)), len(note.layers))
    return Structure(
        kind=note.kind, parameters=note.parameters, blocks=tuple(blocks), layers=note.layers, before=before
    )


def _is_block(layer: LayerNote) -> bool:
    return layer.class_ in TRAINABLE or (layer.custom and bool(layer.units))


def _follows(layer: LayerNote) -> str | None:
    """Return the activation that a layer or operation without weights applies."""
    if layer.activation:
        return _name(layer.activation)
    name = _name(layer.class_)
    return name if name in ACTIVATIONS else None


def _name(text: str | None) -> str | None:
    if text is None:
        return None
    lowered = text.lower()
    return SAME.get(lowered, lowered)
