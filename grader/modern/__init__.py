"""Old code that needs only a nudge: which spellings fail today, how they are written now, where they stand."""

from grader.modern.construct import Construct
from grader.modern.constructs import CONSTRUCTS
from grader.modern.explain import Used, old_code

__all__ = ["CONSTRUCTS", "Construct", "Used", "old_code"]
