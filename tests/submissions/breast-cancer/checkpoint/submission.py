"""Breast cancer: the best epoch comes back from a checkpoint."""

# %%
import keras
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
scaler = MinMaxScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)


# %%
def build(units):
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def train(units, path):
    best = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True, save_weights_only=path.endswith(".weights.h5"))
    slower = keras.callbacks.ReduceLROnPlateau(patience=10)
    return build(units).fit(
        X_train, y_train, validation_split=0.2, epochs=40, batch_size=16, verbose=0, callbacks=[best, slower],
        class_weight={0: 1.3, 1: 1.0},
    )


# %%
small = train(16, "small.weights.h5")
large = train(32, "large.keras")
plt.plot(small.history["val_loss"], label="16 units")
plt.plot(large.history["val_loss"], label="32 units")
plt.legend()
plt.show()

# %%
model = keras.models.load_model("large.keras")
print(model.evaluate(X_test, y_test, verbose=0))
other = build(16)
other.load_weights("small.weights.h5")
print(other.evaluate(X_test, y_test, verbose=0))
