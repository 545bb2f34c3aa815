#!/usr/bin/env python3
# reuters.py -- Marek Nowak, s23417
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from keras.datasets import reuters
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical

NUM_WORDS = 10000
TOPICS = 46
VALIDATE = 1000


def multi_hot(sequences):
    result = np.zeros((len(sequences), NUM_WORDS), dtype=np.float32)
    for i, sequence in enumerate(sequences):
        result[i, sequence] = 1
    return result


def build():
    # no softmax here: the loss takes care of it
    model = Sequential([Input((NUM_WORDS,)), Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(TOPICS)])
    import keras

    model.compile(
        optimizer="adam",
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


if __name__ == "__main__":
    (x, y), (x_test, y_test) = reuters.load_data(num_words=NUM_WORDS)
    x, x_test = multi_hot(x), multi_hot(x_test)
    y, y_test = to_categorical(y, TOPICS), to_categorical(y_test, TOPICS)

    history = build().fit(
        x[VALIDATE:], y[VALIDATE:],
        epochs=14, batch_size=512, verbose=0,
        validation_data=(x[:VALIDATE], y[:VALIDATE]),
    ).history
    plt.plot(history["loss"], label="train")
    plt.plot(history["val_loss"], label="validation")
    plt.legend()
    plt.savefig("reuters.png", dpi=80)

    model = build()
    model.fit(x, y, epochs=9, batch_size=512, verbose=0)
    print("loss, accuracy on the test set:", model.evaluate(x_test, y_test, verbose=0))
