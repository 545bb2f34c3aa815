"""Choose settings by the book's edition, and vary them as its exercises ask."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from reference.errors import UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

__all__ = ["choose", "default", "limit_epochs", "limit_rows", "seeded", "vary"]

S = TypeVar("S", bound="DataclassInstance")
"""A task's settings."""
OTHER_SPLITS = 1_000
"""Where the seeds of splits begin that follow a run's seed; well away from the texts' own, 42."""


def default(editions: Mapping[str, S]) -> str:
    """Return the edition that is meant when none is named: the last, which is the newest."""
    return list(editions)[-1]


def choose(editions: Mapping[str, S], edition: str) -> S:
    """Return an edition's settings.

    Raises:
        UnknownChoiceError: The task isn't in that edition.
    """
    if edition not in editions:
        raise UnknownChoiceError(kind="edition", name=edition, choices=editions)
    return editions[edition]


def vary(settings: S, exercises: Mapping[str, Mapping[str, Any]], name: str) -> S:
    """Return the settings with one exercise's changes.

    Raises:
        UnknownChoiceError: The task has no such exercise.
    """
    if name not in exercises:
        raise UnknownChoiceError(kind="exercise", name=name, choices=exercises)
    return dataclasses.replace(settings, **exercises[name])


def limit_epochs(settings: S, most: int) -> S:
    """Return the settings with no run longer than ``most`` epochs, for a quick look."""
    changes = {
        field.name: min(most, getattr(settings, field.name))
        for field in dataclasses.fields(settings)
        if field.name.endswith("epochs")
    }
    return dataclasses.replace(settings, **changes)


def limit_rows(settings: S, rows: int) -> S:
    """Return the settings for no more than ``rows`` training rows: a quarter of them is held out at most."""
    if not hasattr(settings, "held_out"):
        return settings
    changes: dict[str, Any] = {"held_out": min(settings.held_out, rows // 4)}
    return dataclasses.replace(settings, **changes)


def seeded(settings: S, seed: int) -> S:
    """Return the settings for one run, whose seed decides on the first weights and on the order of batches.

    Where an exercise lets the split follow the seed (``other-split``), the rows are split anew too.
    """
    changes: dict[str, Any] = {"seed": seed}  # every task's settings have one
    if getattr(settings, "split_follows_seed", False):
        changes["split_seed"] = OTHER_SPLITS + seed
    return dataclasses.replace(settings, **changes)
