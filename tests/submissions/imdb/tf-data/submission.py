"""IMDb, streamed: multi-hot vectors are made while the data set is read."""

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from tensorflow import keras

(reviews, moods), (reviews_test, moods_test) = keras.datasets.imdb.load_data(num_words=10_000)


# %%
def padded(texts):
    return keras.utils.pad_sequences(texts, maxlen=max(map(len, texts)), padding="post")


def to_multi_hot(words, mood):
    counts = tf.scatter_nd(words[:, None], tf.ones_like(words, tf.float32), [10_000])
    return tf.where(tf.range(10_000) > 0, tf.minimum(counts, 1.0), 0.0), tf.cast(mood, tf.float32)


def stream(texts, answers, *, shuffle=False):
    data = tf.data.Dataset.from_tensor_slices((padded(texts), answers))
    if shuffle:
        data = data.shuffle(len(answers), seed=3)
    return data.map(to_multi_hot, num_parallel_calls=2).batch(512).prefetch(tf.data.AUTOTUNE)


def network():
    model = keras.Sequential(
        [
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %%
half = len(reviews) // 2
first = network().fit(
    stream(reviews[half:], moods[half:], shuffle=True),
    validation_data=stream(reviews[:half], moods[:half]),
    epochs=8,
    verbose=2,
)
plt.plot(first.history["loss"], label="training loss")
plt.plot(first.history["val_loss"], label="validation loss")
plt.legend()
plt.show()

# %%
model = network()
model.fit(stream(reviews, moods, shuffle=True), epochs=4, verbose=2)
model.evaluate(stream(reviews_test, moods_test))
