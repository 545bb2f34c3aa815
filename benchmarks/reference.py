"""What the reference solutions cost beside the same steps written as the book writes them: seconds and peak memory.

    python benchmarks/reference.py --data DIR [--rounds 5] [--tasks imdb,reuters,california-housing]

Both run in forks of one process that has imported Keras, in turns. The book's way: vectors of float64, filled row by
row, all arrays kept, each model built and compiled where it is used. Medians; memory is the peak of the fork alone.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def book_imdb() -> None:
    import keras
    import numpy as np

    (train, y_train), (test, y_test) = keras.datasets.imdb.load_data(num_words=10000)
    x_train, x_test = _vectors(train), _vectors(test)
    y_train, y_test = np.asarray(y_train).astype("float32"), np.asarray(y_test).astype("float32")
    x_val, y_val = x_train[:10000], y_train[:10000]
    model = _dense(16, 1, "sigmoid", "adam", "binary_crossentropy")
    model.fit(x_train[10000:], y_train[10000:], epochs=20, batch_size=512, validation_data=(x_val, y_val), verbose=0)
    model = _dense(16, 1, "sigmoid", "adam", "binary_crossentropy")
    model.fit(x_train, y_train, epochs=4, batch_size=512, verbose=0)
    model.evaluate(x_test, y_test, verbose=0)
    model.predict(x_test, verbose=0)


def book_reuters() -> None:
    import keras

    (train, y_train), (test, y_test) = keras.datasets.reuters.load_data(num_words=10000)
    x_train, x_test = _vectors(train), _vectors(test)
    y_train, y_test = keras.utils.to_categorical(y_train), keras.utils.to_categorical(y_test)
    x_val, y_val = x_train[:1000], y_train[:1000]
    model = _dense(64, 46, "softmax", "adam", "categorical_crossentropy")
    model.fit(x_train[1000:], y_train[1000:], epochs=20, batch_size=512, validation_data=(x_val, y_val), verbose=0)
    model = _dense(64, 46, "softmax", "adam", "categorical_crossentropy")
    model.fit(x_train, y_train, epochs=9, batch_size=512, verbose=0)
    model.evaluate(x_test, y_test, verbose=0)
    model.predict(x_test, verbose=0)


def book_houses() -> None:
    import keras
    import numpy as np

    (x, y), (x_test, y_test) = keras.datasets.california_housing.load_data(version="small")
    mean, std = x.mean(axis=0), x.std(axis=0)
    x, x_test, y, y_test = (x - mean) / std, (x_test - mean) / std, y / 100000, y_test / 100000
    for epochs in (50, 200):
        for fold in range(4):
            held = slice(fold * 120, (fold + 1) * 120)
            rest_x = np.concatenate([x[: held.start], x[held.stop :]])
            rest_y = np.concatenate([y[: held.start], y[held.stop :]])
            model = _dense(64, 1, None, "adam", "mean_squared_error", "mean_absolute_error")
            held_out = (x[held], y[held])
            model.fit(rest_x, rest_y, validation_data=held_out, epochs=epochs, batch_size=16, verbose=0)
    model = _dense(64, 1, None, "adam", "mean_squared_error", "mean_absolute_error")
    model.fit(x, y, epochs=130, batch_size=16, verbose=0)
    model.evaluate(x_test, y_test, verbose=0)
    model.predict(x_test, verbose=0)


def _vectors(texts: object, width: int = 10000) -> object:
    import numpy as np

    out = np.zeros((len(texts), width))
    for row, words in enumerate(texts):
        out[row, words] = 1.0
    return out


def _dense(units: int, outputs: int, activation: str | None, optimizer: str, loss: str, metric: str = "accuracy"):  # noqa: ANN202
    import keras
    from keras import layers

    hidden = [layers.Dense(units, activation="relu"), layers.Dense(units, activation="relu")]
    model = keras.Sequential([*hidden, layers.Dense(outputs, activation=activation)])
    model.compile(optimizer=optimizer, loss=loss, metrics=[metric])
    return model


TASKS = {
    "imdb": (book_imdb, "reference.imdb"),
    "reuters": (book_reuters, "reference.reuters"),
    "california-housing": (book_houses, "reference.california_housing"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a Keras cache or stand-ins")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default=",".join(TASKS))
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    import keras  # noqa: F401 - the warm process has it

    from reference import data

    for name in options.tasks.split(","):
        book, module = TASKS[name]
        data.use(options.data, task=name)
        ways = (importlib.import_module(module).solve, book)
        measured: list[list[tuple[float, float]]] = [[], []]
        for number in range(options.rounds):
            for way in (0, 1) if number % 2 == 0 else (1, 0):
                measured[way].append(_forked(ways[way]))
        ours, theirs = ([statistics.median(column) for column in zip(*runs, strict=True)] for runs in measured)
        print(
            f"{name}: reference {ours[0]:.1f} s, {ours[1]:.0f} MiB; the book's way {theirs[0]:.1f} s, {theirs[1]:.0f} "
            f"MiB; ratios {ours[0] / theirs[0]:.2f} and {ours[1] / theirs[1]:.2f}",
            flush=True,
        )


def _forked(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds and the peak memory, in MiB, of a piece of work in a fork of this process."""
    readable, writable = os.pipe()
    process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        begin = time.perf_counter()
        work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        os.write(writable, json.dumps([time.perf_counter() - begin, peak]).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as answer:
        seconds, peak = json.loads(answer.read())
    os.waitpid(process, 0)
    return seconds, peak


if __name__ == "__main__":
    main()
