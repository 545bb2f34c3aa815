"""Decides what a student may see of a result: the only place that does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.records import Evidence, Finding, Result, RunSummary, Verdict, Visibility
from grader.scoring import Grade, total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WAITS = "Something that this builds on isn't met, so it could not be judged."
CHOSEN = "It is the one of your training runs that was judged."


def visible_to(result: Result, *, student: bool, now: datetime) -> Result:
    """Return ``result`` as an instructor or a student may see it at ``now`` (with a time zone).

    An instructor sees everything. A student sees visible findings; those for after the due date
    once it is over; those for after publication from that moment on; hidden ones never. A date that
    isn't set never comes.

    What is left out is counted in ``hidden`` and nothing else tells of it. Points and ``passed``
    are of the visible part alone: ``passed`` then says that all visible points are earned. The
    pass mark counts all criteria, so that holding it against the visible part would be wrong, and
    repeating the true outcome would tell how the hidden part went. Diagnoses go, because none says
    which criteria it answers; so do the reason for the graded model, which weighs all points, and
    verified scores when a criterion about scores is among those left out.
    """
    hidden = [finding for finding in result.findings if not _may_see(finding, result, now)]
    if not student or not hidden:
        return result
    shown = [_mute(finding, hidden) for finding in result.findings if finding not in hidden]
    return _without_scores(_rescored(result, shown, hidden), hidden)


def _may_see(finding: Finding, result: Result, now: datetime) -> bool:
    match finding.visibility:
        case Visibility.VISIBLE:
            return True
        case Visibility.AFTER_DUE_DATE:
            return result.due_date is not None and now > result.due_date
        case Visibility.AFTER_PUBLISHED:
            return result.published_at is not None and now >= result.published_at
        case Visibility.HIDDEN:
            return False


def _mute(finding: Finding, hidden: Sequence[Finding]) -> Finding:
    """Return a skipped ``finding`` without the reason, where that names a hidden criterion."""
    names = "|".join(re.escape(name) for each in hidden for name in (each.criterion, each.title))
    said = f"{finding.rationale} {finding.help}"
    if finding.verdict is Verdict.SKIPPED and re.search(rf"(?i)(?<!\w)({names})(?!\w)", said):
        return finding.model_copy(update={"rationale": WAITS, "help": ""})
    return finding


def _rescored(result: Result, shown: Sequence[Finding], hidden: Sequence[Finding]) -> Result:
    grade = total(shown)
    withheld = grade.withheld or (result.withheld and not _errored(hidden))
    chosen = result.graded_model and result.graded_model.model_copy(update={"why": CHOSEN})
    return result.model_copy(
        update={
            "findings": tuple(shown),
            "hidden": result.hidden + len(hidden),
            "points": grade.points,
            "possible": grade.possible,
            "most_possible": grade.most_possible,
            "withheld": withheld,
            "passed": _all_earned(grade) and not withheld,
            "diagnoses": (),
            "graded_model": chosen,
        }
    )


def _errored(findings: Sequence[Finding]) -> bool:
    return any(finding.verdict is Verdict.ERRORED for finding in findings)


def _all_earned(grade: Grade) -> bool:
    return 0 < grade.possible <= grade.points  # nothing to earn is nothing passed


def _without_scores(result: Result, hidden: Sequence[Finding]) -> Result:
    if not any(finding.check.startswith("scores.") for finding in hidden):
        return result
    runs = tuple(_without_verified(run) for run in result.runs)
    return result.model_copy(update={"score": None, "runs": runs})


def _without_verified(run: RunSummary) -> RunSummary:
    kept = tuple(metric for metric in run.test if metric.evidence is not Evidence.VERIFIED)
    return run.model_copy(update={"test": kept})
