"""Five ways to write the same network: how submissions differ in nothing that matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import indent

Layers = tuple[tuple[int, str | None], ...]  # units and activation of each, the output last

LOSSES = {
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "mean_squared_error": "MeanSquaredError",
}


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What compile is given."""

    loss: str
    metric: str
    optimizer: str = "adam"
    from_logits: bool = False


@dataclass(frozen=True, kw_only=True)
class Style:
    """One student's habits: imports, names, and the way to write a model."""

    name: str
    imports: str
    names: Mapping[str, str]
    build: Callable[[Layers, int, Compiled], str]
    module: bool = False  # a .py file instead of a notebook


def _loss(compiled: Compiled, *, objects: bool, keras: str = "keras") -> str:
    if compiled.from_logits or objects:
        return f"{keras}.losses.{LOSSES[compiled.loss]}({'from_logits=True' if compiled.from_logits else ''})"
    return f'"{compiled.loss}"'


def _compile(model: str, compiled: Compiled, *, objects: bool = False) -> str:
    loss = _loss(compiled, objects=objects)
    return f'{model}.compile(optimizer="{compiled.optimizer}", loss={loss}, metrics=["{compiled.metric}"])'


def _dense(units: int, activation: str | None, prefix: str = "layers.") -> str:
    return f"{prefix}Dense({units})" if activation is None else f'{prefix}Dense({units}, activation="{activation}")'


def _listed(layers: Layers, width: int, compiled: Compiled) -> str:
    rows = "".join(f"\n        {_dense(*layer)}," for layer in layers)
    return f"""\
def build_model():
    model = keras.Sequential([
        keras.Input(shape=({width},)),{rows}
    ])
    {_compile("model", compiled)}
    return model
"""


def _added(layers: Layers, width: int, compiled: Compiled) -> str:  # noqa: ARG001 - built when it meets its data
    rows = "\n".join(f"    net.add({_dense(*layer, prefix='keras.layers.')})" for layer in layers)
    return f"""\
def make_net():
    net = keras.models.Sequential()
{rows}
    {_compile("net", compiled)}
    return net
"""


def _functional(layers: Layers, width: int, compiled: Compiled) -> str:
    rows = "\n".join(f"    x = {_dense(*layer, prefix='')}(x)" for layer in layers)
    return f"""\
def network():
    inputs = Input(shape=({width},))
    x = inputs
{rows}
    m = Model(inputs=inputs, outputs=x)
    {_compile("m", compiled, objects=True)}
    return m
"""


def _subclassed(layers: Layers, width: int, compiled: Compiled) -> str:  # noqa: ARG001
    made = "\n".join(f"        self.step_{number} = {_dense(*layer)}" for number, layer in enumerate(layers))
    called = "\n".join(f"        x = self.step_{number}(x)" for number in range(len(layers)))
    return f"""\
class Net(keras.Model):
    def __init__(self):
        super().__init__()
{made}

    def call(self, x):
{called}
        return x


def new_net():
    net = Net()
    {_compile("net", compiled)}
    return net
"""


def _activations_apart(layers: Layers, width: int, compiled: Compiled) -> str:
    lines = [f"clf.add(tf.keras.Input(shape=({width},)))"]
    for units, activation in layers:
        lines.append(f"clf.add(tf.keras.layers.Dense({units}))")
        if activation is not None:
            lines.append(f'clf.add(tf.keras.layers.Activation("{activation}"))')
    lines.append(_compile("clf", compiled).replace("keras.losses", "tf.keras.losses"))
    return f"""\
def fresh():
    clf = tf.keras.Sequential()
{indent(chr(10).join(lines), "    ")}
    return clf
"""


BASE = "import numpy as np\nimport matplotlib.pyplot as plt\n"
STYLES = (
    Style(
        name="Sequential list",
        imports=BASE + "import keras\nfrom keras import layers\n",
        names={"tr": "train_data", "ytr": "train_labels", "te": "test_data", "yte": "test_labels",
               "x": "x_train", "y": "y_train", "xt": "x_test", "yt": "y_test",
               "new": "build_model", "first": "model_1"},
        build=_listed,
    ),
    Style(
        name="add",
        imports=BASE + "from tensorflow import keras\n",
        names={"tr": "X_raw", "ytr": "Y_raw", "te": "X_raw_test", "yte": "Y_raw_test",
               "x": "X", "y": "Y", "xt": "X_t", "yt": "Y_t",
               "new": "make_net", "first": "model_1"},
        build=_added,
    ),
    Style(
        name="Functional",
        imports=BASE + "import keras\nfrom keras import Input, Model\nfrom keras.layers import Dense\n",
        names={"tr": "a", "ytr": "a_target", "te": "b", "yte": "b_target",
               "x": "features", "y": "wanted", "xt": "features_test", "yt": "wanted_test",
               "new": "network", "first": "model_1"},
        build=_functional,
    ),
    Style(
        name="Subclassing",
        imports=BASE + "import keras\nfrom keras import layers\n",
        names={"tr": "train", "ytr": "train_y", "te": "test", "yte": "test_y",
               "x": "inputs", "y": "targets", "xt": "inputs_test", "yt": "targets_test",
               "new": "new_net", "first": "model_1"},
        build=_subclassed,
    ),
    Style(
        name="tf.keras module",
        imports=BASE + "import keras\nimport tensorflow as tf\n",
        names={"tr": "raw", "ytr": "raw_y", "te": "raw_test", "yte": "raw_test_y",
               "x": "data", "y": "labels", "xt": "data_test", "yt": "labels_test",
               "new": "fresh", "first": "model_1"},
        build=_activations_apart,
        module=True,
    ),
)  # fmt: skip
