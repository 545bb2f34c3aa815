"""The table of old code: every spelling that is explained, in the order in which it is looked for."""

from __future__ import annotations

from grader.modern.construct import Construct
from grader.modern.keras_calls import KERAS_CALLS
from grader.modern.keras_names import KERAS_NAMES
from grader.modern.libraries import LIBRARIES

CONSTRUCTS: tuple[Construct, ...] = (*KERAS_NAMES, *KERAS_CALLS, *LIBRARIES)
BY_NAME = {construct.name: construct for construct in CONSTRUCTS}
