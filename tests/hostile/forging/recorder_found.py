# ruff: noqa: ANN001, ANN003, ANN201
# Finds the recorder itself among all objects and lets it write whatever is wanted.
import gc

from hostile import houses, network, tried

tried()
recorder = next(each for each in gc.get_objects() if type(each).__name__ == "Recorder")
(x, y), (x_test, y_test) = houses()
model = network(rate=0.0)
write = recorder.write


def embellished(event, **fields):
    if event == "fitted":
        fields["history"] = {"loss": [1e-9] * 99, "mae": [1e-9] * 99}
        fields["error"] = None
    if event == "used":
        fields["values"] = {"loss": 0.0, "mae": 0.0}
    return write(event, **fields)


recorder.write = embellished
recorder.spent = -1e9
model.fit(x, y, epochs=1, verbose=0)
model.evaluate(x_test, y_test, verbose=0)
recorder.cell = 1 << 40
