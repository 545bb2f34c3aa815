"""The reference solution of this assignment, run and judged like any student's work."""

from pathlib import Path

from reference import california_full
from reference.curves import draw
from reference.editions import limit_epochs, vary

settings = california_full.EDITIONS["lecture"]
data = california_full.load(settings)

one_layer = vary(settings, california_full.EXERCISES, "one-layer")
print("one layer, 20 epochs:", california_full.solve(limit_epochs(one_layer, 20), data).figures)

result = california_full.solve(settings, data)
draw(result.panels, Path("curves.png"))
print("two layers:", result.figures)
