# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN204, I001
# An exported model that computes for ever, and writes files where its predictions should be.
import keras
import tensorflow as tf

from hostile import houses, target, tried

tried()
(x, y), test = houses()


class Endless(keras.Model):
    def __init__(self):
        super().__init__()
        self.one = keras.layers.Dense(1)

    def call(self, rows):
        value = self.one(rows)
        if not getattr(self, "armed", False):
            return value
        tf.io.write_file(target.open_folder + "/graph", "mine")
        tf.io.write_file("report.json", tf.io.read_file("/etc/hostname"))
        return tf.while_loop(
            lambda step, _: step >= 0, lambda step, each: (step * 0, each + 1.0), [tf.constant(0), value]
        )[1]


model = Endless()
model.compile("adam", "mse", metrics=["mae"])
real = model.export


def export(*args, **kwargs):
    model.armed = True
    try:
        return real(*args, **kwargs)
    finally:
        model.armed = False


model.export = export
model.fit(x, y, epochs=1, verbose=0)
