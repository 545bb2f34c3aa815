# ruff: noqa: I001
# Sparse targets with 16 million columns: made dense, a few kB become 100 GB in the grading process.
import numpy as np

from hostile import OUT, events, note, train, tried

train()
tried()
fit = next(event for event in events() if event["event"] == "fit")
fitted = next(event for event in events() if event["event"] == "fitted")
rows, name = 16, f"{7:032x}"  # 16 rows: 1 GB is enough to prove it
np.save(OUT / "tensors" / f"{name}.columns.npy", np.zeros(rows, np.uint32))
np.save(OUT / "tensors" / f"{name}.starts.npy", np.arange(rows + 1, dtype=np.int64))
y = {"kind": "sparse", "id": name, "shape": [rows, 1 << 24], "dtype": "float32", "rows": [0, rows, 1]}
x = fit["x"] | {"rows": [0, rows, 1]}
note(fit | {"id": 800, "x": x, "y": y}, fitted | {"id": 801, "fit": 800})
