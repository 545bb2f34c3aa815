"""boston.py: predict house prices; python boston.py

Fatima B., course "Neural networks", winter term
"""
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

FOLDS, BATCH = 4, 16


def network(hidden_units):
    net = keras.Sequential()
    net.add(keras.Input(shape=(13,)))
    for units in hidden_units:
        net.add(keras.layers.Dense(units))
        net.add(keras.layers.ReLU())
    net.add(keras.layers.Dense(1))
    net.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return net


def folds(rows):
    """Yield index arrays (training, validation)."""
    shuffled = np.random.RandomState(99).permutation(rows)
    for i in range(FOLDS):
        yield np.delete(shuffled, slice(i * rows // FOLDS, (i + 1) * rows // FOLDS)), shuffled[i * rows // FOLDS:(i + 1) * rows // FOLDS]


def validate(x, y, hidden_units, epochs):
    scores, curves = [], []
    for train, val in folds(len(x)):
        net = network(hidden_units)
        curves.append(net.fit(x[train], y[train], epochs=epochs, batch_size=BATCH, verbose=0).history["mae"])
        mse, mae = net.evaluate(x[val], y[val], verbose=0)
        scores.append(mae)
    return np.mean(scores), np.mean(curves, axis=0)


(x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std

for hidden_units in ([64, 64], [64]):
    score, curve = validate(x_train, y_train, hidden_units, epochs=40)
    print(hidden_units, "mean MAE of the folds: %.2f" % score)
    plt.plot(curve, label="%s, validated: %.2f" % (hidden_units, score))
plt.xlabel("epochs")
plt.ylabel("training MAE")
plt.legend()
plt.savefig("epochs.png")

net = network([64, 64])
net.fit(x_train, y_train, epochs=100, batch_size=BATCH, verbose=0)
print("MAE on the test houses: %.2f thousand dollars" % net.evaluate(x_test, y_test, verbose=0)[1])
