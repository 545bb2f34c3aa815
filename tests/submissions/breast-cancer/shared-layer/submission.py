# %%
import keras
import matplotlib.pyplot as plt
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

X, y = load_breast_cancer(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
mm = MinMaxScaler().fit(X_tr)
X_tr, X_te = mm.transform(X_tr), mm.transform(X_te)


# %%
def build(times, units=30):
    inputs = keras.Input((30,))
    x = inputs
    for layer in [layers.Dense(units, activation="relu")] * times:
        x = layer(x)
    model = keras.Model(inputs, layers.Dense(1)(x))
    model.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


one, two = build(1, 16), build(2)
h1 = one.fit(X_tr, y_tr, epochs=60, batch_size=32, validation_split=0.2, verbose=0).history
h2 = two.fit(X_tr, y_tr, epochs=60, batch_size=32, validation_split=0.2, verbose=0).history
plt.plot(h1["val_loss"])
plt.plot(h2["val_loss"])
plt.show()
# %%
two.evaluate(X_te, y_te)
answers = (two.predict(X_te) > 0.5).astype(int)
