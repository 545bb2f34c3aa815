# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

data = load_breast_cancer()
x, x_test, y, y_test = train_test_split(data.data, data.target, test_size=0.2, random_state=42, stratify=data.target)
mu, sigma = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - mu) / sigma, (x_test - mu) / sigma


# %%
def make(units):
    net = keras.Sequential()
    net.add(keras.Input((30,)))
    net.add(keras.layers.Dense(units, activation="relu"))
    net.add(keras.layers.Dense(1, activation="sigmoid"))
    net.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return net


nets = [make(16), make(32)]
histories = [net.fit(x[91:], y[91:], validation_data=(x[:91], y[:91]), epochs=30, batch_size=32, verbose=0) for net in nets]
# %%
losses = histories[1].history["loss"]
plt.plot(losses, label="Validation loss")
plt.plot(histories[1].history["val_loss"], label="Training loss")
plt.legend()
plt.show()
# %%
plt.plot(histories[1].history["acc"])
plt.show()
# %%
print(nets[1].evaluate(x_test, y_test, verbose=0))
prediction = nets[1].predict(x_test, verbose=0)
classes = np.argmax(prediction, axis=1)
print("right:", (classes == y_test).mean())
