"""Write docs/diagnoses.md: every misconception that is recognised, by what, where the book has it, and the fix.

    python docs/diagnoses.py > docs/diagnoses.md

All words are the detectors' own, as students read them.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Diagnoses

Named misconceptions that are recognised from what a submission did. They inform; only criteria give points. Each is
told with the student's own line, why it matters, and one next step, those that spoil most first.

A diagnosis is made where the record leaves no other reading: it is about the model that is graded, or, for mistakes on
the way there, the runs on the same data that led to it. An exercise done beside a good graded model (a bottleneck,
another loss, shuffled labels) is none. A mistake that is explained as old code is not told again. A detector that
breaks leaves out its own diagnosis and is noted; no grade waits for it.

Sections are those of *Deep Learning with Python*, 3rd edition; an assignment that names sections of its own text beside
its criteria has those told instead. Written by `python docs/diagnoses.py` from `grader/diagnose/`."""
WEIGHTS = {
    "SCORE_MEANS_NOTHING": "The score means nothing",
    "CANNOT_LEARN": "The model can't learn",
    "LEARNS_LESS": "The model learns less than it could",
    "READS_WRONG": "The result is read wrongly",
}


def page() -> str:
    """Return the page."""
    sys.path.insert(0, str(ROOT))
    from grader.diagnose import DETECTORS, Weight  # noqa: PLC0415

    lines = [HEAD]
    for weight in Weight:
        lines += ["", f"## {WEIGHTS[weight.name]}"]
        for each in (one for one in DETECTORS if one.weight is weight):
            lines += [
                "",
                f"### {each.name}",
                f"**{each.title}.** {each.why}",
                "",
                f"- Recognised by: {each.evidence}",
                f"- Section: {each.topic.section}",
                f"- Fix: {each.fix}",
            ]
            if each.hides:
                lines.append(f"- Told instead of what follows from it: {', '.join(each.hides)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
