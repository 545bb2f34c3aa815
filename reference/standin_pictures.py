"""Generate pictures of 10 classes: smooth patterns, bent, shifted and noisy, as Fashion-MNIST's files hold them.

A picture is a sum of a few smooth waves, cut off at black and white. Each class has several typical
pictures among the same few waves, so that no class lies on one side of a plane: layers matter. A
share of the pictures looks like another class, as real shirts do; no classifier can win those.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["PICTURES", "Pictures", "pictures", "save_gz"]

CLASSES = 10
SIDE = 28
WAVES = 3
"""Waves along either axis; a picture is a sum of their 9 products."""
AT_ONCE = 5_000
"""Pictures that are drawn together, to bound the memory."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """How pictures are drawn."""

    train: int
    """Number of training pictures."""
    test: int
    """Number of test pictures."""
    styles: int
    """Typical pictures of each class."""
    bent: float
    """How far a picture's waves are from its style's, in standard deviations of the styles."""
    noise: float
    """Highest noise of a pixel, as a share of the whole range of brightness."""
    strays: float
    """Share of pictures that look like another class."""


# Chosen by measurement: the lecture's model reaches a test accuracy near the lecture's.
PICTURES = {
    "full": Pictures(train=60_000, test=10_000, styles=6, bent=0.43, noise=0.3, strays=0.075),
    "small": Pictures(train=6_000, test=1_000, styles=3, bent=0.42, noise=0.3, strays=0.075),
}


def pictures(how: Pictures, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Draw training and test pictures with their classes, equally many of each.

    Args:
        how: The sizes and shares to draw with.
        rng: The random stream.

    Returns:
        ``x_train, y_train, x_test, y_test``: brightness from 0 to 255 of shape (samples, 28, 28)
        and classes 0 to 9 of shape (samples,), all uint8.
    """
    centres = bell(rng, (CLASSES, how.styles, WAVES * WAVES))
    x_train, y_train = _draw(how, centres, how.train, rng)
    x_test, y_test = _draw(how, centres, how.test, rng)
    return x_train, y_train, x_test, y_test


def _draw(how: Pictures, centres: Array, samples: int, rng: np.random.Generator) -> tuple[Array, Array]:
    labels = np.argsort(rng.random(samples), kind="stable") % CLASSES  # (samples,)
    away = np.floor(1 + (CLASSES - 1) * rng.random(samples)).astype("int64")
    looks = np.where(rng.random(samples) < how.strays, (labels + away) % CLASSES, labels)
    style = np.floor(how.styles * rng.random(samples)).astype("int64")
    weights = centres[looks, style] + how.bent * bell(rng, (samples, WAVES * WAVES))
    shift = np.floor(3 * rng.random((samples, 2))).astype("int64")  # 0, 1 or 2 pixels to either side
    images = np.empty((samples, SIDE, SIDE), dtype="uint8")
    for start in range(0, samples, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        images[part] = _paint(weights[part], shift[part], how.noise, rng)
    return images, labels.astype("uint8")


def _paint(weights: Array, shift: Array, noise: float, rng: np.random.Generator) -> Array:
    """Turn waves' weights, (samples, 9), and shifts, (samples, 2), into pictures (samples, 28, 28)."""
    canvas = np.arange(SIDE + 2) / (SIDE + 2)
    waves = np.cos(np.pi * np.outer(np.arange(WAVES) + 0.5, canvas))  # (3, 30)
    square = weights.reshape(-1, WAVES, WAVES)
    field = np.einsum("nij,iy,jx->nyx", square, waves, waves, optimize=True)  # (samples, 30, 30)
    rows = shift[:, :1] + np.arange(SIDE)  # (samples, 28)
    columns = shift[:, 1:] + np.arange(SIDE)
    field = field[np.arange(len(field))[:, None, None], rows[:, :, None], columns[:, None, :]]
    lit = np.clip(0.25 + 0.3 * field, 0, 1)
    # Black stays black, as around a piece of clothing; elsewhere the brightness trembles.
    trembling = noise * (rng.random(lit.shape) - 0.5)
    return np.asarray(np.round(255 * np.clip(np.where(lit > 0, lit + trembling, 0), 0, 1)), dtype="uint8")


def bell(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw from a bell of mean 0 and standard deviation 1, made of uniforms."""
    return np.asarray((rng.random((*shape, 4)).sum(axis=-1) - 2.0) * np.sqrt(3.0))


def save_gz(path: Path, array: Array) -> None:
    """Write unsigned bytes as Fashion-MNIST's files have them: the idx format, compressed, without a date."""
    # 8 means unsigned bytes; the number of axes and their lengths follow, most significant byte first.
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(header + array.tobytes())
