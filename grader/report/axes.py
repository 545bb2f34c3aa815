"""Straight scales, sensible tick numbers and SVG elements: what every chart is drawn with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from collections.abc import Iterable

# Beyond this a training loss has diverged, and differences between two such floats overflow.
LARGEST: Final = 1e30
_FLAT: Final = 1e-6  # a range this small beside its values is one value, drawn in the middle
_TINY: Final = 1e-30  # below this a range has no round numbers left in it
_DECIMALS_MOST: Final = 6
_LABEL_LARGEST: Final = 1e7


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A straight scale from values to drawing units; ``start`` is where ``low`` is drawn."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn, in drawing units."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, *, most: int = 5, whole: bool = False) -> tuple[float, ...]:
        """Return round numbers within the range, at most about ``most``."""
        step = tick_step(self.high - self.low, most=most)
        step = max(1.0, step) if whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(number * step for number in range(first, min(last, first + 2 * most) + 1))


def tick_step(span: float, *, most: int) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that gives about ``most`` ticks."""
    raw = span / most
    power: float = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)


def tick_label(value: float, *, step: float) -> str:
    """Return a tick's number with just the decimals that its step needs."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals > _DECIMALS_MOST or abs(value) >= _LABEL_LARGEST:
        return f"{value:.3g}"
    return f"{value:,.{decimals}f}" if value else "0"


def usable(value: float) -> bool:
    """Tell whether a value can be drawn: a number, and not one that has run away."""
    return math.isfinite(value) and abs(value) < LARGEST


def span_of(values: Iterable[float], *, pad: float = 0.06) -> tuple[float, float]:
    """Return a range that holds all values with some air; a single value gets a range too."""
    known = list(values)
    low, high = min(known), max(known)
    size = max(abs(low), abs(high))
    if high - low <= max(_FLAT * size, _TINY):
        air = 0.1 * size if size > _TINY else 0.5
        return low - air, high + air
    return low - pad * (high - low), high + pad * (high - low)


def canvas(*, width: float, height: float, name: str, description: str, ident: str) -> Element:
    """Return an empty drawing with its text alternative: a title and a description."""
    drawing = Element(
        "svg",
        {
            "viewBox": f"0 0 {width:g} {height:g}",
            "role": "img",
            "aria-labelledby": f"{ident}-t {ident}-d",
            "class": "chart",
        },
    )
    SubElement(drawing, "title", {"id": f"{ident}-t"}).text = name
    SubElement(drawing, "desc", {"id": f"{ident}-d"}).text = description
    return drawing


def add(parent: Element, tag: str, text: str | None = None, **attributes: float | str) -> Element:
    """Add an element; numbers are written to a tenth of a unit, ``_`` in names becomes ``-``."""
    written = {
        key.rstrip("_").replace("_", "-"): value if isinstance(value, str) else f"{value:.1f}"
        for key, value in attributes.items()
    }
    child = SubElement(parent, tag, written)
    child.text = text
    return child


def written(drawing: Element) -> str:
    """Return the drawing as markup; ElementTree escapes every text and attribute."""
    return tostring(drawing, encoding="unicode")
