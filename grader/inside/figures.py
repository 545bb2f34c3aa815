"""Note the matplotlib figures that a student shows or saves: titles, labels and the lines drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

LINE_POINTS = 2000  # more points of one line are not kept
LINES = 40


def watch(note: Callable[[dict[str, Any]], None]) -> None:
    """Call ``note`` with a description of each figure that is rendered, inline or to a file."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:  # matplotlib is not installed: nothing can be shown
        return
    original = FigureCanvasBase.print_figure

    def print_figure(self: Any, *args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(Exception):
            note(_describe(self.figure))
        return original(self, *args, **kwargs)

    FigureCanvasBase.print_figure = print_figure  # type: ignore[method-assign]


def no_windows() -> None:
    """Ignore requests for a window toolkit (``matplotlib.use("TkAgg")``): there is no screen here."""
    with contextlib.suppress(ImportError):
        import matplotlib as mpl

        original = mpl.use

        def use(backend: str, *args: Any, **kwargs: Any) -> None:
            if backend.lower() in {
                "agg",
                "svg",
                "pdf",
                "inline",
                "module://matplotlib_inline.backend_inline",
            }:
                original(backend, *args, **kwargs)

        mpl.use = use


def _describe(figure: Any) -> dict[str, Any]:
    return {"axes": [_axes(axes) for axes in figure.axes[:20]]}


def _axes(axes: Any) -> dict[str, Any]:
    return {
        "title": str(axes.get_title())[:200],
        "xlabel": str(axes.get_xlabel())[:200],
        "ylabel": str(axes.get_ylabel())[:200],
        "lines": [points for line in axes.get_lines()[:LINES] if (points := _points(line))],
        "points": sum(len(item.get_offsets()) for item in axes.collections[:LINES] if hasattr(item, "get_offsets")),
    }


def _points(line: Any) -> list[float]:
    with contextlib.suppress(TypeError, ValueError):  # dates, words
        return [float(value) for value in list(line.get_ydata())[:LINE_POINTS]]
    return []
