# ruff: noqa: E501, I001
# Sparse arrays that contradict themselves: rows that go back, columns out of the table, more than all memory.
import numpy as np

from hostile import OUT, events, note, train, tried

train()
tried()
fit = next(event for event in events() if event["event"] == "fit")
rows = fit["x"]["shape"][0]
for number, (columns, starts, width) in enumerate((
    ([1, 2, 3], [0, 3, 1, *[3] * (rows - 2)], 8), ([9], [0, *[1] * rows], 8), ([0], [0, *[1] * rows], 1 << 40), ([0], [0] * (rows + 1), 8),
)):  # fmt: skip
    name = f"{number + 1:032x}"
    np.save(OUT / "tensors" / f"{name}.columns.npy", np.array(columns, np.uint32))
    np.save(OUT / "tensors" / f"{name}.starts.npy", np.array(starts, np.int64))
    note(
        fit
        | {
            "id": 800 + number,
            "x": {"kind": "sparse", "id": name, "shape": [rows, width], "dtype": "float32", "rows": [0, rows, 1]},
        }
    )
