"""Uploads → Submissions: reads notebooks and modules without running or trusting anything."""

from grader.intake.collect import Collected, Refused, collect
from grader.intake.reading import read

__all__ = ["Collected", "Refused", "collect", "read"]
