"""Averages the histories of a K-fold round, epoch by epoch, into the curve that K-fold is for."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from grader.records import RunSummary
from grader.report.axes import usable

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOLD: Final = re.compile(r"fold (\d{1,3}) of (\d{1,3})")


def fold_mean(runs: Sequence[RunSummary]) -> RunSummary | None:
    """Return the last complete K-fold round as one run with averaged histories, or None.

    Its ``run`` is 0, its ``role`` says what it is, and its best epoch is read from the averaged
    validation loss (Deep Learning with Python, 3rd edition, section 4.3.4).
    """
    fold_runs = _last_round(runs)
    if not fold_runs:
        return None
    history = _mean_history(fold_runs)
    losses = history.get("val_loss", ())
    if not losses:
        return None
    return RunSummary(
        run=0,
        architecture=fold_runs[-1].architecture,
        epochs=len(losses),
        history=history,
        best_epoch=_least(losses),
        role=f"Average of {len(fold_runs)} folds",
    )


def _last_round(runs: Sequence[RunSummary]) -> Sequence[RunSummary]:
    """Return the runs of the last round whose folds 1 to K all follow each other."""
    numbered = [(run, match) for run in runs if (match := _FOLD.fullmatch(run.role))]
    for end in range(len(numbered), 0, -1):
        folds = int(numbered[end - 1][1].group(2))
        found = numbered[max(0, end - folds) : end]
        numbers = [int(match.group(1)) for _, match in found]
        if folds > 1 and numbers == list(range(1, folds + 1)):
            return [run for run, _ in found] if _alike([run for run, _ in found]) else []
    return []


def _alike(runs: Sequence[RunSummary]) -> bool:
    lengths = [len(run.history.get("val_loss", ())) for run in runs]
    return all(one == other for one, other in pairwise(lengths))


def _mean_history(runs: Sequence[RunSummary]) -> dict[str, tuple[float, ...]]:
    shared = [key for key in runs[0].history if all(run.history.get(key) for run in runs)]
    return {key: tuple(map(_mean, zip(*(run.history[key] for run in runs), strict=False))) for key in shared}


def _mean(values: Sequence[float]) -> float:
    """Return the mean, or not-a-number when one fold's value can't be used."""
    return sum(values) / len(values) if all(map(usable, values)) else math.nan


def _least(losses: Sequence[float]) -> int | None:
    known = [(loss, epoch) for epoch, loss in enumerate(losses, start=1) if usable(loss)]
    return min(known)[1] if known else None
