"""The example submissions that ``grader demo`` grades: one right and one instructive for each task."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError

HERE = Path(__file__).parent
FOLDERS = (
    HERE.parent / "tests" / "submissions",
    HERE / "_examples",
)  # a checkout's, an installed wheel's
EXAMPLES = {
    "imdb": ("functional", "validates-on-test"),
    "reuters": ("functional", "bottleneck-only"),
    "california-housing": ("functional", "test-statistics"),
}


def examples(assignment: str) -> list[Path]:
    """Return the example submissions of an assignment; UsageError when the installation lacks them."""
    for folder in FOLDERS:
        found = [path for name in EXAMPLES[assignment] for path in folder.glob(f"{assignment}/{name}/submission.*")]
        if found:
            return found
    message = f"no examples of {assignment} in {FOLDERS[0]}; install the package again"
    raise UsageError(message)
