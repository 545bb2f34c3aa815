"""The example submissions that ``grader demo`` grades: one right and one instructive for each task."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError

HERE = Path(__file__).parent
FOLDERS = (HERE.parent / "examples", HERE / "_examples")
EXAMPLES = ("imdb", "reuters", "california-housing")


def examples(assignment: str) -> list[Path]:
    """Return the example submissions of an assignment: ``examples/<assignment>/<name>/submission.*``."""
    for folder in FOLDERS:
        found = sorted(folder.glob(f"{assignment}/*/submission.*"))
        if found:
            return found
    message = f"no examples of {assignment} in {FOLDERS[0]}; install the package again"
    raise UsageError(message)
