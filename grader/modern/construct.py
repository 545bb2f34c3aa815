"""What an entry of the table of old code says: how it was written, how it is written now, how to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Construct:
    """One old spelling.

    ``error`` is a regular expression for the cell's error, ``Type: first line of its message``. The others find
    the spelling in a student's source: each is a regular expression for a whole word, and where several
    are given, one of them is enough. ``of`` narrows ``keyword`` and ``value`` to calls of that name.
    """

    name: str
    group: Literal["Keras", "NumPy, pandas, matplotlib", "TensorFlow 1", "Python and data"]
    old: str
    modern: str  # empty: it is to be left out
    why: str  # one sentence for a student
    error: str = ""  # empty: it never fails
    keyword: str = ""  # an argument's name
    given: str = ""  # ... and what is given for it, as source
    of: str = ""  # ... of a call whose dotted name ends so
    uses: str = ""  # a dotted name that ends so, used or imported
    key: str = ""  # a text in square brackets
    value: str = ""  # a text given as an argument
    text: str = ""  # a line as it stands, for what Python 3 can't parse
    renamed: tuple[tuple[str, str], ...] = ()  # keys of a history, each with its twin that must be there instead
    sure: bool = True  # the source alone tells that it is old: once it has failed, all places can be named
    silent: bool = False  # it may be taken without a word, and has no effect
    mapped: bool = False  # with ``compat = true``

    @property
    def in_source(self) -> bool:
        """Whether a student's source shows it; else only the line that raised does."""
        return bool(self.keyword or self.uses or self.key or self.value or self.text)
