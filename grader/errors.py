"""What the grader raises, drawn as a tree: faults of ours or of the instructor's, never of the student's.

```
GraderError                  one clear line for the person at the terminal
├── UsageError               something the caller gave can't be used               exit code 2
│   ├── SubmissionUnreadable a file that is no notebook and no module
│   ├── AssignmentInvalid    an assignment folder with a mistake in it
│   └── DataMissing          a data set that isn't where it was said to be
└── GradingFailed            the grader's own fault: the grade is withheld         exit code 3
    ├── BoxFailed            the kernel or predictor process could not be started
    └── CaptureInvalid       what came out of the box breaks the format
```

A student's mistake is never an exception here: it is a value, a finding or an exit.
"""


class GraderError(Exception):
    """Base of everything the grader raises on purpose; its text is one line for a person."""

    exit_code = 3


def told(error: Exception) -> str:
    """Return what a student may read of an error: our own words, but no text that may hold paths of this machine."""
    return str(error) if isinstance(error, GraderError) else type(error).__name__


class UsageError(GraderError):
    """Something the caller gave can't be used: the text names it, what was found and the remedy."""

    exit_code = 2


class SubmissionUnreadable(UsageError):
    """A submitted file is not a notebook or module that can be read."""


class AssignmentInvalid(UsageError):
    """An assignment folder is missing or has a mistake: file, line, field and choices are named."""


class DataMissing(UsageError):
    """A data set is not in the data folder; the text names both remedies."""


class GradingFailed(GraderError):
    """The grader itself failed; the grade is withheld, never zero."""


class BoxFailed(GradingFailed):
    """A kernel or predictor process could not be started or spoken to."""


class CaptureInvalid(GradingFailed):
    """A file that came out of the box breaks the capture format."""
