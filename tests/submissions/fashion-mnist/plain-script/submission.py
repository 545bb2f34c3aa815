#!/usr/bin/env python3
# Fashion-MNIST, homework 2, Piotr W.
import argparse

import keras
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def load():
    (x, y), (xt, yt) = keras.datasets.fashion_mnist.load_data()
    scale = lambda a: np.float32(a.reshape(len(a), -1)) / np.float32(255)
    return scale(x), y.reshape(-1, 1), scale(xt), yt.reshape(-1, 1)


def build(width, depth, rate):
    model = keras.Sequential([keras.Input((784,))])
    for _ in range(depth):
        model.add(keras.layers.Dense(width, use_bias=True))
        model.add(keras.layers.LeakyReLU())
    model.add(keras.layers.Dense(10))
    model.add(keras.layers.Softmax())
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--batch", type=int, default=64)
    args, _ = parser.parse_known_args()

    x, y, xt, yt = load()
    order = np.random.default_rng(3).permutation(len(x))
    val, fit = order[:1000], order[1000:]
    best = None
    for depth in (1, 2):
        model = build(80, depth, 1e-3)
        log = model.fit(x[fit], y[fit], batch_size=args.batch, epochs=args.epochs, validation_data=(x[val], y[val]), verbose=0)
        plt.plot(log.history["loss"], "C%d--" % depth)
        plt.plot(log.history["val_loss"], "C%d" % depth, label="%d hidden" % depth)
        score = max(log.history["val_accuracy"])
        print(depth, "hidden layers:", score)
        if best is None or score > best[0]:
            best = score, model
    plt.legend()
    plt.savefig("fashion.pdf")
    print("test accuracy %.4f" % best[1].evaluate(xt, yt, verbose=0)[1])


if __name__ == "__main__":
    main()
