# ruff: noqa: I001, PTH123
# Arrays whose headers promise 80 GB, fewer than no rows, or records, over a few bytes.
import numpy as np

from hostile import OUT, train, tried

train()
tried()
headers = [(10_000_000_000, "<f8"), (-5, "<f4"), (3, [("a", "<i4")])]
for number, path in enumerate(sorted((OUT / "tensors").glob("*.npy"))):
    rows, kind = headers[number % 3]
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": np.lib.format.dtype_to_descr(np.dtype(kind)), "fortran_order": False, "shape": (rows,)}
        )
        file.write(b"x" * 64)
