"""Measured values → where full credit begins: one-sided tolerance bounds, by published factors."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from statistics import NormalDist

from grader.errors import UsageError

PROBABILITY = 0.999  # a correct solution reaches the threshold at least this often ...
CONFIDENCE = 0.95  # ... as far as this many seeds can tell
FEWEST_VALUES = 5  # below, the approximation of the factor is far off
METHOD = (
    "for each correct variant: mean -/+ k * sd, where sd is the variant's own standard deviation or that of all values "
    "about their variants' means, whichever is larger, and k the one-sided normal tolerance factor for a share of "
    f"{PROBABILITY} at a confidence of {CONFIDENCE} (Natrella's approximation, NBS Handbook 91, section 2-5, with the "
    "degrees of freedom of all variants); full credit begins at the most lenient of these bounds; the baseline is what "
    "the commonest class, or the mean training label, reaches on the test rows"
)


def threshold(values: Mapping[str, tuple[float, ...]], *, higher: bool) -> float:
    """Return where full credit begins: the most lenient of the variants' own tolerance bounds.

    Variants differ in their means, so that their values together are not normal; but how far seeds
    spread is much the same for all, and is known better from all of them.
    """
    return (min if higher else max)(bounds(values, higher=higher).values())


def bounds(values: Mapping[str, Sequence[float]], *, higher: bool) -> dict[str, float]:
    """Return each variant's own tolerance bound."""
    freedom = sum(len(series) - 1 for series in values.values())
    squares = sum(statistics.variance(series) * (len(series) - 1) for series in values.values())
    spread = math.sqrt(squares / freedom)
    margins = {
        name: tolerance_factor(len(series), freedom=freedom) * max(spread, statistics.stdev(series))
        for name, series in values.items()
    }
    sign = -1 if higher else 1
    return {name: statistics.fmean(series) + sign * margins[name] for name, series in values.items()}


def tolerance_factor(
    n: int, *, freedom: int | None = None, probability: float = PROBABILITY, confidence: float = CONFIDENCE
) -> float:
    """Return k so that mean - k * sd bounds a share ``probability`` at ``confidence``, one-sided.

    Args:
        n: values behind the mean, at least 5.
        freedom: degrees of freedom behind the sd; n - 1 when it is of the same values.
        probability: share of a normal distribution beyond the bound.
        confidence: how sure the bound is.
    """
    if n < FEWEST_VALUES:
        message = f"{n} values are too few for a tolerance bound; measure at least {FEWEST_VALUES} seeds"
        raise UsageError(message)
    z_share, z_sure = NormalDist().inv_cdf(probability), NormalDist().inv_cdf(confidence)
    a = 1 - z_sure**2 / (2 * (freedom or n - 1))
    b = z_share**2 - z_sure**2 / n
    return (z_share + math.sqrt(z_share**2 - a * b)) / a
