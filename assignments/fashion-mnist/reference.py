"""The reference solution of this assignment, run and judged like any student's work."""

from pathlib import Path

from reference import fashion_mnist
from reference.curves import draw
from reference.editions import limit_epochs, vary

settings = fashion_mnist.EDITIONS["lecture"]
data = fashion_mnist.load(settings)

one_layer = vary(settings, fashion_mnist.EXERCISES, "one-layer")
print("one layer, 2 epochs:", fashion_mnist.solve(limit_epochs(one_layer, 2), data).figures)

result = fashion_mnist.solve(settings, data)
draw(result.panels, Path("curves.png"))
print("two layers:", result.figures)
