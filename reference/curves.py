"""Draw a task's curves to a file, the way the book shows them: dots train, lines validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from reference.records import Panel

__all__ = ["draw"]

PANEL = (5.2, 3.8)
"""Width and height of one panel, in inches."""


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Write the panels side by side to ``path``; its suffix says the format, such as ``.png``.

    Missing folders are made; no display is needed.
    """
    figure = Figure(figsize=(PANEL[0] * len(panels), PANEL[1]), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for panel, place in zip(panels, axes, strict=True):
        _draw_panel(panel, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _draw_panel(panel: Panel, axes: Axes) -> None:
    for name, values in panel.curves.items():
        epochs = range(panel.first_epoch, panel.first_epoch + len(values))
        axes.plot(epochs, values, "o" if name == "training" else "-", markersize=4, label=name)
    axes.set(title=panel.title, xlabel="epoch", ylabel=panel.label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
