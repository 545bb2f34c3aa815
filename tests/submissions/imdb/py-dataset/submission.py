"""IMDb with a keras.utils.Sequence."""

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

(x, y), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=10000)


# %%
class Reviews(keras.utils.Sequence):
    def __init__(self, texts, labels, batch_size=512, shuffle=True, **kwargs):
        super().__init__(**kwargs)
        self.texts, self.labels, self.batch_size, self.shuffle = texts, labels, batch_size, shuffle
        self.order = np.arange(len(texts))
        self.on_epoch_end()

    def __len__(self):
        return int(np.ceil(len(self.texts) / self.batch_size))

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        multi_hot = np.zeros((len(rows), 10000), "float32")
        for place, row in enumerate(rows):
            multi_hot[place, self.texts[row]] = 1
        return multi_hot, self.labels[rows]

    def on_epoch_end(self):
        if self.shuffle:
            np.random.shuffle(self.order)


def build():
    inputs = keras.Input((10000,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    hidden = keras.layers.Dense(16, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %%
n = len(x) * 2 // 5
log = build().fit(
    Reviews(x[n:], y[n:], workers=2), validation_data=Reviews(x[:n], y[:n], shuffle=False), epochs=8, verbose=0
)
plt.plot(log.history["val_accuracy"])
plt.plot(log.history["accuracy"])
plt.show()

# %%
final = build()
final.fit(Reviews(x, y), epochs=4, verbose=0)
probabilities = final.predict(Reviews(x_test, y_test, shuffle=False), verbose=0)
print("accuracy", ((probabilities[:, 0] > 0.5) == y_test).mean())
