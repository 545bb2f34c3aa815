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
# # California, the large version
# Nikos P. — early stopping instead of a fixed number of epochs.

# %%
import matplotlib.pyplot as plt
import tensorflow as tf
from sklearn.datasets import fetch_california_housing
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

# %% data
X, y = fetch_california_housing(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.2, random_state=42)
sc = StandardScaler().fit(X_tr)
X_tr, X_te = sc.transform(X_tr).astype("float32"), sc.transform(X_te).astype("float32")
y_tr, y_te = y_tr.reshape(-1, 1), y_te.reshape(-1, 1)

# %% models
def net(*hidden):
    inputs = tf.keras.Input(shape=(8,))
    outputs = inputs
    for units in hidden:
        outputs = tf.keras.layers.Dense(units, activation="swish")(outputs)
    outputs = tf.keras.layers.Dense(1, activation=None)(outputs)
    model = tf.keras.Model(inputs, outputs)
    model.compile(loss="mse", optimizer=tf.keras.optimizers.Adam(2e-3), metrics=["mae"])
    return model


# %% [markdown]
# 10 epochs without improvement are enough.

# %% training
logs = []
for hidden in [(64,), (64, 64)]:
    stop = tf.keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    model = net(*hidden)
    logs.append(model.fit(X_tr, y_tr, validation_split=0.2, epochs=50, batch_size=64, callbacks=[stop], verbose=0))
    print(hidden, "best validation loss", min(logs[-1].history["val_loss"]))

# %% curves
for log, name in zip(logs, ["64", "64-64"]):
    plt.plot(log.history["val_loss"], label=name)
plt.ylim(0.2, 0.8)
plt.legend()
plt.show()

# %% [markdown]
# Two layers.

# %% test
model.evaluate(X_te, y_te)
