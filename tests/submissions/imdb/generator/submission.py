"""IMDb with a Python generator, as the memory of my laptop is small."""

# %%
import matplotlib.pyplot as plt
import numpy as np
from keras import Input, layers, models
from keras.datasets import imdb

(train_data, train_labels), (test_data, test_labels) = imdb.load_data(num_words=10000)
BATCH = 500


# %%
def batches(texts, labels, forever=True):
    order = np.arange(len(texts))
    while True:
        if forever:
            np.random.shuffle(order)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            grid = np.zeros((len(chosen), 10000), dtype="float32")
            for line, text in enumerate(chosen):
                grid[line, texts[text]] = 1.0
            yield grid, np.asarray(labels[chosen]).astype("float32")
        if not forever:
            return


def steps(texts):
    return -(-len(texts) // BATCH)


def new_model():
    model = models.Sequential(
        [Input((10000,)), layers.Dense(16, activation="relu"), layers.Dense(16, activation="relu")]
    )
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("rmsprop", "binary_crossentropy", metrics=["acc"])
    return model


# %%
cut = int(0.6 * len(train_data))
fit_texts, val_texts = train_data[:cut], train_data[cut:]
fit_labels, val_labels = train_labels[:cut], train_labels[cut:]
model = new_model()
history = model.fit(
    batches(fit_texts, fit_labels),
    steps_per_epoch=steps(fit_texts),
    epochs=8,
    validation_data=batches(val_texts, val_labels),
    validation_steps=steps(val_texts),
    verbose=0,
)

# %%
epochs = range(1, len(history.history["loss"]) + 1)
plt.plot(epochs, history.history["loss"], "bo")
plt.plot(epochs, history.history["val_loss"], "b")
plt.show()

# %%
model = new_model()
model.fit(batches(train_data, train_labels), steps_per_epoch=steps(train_data), epochs=4, verbose=0)
print(model.evaluate(batches(test_data, test_labels, forever=False), verbose=0))
