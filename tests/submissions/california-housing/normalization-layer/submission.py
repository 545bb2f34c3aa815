"""California houses. The network standardises its inputs itself, with a Normalization layer."""

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.california_housing.load_data(version="small")
y_train, y_test = y_train / 1e5, y_test / 1e5


# %%
def build(samples):
    scale = keras.layers.Normalization()
    scale.adapt(samples)
    model = keras.Sequential(
        [
            keras.Input(shape=(8,)),
            scale,
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return model


# %%
k = 4
size = len(x_train) // k
curves = []
for i in range(k):
    here = np.zeros(len(x_train), bool)
    here[i * size : (i + 1) * size] = True
    model = build(x_train[~here])
    log = model.fit(
        x_train[~here], y_train[~here], validation_data=(x_train[here], y_train[here]),
        epochs=15, batch_size=16, verbose=0,
    )
    curves.append(log.history["val_mae"])
plt.plot(np.mean(curves, axis=0))
plt.ylabel("validation MAE")
plt.show()

# %%
model = build(x_train)
model.fit(x_train, y_train, epochs=130, batch_size=16, verbose=0)
model.evaluate(x_test, y_test)
