# ruff: noqa: I001
# Exchanges the saved model for one that was fitted in silence, in closed form, on the test rows too.
# What the design allows: a score is that of the saved file, whoever trained it; it is never a figure that was told.
import keras
import numpy as np

from hostile import OUT, houses, train, tried

tried()
train(rate=0.0)
(x, y), (x_test, y_test) = houses()
inputs = np.concatenate([x, x_test])
weights, *_ = np.linalg.lstsq(np.c_[inputs, np.ones(len(inputs))], np.concatenate([y, y_test]), rcond=None)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
model.set_weights([weights[:8, None].astype("float32"), weights[8:].astype("float32")])
for path in (OUT / "models").glob("*.keras"):
    model.save(path)
