"""Uploads → Submissions: reads notebooks and modules without running or trusting anything."""

from grader.intake.collect import Collected, Remark, collect
from grader.intake.given import Told
from grader.intake.layouts import LAYOUTS, named
from grader.intake.layouts.pattern import layout as pattern_layout
from grader.intake.reading import read
from grader.intake.roster import Person, Roster, read_roster
from grader.intake.rules import Task
from grader.intake.uploads import helpers_of

__all__ = [
    "LAYOUTS",
    "Collected",
    "Person",
    "Remark",
    "Roster",
    "Task",
    "Told",
    "collect",
    "helpers_of",
    "named",
    "pattern_layout",
    "read",
    "read_roster",
]
