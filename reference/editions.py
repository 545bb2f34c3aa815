"""Choose settings by the book's edition, and vary them as its exercises ask."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

from reference.errors import UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

__all__ = ["choose", "limit_epochs", "vary"]

S = TypeVar("S", bound="DataclassInstance")
"""A task's settings."""


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
