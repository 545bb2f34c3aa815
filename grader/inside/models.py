"""Describe, fingerprint and save Keras models: the structure a rubric judges, and the file a predictor loads."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

Json = dict[str, Any]
MOST_COLUMNS = 4096  # of a layer that scales each by its own numbers
EPSILON = 1e-7  # Keras's own: the least standard deviation that Normalization divides by
ACTIVATIONS = {
    "Relu",
    "Relu6",
    "LeakyRelu",
    "Elu",
    "Selu",
    "Tanh",
    "Sigmoid",
    "Softmax",
    "LogSoftmax",
    "Softplus",
    "Softsign",
}


def describe(model: Any) -> Json:
    """Return a JSON description of a model: its kind, parameters and layers in the order data flows."""
    layers = [_layer(operation) for operation in operations(model)]
    built = bool(getattr(model, "built", False))
    return {
        "class": type(model).__name__,
        "kind": kind(model),
        "parameters": int(model.count_params()) if built else None,
        "layers": [layer for layer in layers if layer["class"] != "InputLayer"],
        "input_shape": _shape(getattr(model, "input_shape", None)),
        "output_shape": _shape(getattr(model, "output_shape", None)),
    }


def kind(model: Any) -> str:
    """Return 'sequential', 'functional' or 'subclass'."""
    import keras

    if isinstance(model, keras.Sequential):
        return "sequential"
    return "functional" if hasattr(model, "operations") and _is_keras(model) else "subclass"


def operations(model: Any) -> list[Any]:
    """Return a model's layers and operations in the order data flows, nested models unfolded."""
    flat: list[Any] = []
    for operation in _own_operations(model):
        nested = hasattr(operation, "layers") and hasattr(operation, "fit")
        flat.extend(operations(operation) if nested else [operation])
    return flat


def _own_operations(model: Any) -> list[Any]:
    found = kind(model)
    if found == "functional":
        return list(model.operations)
    if found == "subclass":
        return _traced(model) or list(model.layers)
    return list(model.layers)


def _traced(model: Any) -> list[Any]:
    """Call a subclassed model on a symbolic input, so that activations applied in ``call`` are seen too.

    A symbolic call computes shapes only: no weight and no random state changes.
    """
    import keras

    shape = _seen_input(model)
    if shape is None:
        return []
    with contextlib.suppress(Exception):
        inputs = keras.Input(shape=shape[1:])
        outputs = model.call(inputs)
        return list(keras.Function(inputs, outputs).operations)
    with contextlib.suppress(Exception):
        return _in_graph(model, shape)
    return []


def _in_graph(model: Any, shape: tuple[int | None, ...]) -> list[Any]:
    """Return layers and activations by TensorFlow's graph of ``call``: ``tf.nn.relu`` takes no symbolic Keras input.

    A layer is where one of its weights is read; an activation in the same name scope is that layer's own.
    """
    import tensorflow as tf

    graph = tf.function(model.call).get_concrete_function(tf.TensorSpec(shape)).graph
    layers = {id(weight.value.handle): layer for layer in _leaves(model) for weight in layer.weights}
    read = {inner.name: layers[id(outer)] for outer, inner in graph.captures if id(outer) in layers}
    found: dict[Any, Any] = {}
    scopes: set[str] = set()
    for node in graph.get_operations():
        layer = read.get(node.inputs[0].name) if node.type == "ReadVariableOp" else None
        if layer is not None:
            found.setdefault(id(layer), layer)
            scopes.add(node.name.rsplit("/", 2)[0])
        elif node.type in ACTIVATIONS and node.name.rpartition("/")[0] not in scopes:
            found[node.name] = type(node.type, (), {"__module__": "tensorflow"})()
    return list(found.values())


def _leaves(model: Any) -> list[Any]:
    return [layer for layer in model._flatten_layers(include_self=False) if not layer._layers]  # noqa: SLF001


def _seen_input(model: Any) -> tuple[int | None, ...] | None:
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    for shape in shapes.values():
        if isinstance(shape, (tuple, list)) and len(shape) > 1:
            return tuple(shape)
    return None


def _layer(operation: Any) -> Json:
    import keras

    is_layer = isinstance(operation, keras.layers.Layer)
    name = type(operation).__name__
    units: Any = getattr(operation, "units", None) or getattr(operation, "filters", None)
    return {
        "class": name,
        "name": str(getattr(operation, "name", "")),
        "layer": is_layer,
        "units": int(units) if isinstance(units, int) or hasattr(units, "__index__") else None,
        "activation": _activation(operation),
        "rate": float(operation.rate) if isinstance(getattr(operation, "rate", None), float) else None,
        "output_shape": _output_shape(operation),
        "custom": not _is_keras(operation),
        **_preprocessing(operation),
    }


def _preprocessing(operation: Any) -> Json:
    """Return what a layer without training does to its inputs: ``input * scale + shift``, or how it encodes words."""
    name = type(operation).__name__ if _is_keras(operation) else ""
    with contextlib.suppress(Exception):
        if name == "CategoryEncoding":
            return {"units": int(operation.num_tokens), "mode": str(operation.output_mode)}
        if name == "Rescaling":
            return {"scale": _numbers(operation.scale), "shift": _numbers(operation.offset)}
        if name == "Normalization" and not operation.invert:
            scale = 1 / np.maximum(np.sqrt(np.asarray(operation.variance, np.float64)), EPSILON)
            return {"scale": _numbers(scale), "shift": _numbers(-np.asarray(operation.mean) * scale)}
    return {}


def _numbers(values: Any) -> list[float] | None:
    flat = np.asarray(values, np.float64).reshape(-1)
    return [float(value) for value in flat] if 0 < len(flat) <= MOST_COLUMNS and np.isfinite(flat).all() else None


def _activation(operation: Any) -> str | None:
    """Return the name of an activation: of a layer's own, or of an operation that is one."""
    activation = getattr(operation, "activation", None)
    if activation is None:
        return None
    if hasattr(activation, "get_config") and not hasattr(activation, "__name__"):
        return type(activation).__name__.lower()
    return str(getattr(activation, "__name__", type(activation).__name__))


def _output_shape(operation: Any) -> list[int | None] | None:
    with contextlib.suppress(Exception):
        return _shape(operation.output.shape)
    return None


def _shape(shape: object) -> list[int | None] | None:
    if not isinstance(shape, (tuple, list)) or any(isinstance(item, (tuple, list)) for item in shape):
        return None
    return [None if size is None else int(size) for size in shape]


def _is_keras(thing: object) -> bool:
    return type(thing).__module__.split(".")[0] in {"keras", "tensorflow"}


def needs_export(model: Any) -> bool:
    """Return whether a predictor can't rebuild the model from its ``.keras`` file in safe mode."""
    parts = [model, *operations(model)]
    return any(not _is_keras(part) or type(part).__name__ == "Lambda" or _foreign_activation(part) for part in parts)


def _foreign_activation(operation: Any) -> bool:
    """Return whether a layer applies a function that isn't Keras's own: ``tf.nn.softmax`` is saved by another name."""
    module = getattr(getattr(operation, "activation", None), "__module__", None) or "keras"
    return str(module).split(".")[0] != "keras"


def fingerprint(model: Any) -> str | None:
    """Return a digest of a model's weights, or None while it has none."""
    weights = model.get_weights() if getattr(model, "built", False) else []
    if not weights:
        return None
    digest = hashlib.blake2b(digest_size=16)
    for weight in weights:
        digest.update(f"{weight.shape}".encode())
        digest.update(weight.tobytes())
    return digest.hexdigest()


def save(model: Any, folder: Path, name: str) -> Json:
    """Save a model as ``<name>.keras`` and, where safe mode couldn't load that, as an export too."""
    folder.mkdir(parents=True, exist_ok=True)
    saved: Json = {"keras": None, "export": None}
    with contextlib.suppress(Exception):
        model.save(folder / f"{name}.keras")
        saved["keras"] = f"{name}.keras"
    if saved["keras"] is None or needs_export(model):
        with contextlib.suppress(Exception):
            model.export(str(folder / f"{name}.export"), verbose=False)
            saved["export"] = f"{name}.export"
    return saved


def compiled(model: Any) -> Json:
    """Return the compile in force: optimizer, learning rate, loss and metrics by their Keras names."""
    optimizer = getattr(model, "optimizer", None)
    return {
        "optimizer": type(optimizer).__name__ if optimizer is not None else None,
        "learning_rate": _learning_rate(optimizer),
        "loss": loss(getattr(model, "loss", None)),
        "metrics": metrics(model),
    }


def _learning_rate(optimizer: Any) -> float | None:
    with contextlib.suppress(Exception):
        return float(optimizer.learning_rate)
    return None


def loss(value: object) -> Json | None:
    """Return a loss by name, with ``from_logits``: strings, functions and objects alike."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return loss(value[0])
    if value is None:
        return None
    if isinstance(value, str):
        return {"name": value, "from_logits": False, "custom": False}
    config: Json = {}
    with contextlib.suppress(Exception):
        config = dict(value.get_config())  # type: ignore[attr-defined]
    name = getattr(value, "__name__", None) or type(value).__name__
    return {
        "name": str(name),
        "from_logits": bool(config.get("from_logits", False)),
        "custom": not str(getattr(value, "__module__", "")).startswith("keras"),
    }


def metrics(model: Any) -> list[str]:
    """Return the names of the metrics a model was compiled with."""
    holder = getattr(model, "_compile_metrics", None)
    given = getattr(holder, "_user_metrics", None) or []
    flat = given if isinstance(given, (list, tuple)) else [given]
    return [item if isinstance(item, str) else str(getattr(item, "name", item)) for item in flat]


def steps(model: Any) -> int | None:
    """Return how many steps the optimizer has taken, or None while there is none."""
    with contextlib.suppress(Exception):
        return int(model.optimizer.iterations)
    return None
