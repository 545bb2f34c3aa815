# ruff: noqa: PTH208, T201
# An honest, quick piece of work: what it earns is known, whatever ran before it in the same sandbox.
import os

import keras

(x, y), (x_test, y_test) = keras.datasets.california_housing.load_data(version="small")
mean, deviation = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - mean) / deviation, (x_test - mean) / deviation
y, y_test = y / 1e5, y_test / 1e5
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
model.fit(x, y, epochs=3, batch_size=64, verbose=0)
model.evaluate(x_test, y_test, verbose=0)
print("HONEST", sorted(set(os.listdir()) - {"__pycache__"}))
