"""What the reference raises, drawn as a tree.

UsageError                 the caller asked for something that isn't there; exit code 2
├── DataError              a data file is missing, or isn't the one that was promised
├── DeviceError            this machine lacks the device or the backend
└── UnknownChoiceError     no such task, edition or exercise
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DataError", "DeviceError", "UnknownChoiceError", "UsageError"]


class UsageError(Exception):
    """The caller asked for something that isn't there."""


class DataError(UsageError):
    """A data file is missing, or isn't the one that was promised."""


class DeviceError(UsageError):
    """This machine lacks the device or the backend."""


class UnknownChoiceError(UsageError):
    """A name that is none of the choices."""

    def __init__(self, *, kind: str, name: str, choices: Iterable[str]) -> None:
        """Say which name was given for what, and what there is to choose from."""
        listed = ", ".join(choices) or "none"
        super().__init__(f"unknown {kind} '{name}'; choose one of: {listed}")
