# ruff: noqa: ANN201, I001
# A model whose class lies: it shows layers it hasn't got and saves another model than it is.
import keras

from hostile import houses, tried

tried()


class Liar(keras.Sequential):
    @property
    def layers(self):
        return [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]

    def count_params(self):
        return 4801

    def get_config(self):
        return {"name": "honest", "layers": []}


(x, y), (x_test, y_test) = houses()
model = Liar([keras.Input((8,)), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.0), "mse", metrics=["mae"])
model.fit(x, y, epochs=1, verbose=0)
model.evaluate(x_test, y_test, verbose=0)
