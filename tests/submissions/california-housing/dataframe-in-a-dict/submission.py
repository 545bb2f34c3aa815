# California housing with pandas

# %%
import keras
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt

(a, b), (c, d) = keras.datasets.california_housing.load_data(version="small")
names = ["longitude", "latitude", "age", "rooms", "bedrooms", "people", "households", "income"]
train = pd.DataFrame(a, columns=names).assign(price=b / 1e5)
test = pd.DataFrame(c, columns=names).assign(price=d / 1e5)
train.describe()

# %%
mean, std = train[names].mean(), train[names].std()
X, X_test = (train[names] - mean) / std, (test[names] - mean) / std
prices, prices_test = train.price, test.price


# %%
def net():
    features = keras.Input((8,), name="features")
    hidden = keras.layers.Dense(64, activation="relu")(features)
    hidden = keras.layers.Dense(64, activation="relu")(hidden)
    model = keras.Model({"features": features}, keras.layers.Dense(1)(hidden))
    model.compile("adam", "mse", metrics=["mae"])
    return model


# %%
fold = np.arange(len(X)) % 4
result = []
for number in range(4):
    model = net()
    model.fit({"features": X[fold != number]}, prices[fold != number], epochs=15, batch_size=16, verbose=0)
    result.append(model.evaluate({"features": X[fold == number]}, prices[fold == number], verbose=0)[1])
print(result)

# %%
model = net()
h = model.fit({"features": X.to_numpy()}, prices, epochs=130, batch_size=16, verbose=0)
plt.plot(h.history["mae"])
plt.title("MAE while training")
plt.show()
model.evaluate({"features": X_test}, prices_test)
