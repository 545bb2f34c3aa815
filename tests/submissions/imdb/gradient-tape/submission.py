"""IMDb with a training loop of my own."""

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

(train_texts, train_moods), (test_texts, test_moods) = keras.datasets.imdb.load_data(num_words=10000)


def multi_hot(texts):
    table = np.zeros((len(texts), 10000), "float32")
    for row, text in enumerate(texts):
        table[row, text] = 1
    return table


x_train, x_test = multi_hot(train_texts), multi_hot(test_texts)
y_train = train_moods.astype("float32")[:, None]


# %%
def network():
    return keras.Sequential(
        [
            keras.Input((10000,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


crossentropy = keras.losses.BinaryCrossentropy()


def train(model, x, y, epochs, x_val=None, y_val=None):
    optimizer = keras.optimizers.Adam(1e-3)

    @tf.function
    def step(x_batch, y_batch):
        with tf.GradientTape() as tape:
            loss = crossentropy(y_batch, model(x_batch, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    curve = []
    for epoch in range(epochs):
        for x_batch, y_batch in tf.data.Dataset.from_tensor_slices((x, y)).shuffle(25000).batch(512):
            step(x_batch, y_batch)
        if x_val is not None:
            curve.append(float(crossentropy(y_val, model(x_val))))
    return curve


# %%
part = len(x_train) // 3
curve = train(network(), x_train[part:], y_train[part:], 6, x_train[:part], y_train[:part])
plt.plot(curve)
plt.xlabel("epoch")
plt.ylabel("validation loss")
plt.show()

# %%
model = network()
train(model, x_train, y_train, 4)
guess = model.predict(x_test, verbose=0)
print("accuracy", np.mean((guess[:, 0] > 0.5) == test_moods))
