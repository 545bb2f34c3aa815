"""Run in a process of its own: a piece of old code for each construct, as student's cells under the recorder.

``python old_code.py INSIDE OUT plain|compat``. Writes the capture to ``OUT`` and what each cell came to to
``OUT/facts.json``. Not a test module: `test_old_code` starts it once each way and asks about both.
"""

# ruff: noqa: E501, ISC004, PLC0415 - cells of students; NumPy is imported where a student would

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

BEFORE = """
import numpy as np, pandas as pd, keras, tensorflow as tf, matplotlib.pyplot as plt
from keras import layers, models, optimizers
x = np.linspace(0, 1, 60).reshape(10, 6).astype('float32')
y = (x[:, 0] > .5).astype('float32')
def net(metrics=('accuracy',), loss='binary_crossentropy'):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation='relu'), layers.Dense(1, activation='sigmoid')])
    model.compile('adam', loss, metrics=list(metrics), run_eagerly=True)
    return model
"""
# Old code by construct, each with what its modern spelling gives: ``old`` and ``new`` are compared where both exist.
EXAMPLES: dict[str, list[str]] = {
    "history-accuracy": [
        "h = net().fit(x, y, epochs=1, verbose=0).history\nold, new = h['acc'], h['accuracy']",
        "h = net().fit(x, y, validation_split=.2, verbose=0)\nold, new = h.history['val_acc'], h.history['val_accuracy']",
        "h = net(['acc']).fit(x, y, verbose=0).history\nold, new = h['accuracy'], h['acc']",
    ],
    "history-error": [
        "h = net(['mae'], 'mse').fit(x, y, validation_split=.2, verbose=0).history\n"
        "old, new = h['val_mean_absolute_error'], h['val_mae']",
        "h = net(['mean_squared_error'], 'mse').fit(x, y, verbose=0).history\nold, new = h['mse'], h['mean_squared_error']",
    ],
    "history-rate": [
        "calls = [keras.callbacks.ReduceLROnPlateau(monitor='loss')]\n"
        "h = net().fit(x, y, callbacks=calls, verbose=0).history\nold, new = h['lr'], h['learning_rate']",
    ],
    "monitor": [
        "stop = keras.callbacks.EarlyStopping(monitor='val_acc', patience=1)\n"
        "net().fit(x, y, validation_split=.2, epochs=2, callbacks=[stop], verbose=0)\n"
        "old, new = stop.monitor, 'val_accuracy'",
        "best = keras.callbacks.ModelCheckpoint('best.keras', monitor='val_mean_absolute_error', save_best_only=True)\n"
        "net(['mae'], 'mse').fit(x, y, validation_split=.2, callbacks=[best], verbose=0)\nold, new = best.monitor, 'val_mae'",
    ],
    "np-utils": [
        "from keras.utils import np_utils\nold = np_utils.to_categorical([0, 2], 3).tolist()\n"
        "new = keras.utils.to_categorical([0, 2], 3).tolist()",
        "from keras.utils.np_utils import to_categorical\nold, new = to_categorical is keras.utils.to_categorical, True",
        "from tensorflow.keras.utils import np_utils\nold = np_utils.to_categorical([0, 2], 3).tolist()\n"
        "new = keras.utils.to_categorical([0, 2], 3).tolist()",
        "a = keras.utils.np_utils.to_categorical([0, 2])",
    ],
    "optimizer-lr": [
        "old, new = float(optimizers.RMSprop(lr=.01).learning_rate), float(optimizers.RMSprop(.01).learning_rate)",
        "old, new = float(tf.keras.optimizers.SGD(lr=.01, momentum=.9).learning_rate), float(np.float32(.01))",
        "opt = optimizers.Adam(.25)\nold, new = float(opt.lr), .25",
    ],
    "optimizer-decay": ["a = optimizers.SGD(learning_rate=.01, decay=1e-6)"],
    "optimizer-epsilon": [
        "m = keras.Sequential([keras.Input((6,)), layers.Dense(1)])\n"
        "m.compile(optimizers.Adam(learning_rate=.001, epsilon=None), 'mse', run_eagerly=True)\n"
        "m.fit(x, y, verbose=0)\nold, new = m.optimizer.epsilon, optimizers.Adam().epsilon",
    ],
    "optimizer-lowercase": [
        "old, new = optimizers.rmsprop is optimizers.RMSprop, True",
        "from keras.optimizers import adam, Adam\nold, new = adam is Adam, True",
        "from tensorflow.keras import optimizers\nold, new = optimizers.sgd is optimizers.SGD, True",
    ],
    "optimizers-legacy": [
        "old, new = type(keras.optimizers.legacy.Adam(lr=.1)), optimizers.Adam",
        "from tensorflow.keras.optimizers.legacy import RMSprop\nold, new = type(RMSprop()), optimizers.RMSprop",
        "from keras.optimizers.rmsprop_v2 import RMSprop\nold, new = RMSprop, optimizers.RMSprop",
        "old, new = tf.keras.optimizers.experimental.Adam, optimizers.Adam",
    ],
    "tensorflow-python-keras": [
        "from tensorflow.python.keras import models, layers\nm = models.Sequential()\n"
        "m.add(layers.Dense(2, input_shape=(6,)))\nm.compile('adam', 'mse', run_eagerly=True)\nm.fit(x, x[:, :2], verbose=0)\n"
        "old, new = isinstance(m, keras.Model), True",
        "from tensorflow.python.keras.layers import Dense\nkeras.Sequential().add(Dense(2))",
        "from tensorflow.python.keras.optimizers import RMSprop\nold, new = RMSprop, optimizers.RMSprop",
        "from tensorflow.python.keras.utils import to_categorical\nold, new = to_categorical, keras.utils.to_categorical",
        "import tensorflow.python.keras.datasets.imdb as imdb\nold, new = callable(imdb.load_data), True",
    ],
    "engine": [
        "from keras.engine.topology import Layer\nold, new = Layer, layers.Layer",
        "from keras.engine import Model, InputSpec\nold, new = Model, keras.Model",
    ],
    "layer-modules": [
        "from keras.layers.core import Dense, Dropout\nold, new = Dense, layers.Dense",
        "from keras.layers.embeddings import Embedding\nold, new = Embedding, layers.Embedding",
        "from keras.layers.convolutional import Conv1D\nold, new = Conv1D, layers.Conv1D",
        "from keras.layers.normalization import BatchNormalization\nold, new = BatchNormalization, layers.BatchNormalization",
        "from tensorflow.keras.layers.core import *\nold, new = Dense, layers.Dense",
        "old, new = keras.layers.core.Dense, layers.Dense",
    ],
    "utils-modules": ["from keras.utils.vis_utils import plot_model\nold, new = plot_model, keras.utils.plot_model"],
    "preprocessing-text": [
        "from keras.preprocessing.text import Tokenizer, one_hot, text_to_word_sequence\n"
        "t = Tokenizer(num_words=5)\nold = t.sequences_to_matrix([[1, 3], [2]], mode='binary').tolist()\n"
        "new = [[0, 1, 0, 1, 0], [0, 0, 1, 0, 0]]",
        "from keras.preprocessing import text, sequence\nold, new = text.text_to_word_sequence('A film'), ['a', 'film']",
    ],
    "short-losses": [
        "old, new = keras.losses.mse, keras.losses.mean_squared_error",
        "from keras.metrics import mae\nold, new = mae, keras.losses.mean_absolute_error",
    ],
    "objectives": [
        "from keras import objectives\nold, new = objectives.binary_crossentropy, keras.losses.binary_crossentropy"
    ],
    "nb-epoch": ["h = net().fit(x, y, nb_epoch=2, verbose=0)\nold, new = len(h.epoch), 2"],
    "nb-words": [
        "from keras.datasets import reuters\n(a, _), _ = reuters.load_data(nb_words=8)\n"
        "(b, _), _ = reuters.load_data(num_words=8)\nold, new = [list(row) for row in a], [list(row) for row in b]",
    ],
    "nb-classes": ["old, new = keras.utils.to_categorical([1], nb_classes=4).tolist(), [[0, 1, 0, 0]]"],
    "predict-classes": [
        "m = net()\nold = m.predict_classes(x).tolist()\nnew = (m.predict(x) > .5).astype('int32').tolist()",
        "m = keras.Sequential([keras.Input((6,)), layers.Dense(4)])\nold = m.predict_classes(x, verbose=0).tolist()\n"
        "new = m.predict(x).argmax(axis=-1).tolist()",
    ],
    "predict-proba": ["m = net()\nold, new = m.predict_proba(x).tolist(), m.predict(x).tolist()"],
    "queue-arguments": [
        "h = net().fit(x, y, verbose=0, workers=4, use_multiprocessing=True)",
        "a = net().evaluate(x, y, verbose=0, workers=4)",
        "a = net().predict(x, verbose=0, max_queue_size=4)",
    ],
    "generators": [
        "h = net().fit_generator(((x, y) for _ in range(6)), steps_per_epoch=2, epochs=2, verbose=0, max_queue_size=4)\n"
        "old, new = len(h.epoch), 2",
        "m = net()\nold = m.evaluate_generator(((x, y) for _ in range(2)), steps=1)\nnew = m.evaluate(x, y, verbose=0)",
        "m = net()\nold, new = m.predict_generator(((x,) for _ in range(2)), steps=1).tolist(), m.predict(x).tolist()",
    ],
    "activation-capital": [
        "old, new = layers.Dense(3, activation='Softmax').activation, keras.activations.softmax",
        "old, new = layers.Activation('ReLU').activation, keras.activations.relu",
    ],
    "units-not-int": [
        "old, new = layers.Dense(np.max([1, 2]) + 1).units, 3",
    ],
    "metrics-text": [
        "m = net()\nm.compile('adam', 'binary_crossentropy', metrics='accuracy')\nold = list(m.fit(x, y, verbose=0).history)\n"
        "new = ['accuracy', 'loss']",
    ],
    "layer-arguments": [
        "d = layers.Dense(output_dim=4, init='uniform', input_dim=6)\n"
        "old, new = (d.units, type(d.kernel_initializer).__name__), (4, 'RandomUniform')",
        "d = layers.Dense(4, W_regularizer=keras.regularizers.L2(.1), bias=False)\nold, new = (d.use_bias, d.kernel_regularizer is None), (False, False)",
        "old, new = layers.Dropout(p=.3).rate, .3",
        "old, new = layers.LSTM(output_dim=3, inner_activation='sigmoid').units, 3",
        "d = layers.Dense(4, batch_input_shape=(None, 6))",
    ],
    "model-arguments": ["a = keras.Input((6,))\nm = keras.Model(input=a, output=layers.Dense(1)(a))"],
    "sklearn-wrapper": ["from keras.wrappers.scikit_learn import KerasRegressor"],
    "save-path": [
        "m = net()\nm.save('one')\nold, new = keras.models.load_model('one').predict(x).tolist(), m.predict(x).tolist()",
        "m = net()\nm.save_weights('two.h5')\nn = net()\nn.load_weights('two.h5')\n"
        "old, new = n.get_weights()[0].tolist(), m.get_weights()[0].tolist()",
    ],
    "load-path": ["m = net()\nm.save('three.keras')\nn = keras.models.load_model('three')"],
    "checkpoint-path": [
        "best = keras.callbacks.ModelCheckpoint('four.hdf5', monitor='loss', save_best_only=True)\nm = net()\n"
        "m.fit(x, y, callbacks=[best], verbose=0)\nn = net()\nn.load_weights('four.hdf5')\n"
        "old, new = n.get_weights()[0].tolist(), m.get_weights()[0].tolist()",
        "best = keras.callbacks.ModelCheckpoint(filepath='five.h5', save_weights_only=True)\n"
        "m = net()\nm.fit(x, y, callbacks=[best], verbose=0)\nm.load_weights('five.h5')",
    ],
    "checkpoint-period": ["a = keras.callbacks.ModelCheckpoint('six.keras', period=1)"],
    "image-dim-ordering": ["from keras import backend as K\nold, new = K.image_dim_ordering(), 'tf'"],
    "backend-functions": [
        "from keras import backend as K\ndef rmse(a, b):\n    return K.sqrt(K.mean(K.square(a - b)))\n"
        "old = float(rmse(np.ones(3), np.zeros(3)))\nnew = 1.0",
    ],
    "ragged-array": [
        "a = np.array([[1, 2], [3]])\nold, new = (a.dtype, a.tolist()), (np.dtype(object), [[1, 2], [3]])"
    ],
    "numpy-types": ["old, new = np.zeros(2, dtype=np.float).dtype, np.dtype(float)", "old, new = np.int(3.7), 3"],
    "numpy-renamed": [
        "old, new = np.Inf, np.inf",
        "old, new = np.product([2, 3]), 6",
        "old, new = np.float_, np.float64",
        "old, new = np.in1d([1, 2], [2]).tolist(), [False, True]",
        "old, new = np.asscalar(np.array([3])), 3",
    ],
    "load-pickled": [
        "np.save('rows.npy', np.array([[1], [2, 3]], dtype=object), allow_pickle=True)\nnp.load('rows.npy')"
    ],
    "patched-load": [
        "np.save('plain.npy', x)\nkept = np.load\nnp.load = lambda *a, **k: kept(*a, allow_pickle=True, **k)\n"
        "try:\n    np.load('plain.npy', allow_pickle=True)\nfinally:\n    np.load = kept",
    ],
    "frame-drop": ["old, new = list(pd.DataFrame({'a': [1], 'b': [2]}).drop('a', 1).columns), ['b']"],
    "frame-append": [
        "old, new = pd.DataFrame({'a': [1]}).append(pd.DataFrame({'a': [2]}), ignore_index=True)['a'].tolist(), [1, 2]",
        "old, new = pd.Series([1]).append(pd.Series([2])).tolist(), [1, 2]",
        "old, new = pd.DataFrame({'a': [1]}).append({'a': 2}, ignore_index=True)['a'].tolist(), [1, 2]",
    ],
    "frame-values": ["old, new = pd.DataFrame({'a': [1]}).as_matrix().tolist(), [[1]]"],
    "frame-ix": ["pd.DataFrame({'a': [1]}).ix[0]"],
    "seaborn-style": ["plt.style.use('seaborn-white')", "plt.style.use('seaborn')"],
    "tf-seed": [
        "tf.set_random_seed(3)\nold = float(tf.random.uniform(()))\ntf.random.set_seed(3)\nnew = float(tf.random.uniform(()))"
    ],
    "tf-session": [
        "from keras import backend as K\nconfig = tf.ConfigProto()\nconfig.gpu_options.allow_growth = True\n"
        "K.set_session(tf.Session(config=config))",
        "from keras.backend.tensorflow_backend import set_session",
        "import tensorflow.keras.backend as K\nK.set_session(None)",
    ],
    "tf-logging": ["tf.logging.set_verbosity(tf.logging.ERROR)"],
    "tf-graph": ["tf.placeholder(tf.float32)"],
    "load-boston": ["from sklearn.datasets import load_boston"],
    "cross-validation": ["from sklearn.cross_validation import train_test_split"],
    "python2-print": ["a = 1\nprint 'loss', a"],
    "python2-names": ["for i in xrange(3):\n    pass"],
    "version-assert": ["assert tf.__version__.startswith('1')"],
}
# Code of today, with everything in it that a mapping comes near: it must not notice whether there are any.
MODERN = """
import hashlib, json, pickle, copy
keras.utils.set_random_seed(5)
model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation='relu'), layers.Dropout(.3), layers.Dense(3, 'softmax')])
model.compile(optimizers.RMSprop(learning_rate=.01), 'sparse_categorical_crossentropy', metrics=['accuracy'])
labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
stop = keras.callbacks.EarlyStopping(monitor='val_accuracy', patience=2, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint('modern.keras', save_best_only=True)
history = model.fit(x, labels, epochs=4, batch_size=4, validation_split=.3, callbacks=[stop, best], verbose=0)
model.save('again.keras')
again = keras.models.load_model('again.keras')

class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = layers.Dense(1)

    def call(self, inputs):
        return self.last(inputs)

own = Own()
own.compile('sgd', 'mse')
own.fit(x, y, verbose=0)

def error(call):
    try:
        call()
    except Exception as caught:
        return type(caught).__name__, str(caught)

told = {
    'weights': hashlib.sha256(b''.join(weight.tobytes() for weight in model.get_weights())).hexdigest(),
    'history': history.history, 'text': json.dumps(history.history), 'is a dict': isinstance(history.history, dict),
    'copies': [type(f(history.history)).__name__ for f in (copy.copy, copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h)))],
    'missing key': error(lambda: history.history['precision']), 'acc' : 'acc' in history.history,
    'predicted': again.predict(x, verbose=0).tolist(), 'scores': again.evaluate(x, labels, verbose=0),
    'random': np.random.rand(3).tolist(), 'config': json.dumps(model.get_config()),
    'names': [hasattr(keras.utils, 'no_such'), sorted(vars(keras.layers).keys())[:5], keras.layers.__name__],
    'errors': [error(call) for call in (
        lambda: layers.Dense(0), lambda: layers.Dense(4, activation='no-such'), lambda: optimizers.Adam(rate=1),
        lambda: keras.utils.no_such, lambda: np.no_such, lambda: np.array([[1, 2], [3]], dtype=float),
        lambda: model.fit(x, labels, epoch=1), lambda: pd.DataFrame({'a': [1]}).drop('b'), lambda: model.no_such(x),
        lambda: __import__('keras.layers.no_such'), lambda: plt.style.use('no-such'), lambda: tf.no_such,
        lambda: keras.models.load_model('no-such.keras'),
    )],
    'arrays': [np.array([[1, 2], [3, 4]]).sum().item(), str(np.asarray([1., 2.]).dtype)],
    'frames': pd.DataFrame({'a': [1], 'b': [2]}).drop(columns='a').to_numpy().tolist(),
}
"""
CELLS = [BEFORE, MODERN, *(source for sources in EXAMPLES.values() for source in sources)]


def main(inside: str, out: Path, way: str) -> None:
    """Run all cells and write down how each ended."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", MPLBACKEND="agg")
    sys.path.insert(0, inside)
    package = importlib.import_module("_boot").package()
    sys.path.pop(0)
    work = out / "work"
    work.mkdir(parents=True)
    recorder = importlib.import_module(f"{package}.recorder").Recorder(out)
    os.chdir(work)
    _stand_in_for_reuters()
    recorder.install()
    compat = importlib.import_module(f"{package}.compat").install(recorder) if way == "compat" else None
    ended = [run(number, source, recorder, compat) for number, source in enumerate(CELLS, start=1)]
    (out / "facts.json").write_text(json.dumps(ended))


def _stand_in_for_reuters() -> None:
    import numpy as np

    data = importlib.import_module("keras.src.datasets.reuters")
    rows = np.empty(4, dtype=object)
    rows[:] = [[3, 9], [4, 12, 2], [3], [20]]
    np.savez(Path("reuters.npz").resolve(), x=rows, y=np.array([0, 1, 2, 3]))
    vars(data)["get_file"] = lambda *_, **__: str(Path("reuters.npz").resolve())


NAMES: dict[str, Any] = {}


def run(number: int, source: str, recorder: Any, compat: Any) -> dict[str, Any]:
    """Run one cell as a kernel would and return its error and line, and whether old and new agree."""
    file = f"cell-{number}"
    recorder.cell, recorder.file = number, file
    names = NAMES if number == 1 else dict(NAMES)
    try:
        if compat is not None:
            compat.begin(number, file)
        exec(compiled(source, file, compat), names)  # noqa: S102 - the examples above
    except BaseException as error:  # noqa: BLE001 - whatever a student would see
        text = f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        line = lines[0] if lines else getattr(error, "lineno", None)
        return {"error": text, "line": line, "same": None}
    finally:
        if compat is not None:
            compat.flush()
    return {"error": None, "line": None, "same": _same(names), "told": names.get("told")}


def compiled(source: str, file: str, compat: Any) -> Any:
    tree = ast.parse(source, file)
    return compile(tree if compat is None else compat.visit(tree), file, "exec")


def _same(names: dict[str, Any]) -> bool | None:
    if "old" not in names or "new" not in names:
        return None
    import numpy as np

    old, new = names["old"], names["new"]
    try:
        return bool(np.allclose(old, new))
    except (TypeError, ValueError):
        return bool(old == new)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
