"""Generate house prices of districts: what people earn, where they live, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["houses"]

ROWS = 20_640
NEIGHBOURS = 600
"""Consecutive rows lie in one region; the loader's small version is the first region."""
LOWEST, HIGHEST = 60_000, 500_000
"""Prices in dollars; the real ones are capped too."""


def houses(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw districts with their median house prices.

    Args:
        rng: The random stream.

    Returns:
        ``x`` of shape (20640, 8), float32: longitude, latitude, house age in years, rooms,
        bedrooms, people, households, median income in 10,000 dollars; and ``y`` of shape
        (20640,), float32: prices in dollars.
    """
    east, north = rng.random(ROWS), rng.random(ROWS)  # within the region, 0 to 1
    region = np.arange(ROWS) // NEIGHBOURS
    longitude = -122.35 + 0.3 * east + 0.22 * region
    latitude = 37.68 + 0.23 * north - 0.14 * region

    age = np.floor(2 + 51 * np.sqrt(rng.random(ROWS)))
    income = np.minimum(15, 2.9 * np.exp(0.6 * bell(rng)))
    households = np.floor(8 + 360 * np.exp(1.2 * bell(rng)))
    people = np.floor(households * (1.6 + 2.0 * rng.random(ROWS)))
    rooms_each = 3.2 + 0.45 * income + 1.5 * rng.random(ROWS)
    rooms = np.floor(households * rooms_each)
    bedrooms = np.floor(households * (0.95 + 0.2 * rng.random(ROWS)))

    hills = np.sin(5 * east) * np.cos(4 * north)  # views raise prices, in patches
    crowded = people / households - 2.6
    value = 0.7 * np.log(income / 2.9) + 0.3 * hills - 0.4 * crowded + 0.004 * (age - 30)
    price = 180_000 * np.exp(value + 0.05 * bell(rng))
    price = np.clip(price, LOWEST, HIGHEST)

    columns = [longitude, latitude, age, rooms, bedrooms, people, households, income]
    return np.stack(columns, axis=1).astype("float32"), np.round(price, -2).astype("float32")


def bell(rng: np.random.Generator) -> Array:
    """Draw from a bell of mean 0 and standard deviation 1, made of uniforms, for every row."""
    return np.asarray((rng.random((ROWS, 4)).sum(axis=1) - 2.0) * np.sqrt(3.0))
