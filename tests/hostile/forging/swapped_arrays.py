# ruff: noqa: I001
# Trains on the test rows and then writes the training rows into the file that says what it was trained on.
# What the design allows: the record is a claim, and the labels are public (SECURITY.md); the score is the model's own.
import numpy as np

from hostile import OUT, events, houses, network, tried

tried()
(x, y), (x_test, y_test) = houses()
model = network()
model.fit(x_test, y_test, epochs=1, batch_size=64, verbose=0)
model.evaluate(x_test, y_test, verbose=0)
fit = next(event for event in events() if event["event"] == "fit")
for part, rows in (("x", x), ("y", y)):
    np.save(OUT / "tensors" / f"{fit[part]['id']}.values.npy", rows[: len(x_test)])
