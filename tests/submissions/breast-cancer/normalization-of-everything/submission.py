"""Breast cancer with a layer that standardises: adapted to all samples."""

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from tensorflow.keras import layers, models

data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.25, random_state=0)
standardise = layers.Normalization()
standardise.adapt(data.data)


# %%
def network(*units):
    stack = [layers.Input((30,)), standardise, *(layers.Dense(n, activation="relu") for n in units)]
    model = models.Sequential([*stack, layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


# %%
for units in [(16,), (32, 16)]:
    model = network(*units)
    log = model.fit(X_train, y_train, validation_split=0.2, epochs=30, batch_size=16, verbose=0).history
    plt.plot(log["val_loss"], label=str(units))
plt.legend()
plt.show()

# %%
model.evaluate(X_test, y_test)
