"""imdb.py - sentiment of film reviews

usage: python imdb.py
written for Python 3.11, Keras 3 (Marek Nowak, s23417)
"""
import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from keras.datasets import imdb
from keras.layers import Activation, Dense, Input
from keras.models import Sequential

NUM_WORDS = 10000


def multi_hot(sequences):
    result = np.zeros((len(sequences), NUM_WORDS), dtype=np.float32)
    for i, sequence in enumerate(sequences):
        result[i, sequence] = 1
    return result


def build():
    model = Sequential()
    model.add(Input(shape=(NUM_WORDS,)))
    for _ in range(2):
        model.add(Dense(16))
        model.add(Activation("relu"))
    model.add(Dense(1))
    model.add(Activation("sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def plot(history, path):
    plt.figure()
    for name, values in history.history.items():
        plt.plot(np.arange(1, len(values) + 1), values, label=name)
    plt.xlabel("epoch")
    plt.legend()
    plt.savefig(path)
    print("wrote", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=7)
    args = parser.parse_args()

    (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=NUM_WORDS)
    x_train, x_test = multi_hot(x_train), multi_hot(x_test)

    model = build()
    history = model.fit(
        x_train[10000:],
        y_train[10000:],
        epochs=args.epochs,
        batch_size=512,
        validation_data=(x_train[:10000], y_train[:10000]),
        verbose=2,
    )
    plot(history, "curves.png")

    model = build()
    model.fit(x_train, y_train, epochs=4, batch_size=512, verbose=2)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print("test loss %.3f, test accuracy %.3f" % (loss, accuracy))


if __name__ == "__main__":
    main()
