"""Run in a process of its own: small scenarios of student code under the recorder, each in a "cell" of its own.

``python recorded.py INSIDE OUT``. Writes the capture to ``OUT`` and what the student would have seen to
``OUT/facts.json``. Not a test module: `test_recorder` starts it once and asks about both.
"""

# ruff: noqa: PLC0415 - keras is imported by each scenario, as by a student's cell

from __future__ import annotations

import errno
import gc
import hashlib
import importlib
import json
import os
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
sys.path.insert(0, sys.argv[1])
INSIDE = importlib.import_module("_boot").package()
sys.path.pop(0)
OUT = Path(sys.argv[2])
DATA = OUT / "home-datasets"

import numpy as np  # noqa: E402

SCENARIOS: dict[str, Callable[[], Any]] = {}
scenario = lambda function: SCENARIOS.setdefault(function.__name__, function)  # noqa: E731
X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
recorder: Any = None


def build(*, compiled: bool = True, eager: bool = True) -> Any:
    """Return a small model; eager ones train a few steps without the second that building a graph takes."""
    import keras

    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    if compiled:
        model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"], run_eagerly=eager)
    return model


def fit(model: Any, x: Any = X, y: Any = Y, **kwargs: Any) -> Any:
    return model.fit(x, y, **{"verbose": 0, "batch_size": 20, **kwargs})


def digest(model: Any) -> str:
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


def raised(call: Callable[[], Any]) -> dict[str, Any]:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - whatever the student would see
        frames = traceback.extract_tb(error.__traceback__)
        return {
            "type": type(error).__name__,
            "text": str(error),
            "last": frames[-1].filename if "keras" in frames[-1].filename else "",
        }
    return {"type": None}


@scenario
def twin() -> dict[str, Any]:
    """Train with a seed and draw random numbers of every kind; run once bare and once recorded."""
    import keras

    keras.utils.set_random_seed(7)
    model = build(eager=False)
    history = fit(model, validation_split=0.25, epochs=2, shuffle=True)
    loss = model.evaluate(X, Y, verbose=0)
    class_ = _stretched()
    stretched = class_()
    stretched.compile("sgd", "mse")
    fit(stretched)
    drawn = [float(np.random.random()), random.random(), float(keras.random.normal(()))]  # noqa: NPY002, S311
    predicted = hashlib.sha256(model.predict(X, verbose=0).tobytes()).hexdigest()
    return {
        "weights": digest(model), "stretched": digest(stretched), "history": history.history, "loss": loss,
        "drawn": drawn,         "predicted": predicted, "returned": type(history).__name__,
    }  # fmt: skip


def _stretched() -> Any:
    import keras

    class Stretched(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = keras.layers.Dense(5)
            self.drop = keras.layers.Dropout(0.5)
            self.last = keras.layers.Dense(1)

        def call(self, inputs: Any, *, training: bool = False) -> Any:
            hidden = self.drop(keras.ops.relu(self.first(inputs)), training=training)
            return keras.ops.sigmoid(self.last(hidden))

    return Stretched


def bare_errors() -> dict[str, Any]:
    model = build()
    return {
        "no arguments": raised(lambda: model.fit(epoch=3)),
        "two xs": raised(lambda: model.fit(X, x=X)),
        "wrong shape": raised(lambda: fit(build(), X, Y[:3])),
        "not compiled": raised(lambda: build(compiled=False).fit(X, Y)),
        "bad loader call": raised(_bad_load),
    }


def _bad_load() -> None:
    import keras

    keras.datasets.california_housing.load_data(words=3)


@scenario
def wrong_calls() -> dict[str, Any]:
    return bare_errors()


@scenario
def views() -> None:
    model = build()
    base = np.zeros((1100, 1000), "float32")
    base[:, 3] = 1
    labels = np.ones((1100, 1), "float32")
    fit(model, base[100:], labels[100:], validation_data=(base[:100], labels[:100]), batch_size=500)


@scenario
def changed_in_place() -> None:
    model, x = build(), X.copy()
    fit(model, x)
    x *= 2
    fit(model, x)


@scenario
def saved_and_loaded() -> dict[str, float]:
    """Save a trained model and load it again: Keras compiles it like the one that was saved."""
    import keras

    model = build()
    fit(model)
    model.save(OUT / "by-the-student.keras")
    loaded = keras.saving.load_model(OUT / "by-the-student.keras")
    return {"saved": model.evaluate(X, Y, verbose=0)[1], "loaded": loaded.evaluate(X, Y, verbose=0)[1]}


@scenario
def nested() -> None:
    fit(build(), validation_data=(X, Y), epochs=2)


@scenario
def rebound() -> None:
    model = build()
    fit(model)
    model = build()
    fit(model)


@scenario
def id_reused() -> list[int]:
    """Make and delete models until an id comes back; return how many were made."""
    ids: list[int] = []
    while len(set(ids)) == len(ids) and len(ids) < 200:
        model = build()
        ids.append(id(model))
        del model
        gc.collect()
    return [len(ids), len(set(ids))]


@scenario
def epoch_by_epoch() -> list[float]:
    model, losses = build(), []
    for _ in range(8):
        losses += fit(model, epochs=1).history["loss"]
    return losses


@scenario
def loop_then_more() -> None:
    """A loop, then one more fit on other rows in the same cell: both results are worth keeping."""
    model = build()
    for _ in range(5):
        fit(model, epochs=1)
    fit(model, X[:20], Y[:20])


@scenario
def raises() -> dict[str, Any]:
    class Stop(Exception):
        pass

    import keras

    def stop(*_: Any) -> None:
        message = "enough"
        raise Stop(message)

    return raised(lambda: fit(build(), callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)]))


@scenario
def fails_then_succeeds() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    raised(lambda: fit(model, X[:, :2], Y))
    fit(model)


@scenario
def compiled_again() -> None:
    model = build()
    fit(model, validation_split=0.5)
    model.compile("adam", "mse")


@scenario
def subclass() -> None:
    model = _stretched()()
    model.compile("sgd", "binary_crossentropy", run_eagerly=True)
    fit(model)


@scenario
def tensorflow_calls() -> None:
    """A subclass that applies TensorFlow's own functions, which take no symbolic Keras input."""
    import keras
    import tensorflow as tf

    class Plain(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = keras.layers.Dense(5)
            self.second = keras.layers.Dense(4, activation="tanh")
            self.rectify = keras.layers.ReLU()
            self.inner = keras.Sequential([keras.layers.Dense(3), keras.layers.Dropout(0.5)])
            self.last = keras.layers.Dense(1)

        def call(self, inputs: Any) -> Any:
            hidden = self.second(tf.nn.relu(self.first(inputs)))
            return tf.nn.sigmoid(self.last(self.rectify(self.inner(hidden))))

    model = Plain()
    model.compile("sgd", "binary_crossentropy", run_eagerly=True)
    fit(model)


@scenario
def functional() -> None:
    import keras

    inputs = keras.Input((3,))
    hidden = keras.layers.Activation("relu")(keras.layers.Dense(6)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, activation=keras.activations.sigmoid)(hidden))
    model.compile(
        keras.optimizers.Adam(0.01),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy()],
        run_eagerly=True,
    )
    fit(model)


@scenario
def losses() -> None:
    import keras

    for loss in (
        "mse",
        keras.losses.MeanSquaredError(),
        keras.losses.mean_squared_error,
        ["mse"],
        lambda true, guess: keras.ops.mean(true - guess),
    ):
        build(compiled=False).compile("sgd", loss)


@scenario
def carriers() -> None:
    """Hand the same rows over as a DataFrame, a Series, a tensor, and a list of one array."""
    import keras
    import pandas as pd
    import tensorflow as tf

    model = build()
    fit(model, pd.DataFrame(X), pd.Series(Y[:, 0]))
    fit(model, tf.constant(X), tf.constant(Y))
    inputs = keras.Input((3,))
    model = keras.Model([inputs], keras.layers.Dense(1)(inputs))
    model.compile("sgd", "mse", run_eagerly=True)
    fit(model, [X], Y)


@scenario
def streams() -> list[int]:
    """Train on a generator and a data set; return what was taken, left over and trained. Run bare, too."""
    import tensorflow as tf

    taken = []

    def batches() -> Any:
        for start in range(0, 40, 20):
            taken.append(start)
            yield X[start : start + 20], Y[start : start + 20]

    stream = batches()
    fit_stream = build().fit(stream, steps_per_epoch=1, verbose=0)
    left = len(list(stream))
    build().fit(tf.data.Dataset.from_tensor_slices((X, Y)).batch(20), verbose=0)
    return [len(taken), left, len(fit_stream.history["loss"])]


@scenario
def used_before_training() -> None:
    model = build()
    model.predict(X, verbose=0)
    model.evaluate(X[:20], Y[:20], verbose=0)


@scenario
def evaluated() -> list[float]:
    model = build()
    fit(model)
    return model.evaluate(X, Y, verbose=0)


@scenario
def tensors_folder_gone() -> dict[str, Any]:
    kept, recorder.tensors._folder = recorder.tensors._folder, OUT / "gone" / "tensors"
    try:
        return raised(lambda: fit(build(), X + 100))
    finally:
        recorder.tensors._folder = kept


@scenario
def disk_full() -> dict[str, Any]:
    save = np.save

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    np.save = full
    try:
        return raised(lambda: fit(build(), X + 200))
    finally:
        np.save = save


@scenario
def events_file_closed() -> dict[str, Any]:
    kept, recorder._events = recorder._events, open(os.devnull)  # noqa: SIM115, PTH123
    try:
        return raised(lambda: fit(build()))
    finally:
        recorder._events = kept


@scenario
def strange_arguments() -> dict[str, Any]:
    """Numbers of NumPy's own types, and arguments that are nonsense: Keras answers, the events stay readable."""
    model = build()
    fit(model, epochs=np.int64(2), batch_size=np.int32(10))
    return {
        "batch": raised(lambda: fit(build(), batch_size=12.5)),
        "split": raised(lambda: fit(build(), validation_split="half")),
        "epochs": raised(lambda: fit(build(), epochs=-3)),
    }


@scenario
def loaders() -> int:
    import keras
    import tensorflow as tf
    from keras.datasets import imdb
    from keras.datasets.imdb import load_data

    keras.datasets.imdb.load_data(num_words=11)
    imdb.load_data(num_words=12)
    load_data(num_words=13)
    tf.keras.datasets.imdb.load_data(num_words=14)
    (x, _), _ = keras.datasets.imdb.load_data("imdb.npz", np.int64(15), seed=3)
    return len(x)


@scenario
def figures() -> None:
    import io

    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    plt.plot([1, 2, 3], [3, 2, 1])
    plt.title("Loss")
    plt.savefig(io.BytesIO())
    plt.close("all")


def cells() -> dict[str, Any]:
    """Run notebook cells in a shell that the recorder follows; return how far each moved its count of cells."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    kernel = importlib.import_module(f"{INSIDE}.kernel")
    kernel._follow_cells(shell, recorder)
    seen = {}
    for source in (
        "import os; os.environ['KERAS_BACKEND'] = 'torch'",
        "%%capture\nx = 1",
        "def broken(:",
        "1 / 0",
        "get_ipython().run_cell('y = 2')",
        "%%time\nz = 3",
        "# only a comment",
    ):
        before = recorder.cell
        shell.run_cell(source, store_history=True)
        seen[source] = recorder.cell - before
    return {"steps": seen, "backend": os.environ["KERAS_BACKEND"]}


def small_data() -> None:
    DATA.mkdir(parents=True)
    rows = np.empty(6, object)
    rows[:] = [list(range(1, 9))] * 6
    np.savez(DATA / "imdb.npz", x_train=rows, y_train=np.arange(6) % 2, x_test=rows, y_test=np.arange(6) % 2)


def main() -> None:
    global recorder  # noqa: PLW0603
    small_data()
    parts = {name: importlib.import_module(f"{INSIDE}.{name}") for name in ("datasets", "recorder")}
    parts["datasets"].prepare(OUT / "home", DATA)
    importlib.import_module("keras._tf_keras.keras.datasets")
    parts["datasets"].redirect(DATA, trusted=True)
    sys.path.insert(0, str(Path(__file__).parent))
    batchwise = importlib.import_module("recorded_batches")
    sys.path.pop(0)
    facts = {"bare": twin(), "bare_errors": bare_errors(), "bare_streams": streams()}
    facts["bare_batches"] = batchwise.twin_in_batches()
    recorder = parts["recorder"].Recorder(OUT)
    recorder.install()
    for function in SCENARIOS.values():
        recorder.cell += 1
        facts[function.__name__] = function()
        recorder.flush()
    recorder.cell += 1
    facts["cells"] = cells()
    facts["grader"] = sorted(name for name in sys.modules if name.split(".")[0] in {"grader", "reference"})
    facts["order"] = [*SCENARIOS]
    scratch = OUT / "facts.new"
    scratch.write_text(json.dumps(facts, default=str), encoding="utf-8")
    scratch.rename(OUT / "facts.json")


main()
