# ruff: noqa: ANN001, ANN002, ANN201, BLE001, PLC0415, T201
"""What every attack knows, and how it tells what it achieved: the harness puts this file beside each of them.

``target`` is the knowledge of an attacker who has read everything (paths, ports, process numbers);
``tried()`` says that the attack really ran, ``escaped(what)`` that it got through.
"""

import json
import time
from pathlib import Path
from types import SimpleNamespace

target = json.loads(Path("target.json").read_text(encoding="utf-8"), object_hook=lambda each: SimpleNamespace(**each))


def tried():
    """Say that the attack begins; what comes later may never be heard."""
    print("TRIED", flush=True)
    time.sleep(0.1)  # the output leaves through a thread of its own, which the next line may kill


def escaped(what):
    """Say that it got through."""
    print("ESCAPED", what, flush=True)


def attempt(what, act):
    """Try one thing; that it is refused, in whatever way, is what should happen."""
    try:
        found = act()
    except BaseException as error:
        print("refused:", what, type(error).__name__, error, flush=True)
        return None
    escaped(what)
    return found


OUT = Path("../out")  # where the recorder writes
EVENTS = OUT / "events.jsonl"


def houses():
    """Return training and test houses, scaled as a student should."""
    import keras

    (x, y), (x_test, y_test) = keras.datasets.california_housing.load_data(version="small")
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    return ((x - mean) / deviation, y / 1e5), ((x_test - mean) / deviation, y_test / 1e5)


def network(rate=0.001):
    """Return a network as the book has it; at a rate of 0 it never learns anything."""
    import keras

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"])
    return model


def train(rate=0.001):
    """Train and evaluate a network, and return it."""
    (x, y), test = houses()
    model = network(rate)
    model.fit(x, y, epochs=1, batch_size=64, verbose=0)
    model.evaluate(*test, verbose=0)
    return model


def events():
    """Return what the recorder has written so far."""
    return [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]


def note(*forged):
    """Append events to the recorder's."""
    with EVENTS.open("a", encoding="utf-8") as file:
        for event in forged:
            file.write((event if isinstance(event, str) else json.dumps(event)) + "\n")
