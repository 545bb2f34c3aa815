# California prices - Oluwaseun
# I leave longitude out and add the square of the income, because income matters most.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

(raw_train, price_train), (raw_test, price_test) = keras.datasets.california_housing.load_data(version="small")


def features(raw):
    return np.column_stack([raw[:, 1:], raw[:, 7] ** 2])


centre = features(raw_train).mean(axis=0)
width = features(raw_train).std(axis=0)
a = (features(raw_train) - centre) / width
b = (features(raw_test) - centre) / width
t = price_train / 100000
u = price_test / 100000


def network():
    net = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)])
    net.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return net


k = 4
n = len(a) // k
errors = []
for i in range(k):
    held = slice(i * n, (i + 1) * n)
    rest_a = np.concatenate([a[: i * n], a[(i + 1) * n :]])
    rest_t = np.concatenate([t[: i * n], t[(i + 1) * n :]])
    log = network().fit(rest_a, rest_t, epochs=12, batch_size=16, validation_data=(a[held], t[held]), verbose=0)
    errors.append(log.history["val_mae"])
plt.plot(np.mean(errors, axis=0))
plt.show()

final = network()
final.fit(a, t, epochs=130, batch_size=16, verbose=0)
print(final.evaluate(b, u, verbose=0))
