# %% [markdown]
# Breast cancer, homework 3
# %%
import matplotlib.pyplot as plt
from keras import Sequential
from keras.layers import Dense, Input
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
# %%
scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)


# %%
def network(units):
    model = Sequential([Input((30,)), Dense(units, activation="relu"), Dense(15, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


small = network(8)
h_small = small.fit(X_train, y_train, validation_split=0.2, epochs=40, batch_size=64, verbose=0)
large = network(30)
h_large = large.fit(X_train, y_train, validation_split=0.2, epochs=40, batch_size=64, verbose=0)
# %%
plt.plot(h_small.history["val_loss"], label="8 units")
plt.plot(h_large.history["val_loss"], label="30 units")
plt.legend()
plt.show()
# %%
print(large.evaluate(X_test, y_test, verbose=0))
