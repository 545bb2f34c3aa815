# ruff: noqa: ANN201, F401, T201
# Calls itself without end, in Python and past Python's own limit.
import sys
import threading

from hostile import tried

tried()


def deeper():
    return deeper() + 1


try:
    deeper()
except RecursionError as error:
    print("refused:", error)
sys.setrecursionlimit(1 << 30)
nested = []
for _ in range(10_000_000):
    nested = [nested]
repr(nested)
