"""Inputs to call a student's functions on, drawn from a seed, and what is wrong with an answer to them.

Only inputs ever go into a box. What a right function returns is computed here, from the definitions in the book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader.answers import differs, folds_problem, scaled_problem
from grader.calls import Returned

Array = np.ndarray[Any, Any]
Argument = Mapping[str, Any]  # as it goes into the box, with its name: see inside/functions.py
Kind = Literal["k_fold", "multi_hot", "one_hot", "smooth_curve", "standardise"]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One call: what is passed, and a judge of what comes back, who says what is wrong with it, if anything."""

    arguments: tuple[Argument, ...]
    problem: Callable[[Returned], str | None]

    def text(self) -> str:
        """Return the arguments as a student would write them, shortened where they are long."""
        return ", ".join(_told(each) for each in self.arguments)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A kind of function: what it is called with, what it returns, and how inputs are drawn."""

    takes: str  # parameters, in their order
    returns: str  # for an instructor and a student alike
    draw: Callable[[np.random.Generator], tuple[Probe, ...]]


def probes(kind: str, seed: int) -> tuple[Probe, ...]:
    """Return the inputs of a kind, smallest first: the same for the same seed."""
    return KINDS[kind].draw(np.random.default_rng(seed))


# --- texts and labels -----------------------------------------------------------------------------


def _multi_hot(random: np.random.Generator) -> tuple[Probe, ...]:
    few, many = 8, int(random.integers(60, 90))
    first, second, third = (int(word) for word in random.permutation(few - 1)[:3])
    small = [[first, second, first], [few - 1], [third]]  # a word twice, and the last place
    empty = [[second], [], [third, few - 1]]
    long = [random.integers(0, many, random.integers(3, 30)).tolist() for _ in range(20)]
    return tuple(
        Probe(
            arguments=({"name": "sequences", "lists": texts}, {"name": "dimension", "value": width}),
            problem=differs(_marked(texts, width)),
        )
        for texts, width in ((small, few), (empty, few), ([[first, few]], few + 1), (long, many))
    )


def _marked(texts: list[list[int]], width: int) -> Array:
    marked = np.zeros((len(texts), width))
    for row, words in enumerate(texts):
        marked[row, np.array(words, np.int64)] = 1
    return marked


def _one_hot(random: np.random.Generator) -> tuple[Probe, ...]:
    few, many = 4, int(random.integers(20, 40))
    small = random.permutation(few)
    absent = random.integers(0, few - 1, 5)  # the last class does not occur
    cases = ((small, few), (absent, few), (np.zeros(3, np.int64), 1), (random.integers(0, many, 50), many))
    return tuple(
        Probe(
            arguments=(
                {"name": "labels", "array": labels.tolist(), "dtype": "int64"},
                {"name": "classes", "value": classes},
            ),
            problem=differs(np.eye(classes)[labels]),
        )
        for labels, classes in cases
    )


# --- curves, folds and scaling --------------------------------------------------------------------


def _smooth_curve(random: np.random.Generator) -> tuple[Probe, ...]:
    small = [float(point) for point in random.permutation(9)[:4]]
    long = [round(float(point), 3) for point in 2 + random.normal(0, 1, 40).cumsum()]
    return tuple(
        Probe(
            arguments=({"name": "points", "value": points}, {"name": "factor", "value": factor}),
            problem=differs(_smoothed(points, factor), exact=False),
        )
        for points, factor in ((small, 0.5), (small[:2], 0.9), (long, 0.9))
    )


def _smoothed(points: list[float], factor: float) -> Array:
    smooth = points[:1]
    for point in points[1:]:
        smooth.append(factor * smooth[-1] + (1 - factor) * point)
    return np.array(smooth)


def _k_fold(random: np.random.Generator) -> tuple[Probe, ...]:
    cases = []
    for rows, folds in ((8, 4), (10, 3), (6, 2), (int(random.integers(40, 60)), 5)):
        data = np.stack([np.arange(rows), random.integers(100, 999, rows)], axis=1).astype(np.float64)
        arguments = ({"name": "data", "array": data.tolist(), "dtype": "float64"}, {"name": "k", "value": folds})
        cases.append(Probe(arguments=arguments, problem=folds_problem(data, folds)))
    return tuple(cases)


def _standardise(random: np.random.Generator) -> tuple[Probe, ...]:
    cases = []
    for rows, others in ((4, 2), (30, 10)):
        train, test = (random.integers(0, 90, (size, 2)) * np.array([1.0, 50.0]) for size in (rows, others))
        train[0] = 99, 7  # no column is constant
        arguments = tuple(
            {"name": name, "array": array.tolist(), "dtype": "float64"}
            for name, array in (("train", train), ("test", test))
        )
        cases.append(Probe(arguments=arguments, problem=scaled_problem(train, test)))
    return tuple(cases)


KINDS: Mapping[str, Inputs] = {
    "k_fold": Inputs(
        takes="data, k",
        returns="k pairs of training and validation rows, each as indices, as masks, or as the rows themselves",
        draw=_k_fold,
    ),
    "multi_hot": Inputs(
        takes="sequences, dimension",
        returns="for each list of word indices a row of dimension places, 1 where a word occurs, else 0",
        draw=_multi_hot,
    ),
    "one_hot": Inputs(
        takes="labels, classes",
        returns="for each label a row of as many places as there are classes, 1 in the place of its class, else 0",
        draw=_one_hot,
    ),
    "smooth_curve": Inputs(
        takes="points, factor",
        returns="the first point, then for each the last result times factor plus the point times (1 - factor)",
        draw=_smooth_curve,
    ),
    "standardise": Inputs(
        takes="train, test",
        returns="both arrays, minus the mean of each column of train, divided by its standard deviation in train",
        draw=_standardise,
    ),
}


SHOWN = 90  # characters of an argument


def _told(argument: Argument) -> str:
    value = argument.get("lists", argument.get("array", argument.get("value")))
    text = str(value).replace(".0,", ".,").replace(".0]", ".]")
    if len(text) > SHOWN and isinstance(value, list):
        text = f"({len(value)} {'texts' if 'lists' in argument else 'rows or numbers'})"
    return f"{argument['name']}={text}"
