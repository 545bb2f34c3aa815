# ruff: noqa: FURB122, PTH123, T201
# Writes until nothing more fits, in files below the limit for one.
from hostile import OUT, tried

tried()
block, number = b"x" * (1 << 20), 0
while True:
    with open(OUT / f"part{number}", "wb") as file:
        for _ in range(32):
            file.write(block)
    number += 1
    if number == 60:
        print("ESCAPED 1,920 MB written")
        break
