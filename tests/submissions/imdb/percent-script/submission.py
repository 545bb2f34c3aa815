# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Movie reviews
# Homework of Sofía R. — edited in VS Code, so this is a `.py` with cells.

# %% imports
import numpy as np
import matplotlib.pyplot as plt
import keras
from keras import layers, regularizers

# %% load
(texts, labels), (test_texts, test_labels) = keras.datasets.imdb.load_data(num_words=10000)
print(len(texts), "training reviews,", len(test_texts), "for the test")

# %% encode
def k_hot(batch, n=10000):
    return np.stack([np.bincount(np.unique(t), minlength=n) for t in batch]).astype("float32")

X, y = k_hot(texts), labels.reshape(-1, 1)
X_test, y_test = k_hot(test_texts), test_labels.reshape(-1, 1)
assert X.max() == 1 and X.shape[1] == 10000

# %% [markdown]
# I shuffle before I split, with a fixed seed.

# %% split
rng = np.random.default_rng(7)
order = rng.permutation(len(X))
val, fit = order[:3000], order[3000:]

# %% network
def make():
    model = keras.Sequential(name="reviews")
    model.add(layers.Dense(32, activation="tanh"))
    model.add(layers.Dense(16, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model

# %% first training
h = make().fit(X[fit], y[fit], validation_data=(X[val], y[val]), epochs=6, batch_size=512, verbose=0)

# %% look at it
fig, ax = plt.subplots()
ax.plot(h.history["loss"], "k:", h.history["val_loss"], "k-")
ax.legend(["loss", "val_loss"])
fig

# %%
plt.show()

# %% final training
model = make()
model.fit(X, y, epochs=4, batch_size=512, verbose=0)
model.evaluate(X_test, y_test, verbose=0)
