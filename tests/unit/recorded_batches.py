"""More scenarios for `recorded`: data in batches, loops of one's own, layers that prepare inputs."""

# ruff: noqa: PLC0415 - keras is imported by each scenario, as by a student's cell

from __future__ import annotations

import random
from typing import Any

import numpy as np

from __main__ import OUT, X, Y, build, digest, fit, raised, scenario


def dataset(*, shuffle: bool = True, rows: slice = slice(None)) -> Any:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X[rows], Y[rows]))
    return (data.shuffle(40) if shuffle else data).batch(16).prefetch(2)


def generator(*, forever: bool = True) -> Any:
    drawn = np.random.default_rng(4)  # Keras asks ahead, in a thread of its own
    while True:
        order = drawn.permutation(40)
        for start in range(0, 40, 16):
            yield X[order[start : start + 16]], Y[order[start : start + 16]]
        if not forever:
            return


def sequence(**kwargs: Any) -> Any:
    import keras

    class Rows(keras.utils.Sequence):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            rows = slice(16 * index, 16 * index + 16)
            return X[rows], Y[rows]

    return Rows(**kwargs)


@scenario
def twin_in_batches() -> dict[str, Any]:
    """Train with a seed on every kind of stream; run once bare and once recorded."""
    import keras

    keras.utils.set_random_seed(11)
    seen: dict[str, Any] = {}
    for name, data, more in (
        ("dataset", dataset(), {"validation_data": dataset(shuffle=False)}),
        ("generator", generator(), {"steps_per_epoch": 3, "validation_data": generator(), "validation_steps": 3}),
        ("sequence", sequence(), {}),
    ):
        model = build(eager=False)
        history = model.fit(data, epochs=3, verbose=0, **more).history
        seen[name] = [digest(model), history, model.evaluate(dataset(), verbose=0)]
    model = build(eager=False)
    for start in range(0, 40, 16):
        model.train_on_batch(X[start : start + 16], Y[start : start + 16])
    seen["by hand"] = [digest(model), float(np.sum(model(X)))]
    seen["drawn"] = [float(np.random.random()), random.random(), float(keras.random.normal(()))]  # noqa: NPY002, S311
    return seen


@scenario
def a_shuffled_dataset() -> None:
    model = build()
    model.fit(dataset(rows=slice(30)), validation_data=dataset(rows=slice(30, 40)), epochs=2, verbose=0)
    model.evaluate(dataset(), verbose=0)
    model.predict(dataset(shuffle=False), verbose=0)


@scenario
def an_endless_dataset() -> None:
    build().fit(dataset(shuffle=False).repeat(), steps_per_epoch=3, epochs=2, verbose=0)


@scenario
def an_endless_generator() -> None:
    model = build()
    model.fit(
        generator(),
        steps_per_epoch=3,
        validation_data=generator(forever=False),
        validation_steps=3,
        epochs=1,
        verbose=0,
    )
    model.predict(generator(forever=False), steps=3, verbose=0)


@scenario
def a_sequence_with_workers() -> bool:
    rows = sequence(workers=3)
    before = type(rows).__getitem__
    build().fit(rows, epochs=2, verbose=0)
    return type(rows).__getitem__ is before


@scenario
def a_wide_dataset() -> None:
    """Mostly zeros, of 12 MB: kept and stored as its nonzeros."""
    import tensorflow as tf

    wide = np.zeros((600, 5000), "float32")
    wide[np.arange(600), np.arange(600)] = 1
    build().fit(tf.data.Dataset.from_tensor_slices((wide, np.ones(600))).shuffle(600).batch(100), verbose=0)


@scenario
def datasets_that_cannot_be_read() -> dict[str, Any]:
    """Two named inputs, and a generator that fails half-way: Keras does what it does."""
    import keras
    import tensorflow as tf

    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    model = keras.Model([left, right], keras.layers.Dense(1)(keras.layers.Concatenate()([left, right])))
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(tf.data.Dataset.from_tensor_slices(({"left": X, "right": X}, Y)).batch(20), verbose=0)
    model.fit({"left": X, "right": X}, Y, verbose=0)

    def broken() -> Any:
        yield X[:20], Y[:20]
        message = "no more rows"
        raise OSError(message)

    return raised(lambda: build().fit(broken(), verbose=0))


@scenario
def one_epoch_of_a_dataset_at_a_time() -> None:
    model = build()
    for _ in range(4):
        model.fit(dataset(), epochs=1, verbose=0)


@scenario
def one_named_input() -> None:
    import keras
    import pandas as pd

    given = keras.Input((3,), name="features")
    model = keras.Model({"features": given}, keras.layers.Dense(1)(given))
    model.compile("sgd", "mse", run_eagerly=True)
    fit(model, {"features": X})
    fit(model, {"features": pd.DataFrame(X)}, pd.Series(Y[:, 0]))


@scenario
def batch_by_batch() -> None:
    model = build()
    for _ in range(3):
        order = np.random.permutation(40)  # noqa: NPY002
        for start in range(0, 40, 16):
            model.train_on_batch(X[order[start : start + 16]], Y[order[start : start + 16]])
        model.evaluate(X[:20], Y[:20], verbose=0)
    for start in range(0, 40, 16):
        model.test_on_batch(X[start : start + 16], Y[start : start + 16])


@scenario
def a_tape() -> str:
    import keras
    import tensorflow as tf

    model, optimizer = build(compiled=False), keras.optimizers.SGD(0.1)
    model(X[:2])
    for start in range(0, 40, 20):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean((model(X[start : start + 20]) - Y[start : start + 20]) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    model(X)
    return digest(model)


@scenario
def an_optimizer_without_a_model() -> None:
    """Gradient descent on a number, as the book's first chapters show it."""
    import keras

    number = keras.Variable(3.0)
    keras.optimizers.SGD(0.1).apply([keras.ops.ones(())], [number])


@scenario
def a_checkpoint() -> None:
    import keras

    for name in ("whole.keras", "only.weights.h5"):
        model, path = build(), OUT / name
        keep = keras.callbacks.ModelCheckpoint(str(path), save_weights_only=name.endswith("h5"), save_best_only=True)
        worse = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _, m=model: epoch and spoil(m))
        fit(model, validation_split=0.25, epochs=3, callbacks=[keep, worse])
        if name.endswith("h5"):
            model.load_weights(path)
        else:
            model = keras.saving.load_model(path)
        model.evaluate(X, Y, verbose=0)


def spoil(model: Any) -> None:
    model.set_weights([weight + 50 for weight in model.get_weights()])


@scenario
def layers_that_prepare() -> list[list[float]]:
    import keras

    scale = keras.layers.Normalization()
    scale.adapt(X)
    model = keras.Sequential([keras.Input((3,)), scale, keras.layers.Rescaling(0.5, offset=1), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    fit(model)
    words = keras.Sequential([keras.layers.CategoryEncoding(num_tokens=9, output_mode="multi_hot")])
    words.add(keras.layers.Dense(1))
    words.compile("sgd", "mse", run_eagerly=True)
    fit(words, np.tile(np.arange(4), (40, 1)))
    return [X.mean(axis=0).tolist(), X.std(axis=0).tolist()]
