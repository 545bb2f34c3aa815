"""California houses with cross_val_score: the Keras model wears scikit-learn's clothes."""

# %%
import keras
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

(X, y), (X_test, y_test) = keras.datasets.california_housing.load_data(version="small")
y, y_test = y / 100_000, y_test / 100_000


# %%
class KerasRegressor(RegressorMixin, BaseEstimator):
    def __init__(self, epochs=15, units=64):
        self.epochs = epochs
        self.units = units

    def fit(self, X, y):
        self.model_ = keras.Sequential(
            [
                keras.layers.Dense(self.units, activation="relu"),
                keras.layers.Dense(self.units, activation="relu"),
                keras.layers.Dense(1),
            ]
        )
        self.model_.compile(optimizer="adam", loss="mse", metrics=["mae"])
        self.history_ = self.model_.fit(X, y, epochs=self.epochs, batch_size=16, verbose=0).history
        return self

    def predict(self, X):
        return self.model_.predict(X, verbose=0)[:, 0]


# %%
folds = KFold(n_splits=4, shuffle=True, random_state=0)
pipeline = make_pipeline(StandardScaler(), KerasRegressor())
scores = -cross_val_score(pipeline, X, y, cv=folds, scoring="neg_mean_absolute_error")
print(pd.Series(scores, name="MAE of each fold"))

# %%
pipeline = make_pipeline(StandardScaler(), KerasRegressor(epochs=130)).fit(X, y)
plt.plot(pipeline[-1].history_["mae"])
plt.xlabel("epoch")
plt.ylabel("MAE")
plt.show()
print("test MAE", abs(pipeline.predict(X_test) - y_test).mean())
