"""Uploads → Submissions: reads notebooks and modules without running or trusting anything."""

from grader.intake.collect import Collected, Refused, collect
from grader.intake.reading import read
from grader.intake.uploads import helpers_of

__all__ = ["Collected", "Refused", "collect", "helpers_of", "read"]
