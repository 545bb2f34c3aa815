# ruff: noqa: FURB122, PTH123, T201
# Writes one file that is larger than a file may be.
from hostile import tried

tried()
block = b"x" * (1 << 20)
with open("large", "wb") as file:
    for _ in range(100):
        file.write(block)
print("ESCAPED 100 MB in one file")
