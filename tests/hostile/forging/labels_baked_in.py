# ruff: noqa: ANN001, ANN201, ANN204, I001
# A model that knows the test labels by heart: it looks up the nearest test row. It learned nothing.
# What the design allows: public labels can be known, and then the score is verified and true; the layers tell.
import keras
import numpy as np
import tensorflow as tf

from hostile import houses, tried

tried()
(x, y), (x_test, y_test) = houses()


class Oracle(keras.Model):
    def __init__(self):
        super().__init__()
        self.one = keras.layers.Dense(1)

    def call(self, rows):
        known = tf.constant(x_test.astype(np.float32))
        far = tf.reduce_sum((tf.cast(rows, tf.float32)[:, None, :] - known[None]) ** 2, axis=2)
        told = tf.gather(tf.constant(y_test.astype(np.float32)), tf.argmin(far, axis=1))
        return told[:, None] + 0.0 * self.one(rows)


model = Oracle()
model.compile("adam", "mse", metrics=["mae"])
model.fit(x, y, epochs=1, verbose=0)
model.evaluate(x_test, y_test, verbose=0)
