# %%
import keras
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)


# %%
def model(units):
    m = keras.Sequential([keras.Input((30,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1, "sigmoid")])
    m.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-7),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return m


runs = {units: (m := model(units), m.fit(X_train, y_train, epochs=20, validation_split=0.2, verbose=0)) for units in (16, 32)}
for units, (_, run) in runs.items():
    plt.plot(run.history["val_loss"], label=f"{units} units")
plt.show()
# %%
runs[32][0].evaluate(X_test, y_test)
