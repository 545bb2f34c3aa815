# ruff: noqa: T201
# Prints 100 MB, a line at a time.
from hostile import tried

tried()
for _ in range(100_000):
    print("x" * 1000)
