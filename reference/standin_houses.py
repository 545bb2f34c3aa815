"""Generate house prices of districts in California and around Boston: what people earn, where they live, noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["boston", "houses", "table"]

ROWS = 20_640
NEIGHBOURS = 600
"""Consecutive rows lie in one region; the loader's small version is the first region."""
LOWEST, HIGHEST = 60_000, 500_000
"""Prices in dollars; the real ones are capped too."""
FULL_LOWEST, FULL_HIGHEST = 14_999, 500_001
"""The same in scikit-learn's file."""
HOMES = 506
"""Rows of the Boston set."""


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


def table(rng: np.random.Generator) -> Array:
    """Draw districts as scikit-learn keeps them.

    Prices follow the state's map and scatter more than those of :func:`houses`, whose small
    version is one region.

    Args:
        rng: The random stream.

    Returns:
        Shape (20640, 9), float64: price in dollars, median income in 10,000 dollars, house age in
        years, rooms, bedrooms, people, households, latitude, longitude.
    """
    features, _ = houses(rng)
    longitude, latitude, age, rooms, bedrooms, people, households, income = features.astype("float64").T
    east, north = (longitude + 122.35) / 7.8, (latitude - 32.9) / 5.0  # within the state, 0 to 1
    coast = np.sin(6 * east) * np.cos(5 * north)
    crowded = people / households - 2.6
    value = 0.75 * np.log(income / 2.9) + 0.35 * coast - 0.25 * crowded + 0.006 * (age - 30)
    price = 195_000 * np.exp(value + 0.24 * bell(rng))
    price = np.round(np.clip(price, FULL_LOWEST, FULL_HIGHEST), -2)
    return np.stack([price, income, age, rooms, bedrooms, people, households, latitude, longitude], axis=1)


def boston(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw houses in the columns of the Boston set.

    Column "B", which the real set computes from the share of Black residents, is a number without
    any meaning here: nothing else depends on it.

    Args:
        rng: The random stream.

    Returns:
        ``x`` of shape (506, 13), float64, in the real set's order: crime, large plots, industry,
        river, nitric oxides, rooms, age, distance, highways, tax, pupils per teacher, "B", share of
        poor; and ``y`` of shape (506,), float64: prices in 1,000 dollars.
    """
    town = rng.random(HOMES)  # 0 is the country, 1 the centre
    wealth = bell(rng, HOMES)
    crime = 0.02 + 60 * town**6 * rng.random(HOMES)
    plots = np.where(town < 0.27, np.floor(100 * rng.random(HOMES)), 0.0)
    industry = 1 + 18 * town + 6 * rng.random(HOMES)
    river = (rng.random(HOMES) < 0.07).astype("float64")
    oxides = 0.39 + 0.35 * town * rng.random(HOMES)
    rooms = np.clip(6.3 + 0.5 * wealth + 0.45 * bell(rng, HOMES), 3.6, 8.8)
    age = np.clip(100 * town + 25 * bell(rng, HOMES), 3, 100)
    distance = 1.1 + 8 * (1 - town) ** 2 + 1.5 * rng.random(HOMES)
    highways = np.where(town > 0.7, 24.0, np.floor(1 + 8 * rng.random(HOMES)))
    tax = np.floor(190 + 120 * rng.random(HOMES) + np.where(town > 0.7, 350, 0))
    pupils = 12.6 + 9 * rng.random(HOMES)
    poor = np.clip(12 * np.exp(-0.45 * wealth + 0.35 * bell(rng, HOMES)), 1.7, 38)

    size = np.maximum(rooms - 6.2, 0) ** 1.5  # the more rooms, the more another one is worth
    price = 23 + 8 * size - 6.5 * np.log(poor / 11) - 0.55 * (pupils - 17) + 3.5 * river
    price += 3.0 * np.cos(4 * town) - 0.12 * crime + 2.2 * bell(rng, HOMES)
    meaningless = 396.9 * rng.random(HOMES)
    columns = [crime, plots, industry, river, oxides, rooms, age, distance, highways, tax, pupils, meaningless, poor]
    return np.stack(columns, axis=1), np.round(np.clip(price, 5, 50), 1)


def bell(rng: np.random.Generator, rows: int = ROWS) -> Array:
    """Draw from a bell of mean 0 and standard deviation 1, made of uniforms, for every row."""
    return np.asarray((rng.random((rows, 4)).sum(axis=1) - 2.0) * np.sqrt(3.0))
