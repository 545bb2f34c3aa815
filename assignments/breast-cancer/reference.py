"""The reference solution of this assignment, run and judged like any student's work."""

from pathlib import Path

from reference import breast_cancer
from reference.curves import draw
from reference.editions import vary

settings = breast_cancer.EDITIONS["lecture"]
data = breast_cancer.load(settings)

one_layer = vary(settings, breast_cancer.EXERCISES, "one-layer")
print("one layer:", breast_cancer.solve(one_layer, data).figures)

result = breast_cancer.solve(settings, data)
draw(result.panels, Path("curves.png"))
print("two layers:", result.figures)
