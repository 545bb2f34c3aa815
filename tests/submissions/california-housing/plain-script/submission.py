"""housing.py - Marek Nowak, s23417"""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from keras import Sequential
from keras.datasets import california_housing
from keras.layers import Dense, Input

FOLDS = 4
UNIT = 100_000


def build(features):
    model = Sequential([Input((features,)), Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(1)])
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return model


def k_fold(x, y, epochs):
    curves = []
    for fold in range(FOLDS):
        rows = np.arange(len(x))
        val = (rows >= fold * len(x) // FOLDS) & (rows < (fold + 1) * len(x) // FOLDS)
        model = build(x.shape[1])
        curve = []
        # one epoch at a time, so that I can look at the validation rows in between
        for _ in range(epochs):
            model.fit(x[~val], y[~val], epochs=1, batch_size=16, verbose=0)
            curve.append(model.evaluate(x[val], y[val], verbose=0)[1])
        curves.append(curve)
    return np.mean(curves, axis=0)


def main():
    (x, y), (x_test, y_test) = california_housing.load_data(version="small")
    mean, std = np.mean(x, axis=0), np.std(x, axis=0)
    x, x_test = (x - mean) / std, (x_test - mean) / std
    y, y_test = y / UNIT, y_test / UNIT

    curve = k_fold(x, y, epochs=8)
    plt.plot(curve)
    plt.savefig("kfold.png")
    print("mean MAE of the folds: %.3f" % curve[-1])

    model = build(x.shape[1])
    model.fit(x, y, epochs=130, batch_size=16, verbose=0)
    print("test MAE: %.3f" % model.evaluate(x_test, y_test, verbose=0)[1])


if __name__ == "__main__":
    main()
