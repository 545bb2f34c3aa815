"""Turn what Keras was given and what it returned into plain numbers, names and lists that JSON can hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


def number(kind: Callable[[Any], Any], value: object, otherwise: float) -> Any:
    """Return an argument as a number; a nonsensical one is Keras's to refuse, and the events stay readable."""
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return kind(value or otherwise)
    return otherwise


def callbacks(given: Any) -> list[Json]:
    """Return the callbacks given to fit by name."""
    listed = given if isinstance(given, (list, tuple)) else [given] if given is not None else []
    return [
        {
            "name": type(item).__name__,
            "restores_best": bool(getattr(item, "restore_best_weights", False)),
        }
        for item in listed
    ]


def history(given: Any) -> dict[str, list[float]]:
    """Return the series of numbers that a History holds."""
    values = getattr(given, "history", None) or {}
    return {str(key): [float(value) for value in series] for key, series in values.items() if _is_series(series)}


def _is_series(series: object) -> bool:
    return isinstance(series, (list, tuple)) and all(hasattr(value, "__float__") for value in series)


def numbers(value: Any) -> dict[str, float] | None:
    """Return what evaluate returned, by name or by place."""
    if isinstance(value, dict):
        return {str(key): float(item) for key, item in value.items() if hasattr(item, "__float__")}
    listed = value if isinstance(value, (list, tuple)) else [value]
    return {str(place): float(item) for place, item in enumerate(listed) if hasattr(item, "__float__")} or None
