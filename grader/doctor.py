"""What is here: versions, isolation levels tried one by one, data sets; a line each."""

from __future__ import annotations

from collections.abc import Iterator

from grader.data import open_folder
from grader.errors import UsageError
from grader.loaders import LOADERS
from grader.pipeline import environment
from grader.sandbox import probing
from grader.sandbox.levels import Level


def lines() -> Iterator[str]:
    """Yield the report's lines; probing a level takes a second or two."""
    for name, value in environment().items():
        yield f"{name:12} {value}"
    yield ""
    yield from _isolation()
    yield ""
    yield from _data()


def _isolation() -> Iterator[str]:
    """Say which isolation levels can be had, by trying each, and what stays possible in them."""
    for level in Level:
        found = probing.offer(level)
        yield f"isolation {level:12} {'no: ' + found.why_not if found.why_not else 'yes'}"
        for words in () if found.why_not else found.stays_open:
            yield f"{'':23}code in there can still {words}"
    try:
        yield f"'grader grade' uses {probing.choose('auto').level}"
    except UsageError as error:
        yield f"'grader grade' refuses: {error}"


def _data() -> Iterator[str]:
    for loader in LOADERS:
        try:
            source = open_folder(None).source(loader).description
        except UsageError as error:
            source = str(error)
        yield f"{loader:24} {source}"
