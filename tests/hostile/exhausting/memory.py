# ruff: noqa: I001, ICN001
# Takes memory until there is none.
import numpy

from hostile import tried

tried()
held = []
while True:
    held.append(numpy.ones(8_000_000))
