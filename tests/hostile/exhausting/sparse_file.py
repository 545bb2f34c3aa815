# ruff: noqa: PTH123
# A file of 60 MB that holds one byte: copied without care, it takes its whole size.
from hostile import OUT, train, tried

train()
tried()
for name in ("tensors/hole.npy", "models/s9.keras"):
    with open(OUT / name, "wb") as file:
        file.truncate(60 << 20)
        file.seek(30 << 20)
        file.write(b"x")
