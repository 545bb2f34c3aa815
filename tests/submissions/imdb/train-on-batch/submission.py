"""IMDb, epoch by epoch and batch by batch."""

# %%
import matplotlib.pyplot as plt
import numpy as np
from tensorflow.keras import layers, models
from tensorflow.keras.datasets import imdb

(a, ya), (b, yb) = imdb.load_data(num_words=10000)


def hot(texts):
    out = np.zeros((len(texts), 10000), dtype=np.float32)
    for i, text in enumerate(texts):
        out[i, text] = 1
    return out


A, B = hot(a), hot(b)


# %%
def make():
    m = models.Sequential([layers.Dense(16, "relu"), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
    m.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return m


def train(m, x, y, epochs, held_out=None):
    losses = []
    for epoch in range(epochs):
        order = np.random.permutation(len(x))
        for start in range(0, len(x), 512):
            rows = order[start : start + 512]
            m.train_on_batch(x[rows], y[rows])
        if held_out is not None:
            losses.append(m.evaluate(*held_out, verbose=0)[0])
    return losses


# %%
quarter = len(A) // 4
validation_losses = train(make(), A[quarter:], ya[quarter:], 8, held_out=(A[:quarter], ya[:quarter]))
plt.plot(validation_losses)
plt.show()
best = int(np.argmin(validation_losses)) + 1

# %%
model = make()
train(model, A, ya, max(best, 3))
print(model.evaluate(B, yb, verbose=0))
