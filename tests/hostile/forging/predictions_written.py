# ruff: noqa: I001
# Leaves the predictor's own files, with perfect predictions, where a careless grader would take them from.
import json

import numpy as np

from hostile import OUT, events, houses, train, tried

tried()
train(rate=0.0)
_, (_, truth) = houses()
state = next(event["state"] for event in events() if event["event"] == "fitted")
for folder in (OUT, OUT / "models", OUT / "tensors"):
    for name in ("california-housing", "predictions"):
        np.save(folder / f"{state}.{name}.npy", truth.astype(np.float32)[:, None])
    (folder / "report.json").write_text(
        json.dumps([{"state": state, "loaded": "keras", "structure": None, "errors": []}])
    )
