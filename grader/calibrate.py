"""Seeds → distribution → threshold: where correct solutions land on one data source, measured, never typed."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from grader.assignment import Assignment, Calibrated
from grader.data import DataFolder, RawData
from grader.errors import AssignmentInvalid, GradingFailed, UsageError
from grader.facts import CALIBRATION, CalibrationFile, SourceCalibration, facts_from, store_facts
from grader.pipeline import capture_reference

PROBABILITY = 0.999  # a correct solution reaches the threshold at least this often ...
CONFIDENCE = 0.95  # ... as far as this many seeds can tell
FEWEST_VALUES = 5  # below, the approximation of the factor is far off
METHOD = (
    "full credit begins at mean -/+ k * sd of all values pooled; k is the one-sided normal tolerance factor "
    f"for a share of {PROBABILITY} at a confidence of {CONFIDENCE} (Natrella's approximation, NBS Handbook 91, "
    "section 2-5); the baseline is what the commonest class, or the mean training label, reaches on the test rows"
)
FIGURE = {"accuracy": "test_accuracy", "mae": "test_mae_dollars"}


def measure(
    assignment: Assignment,
    data: DataFolder,
    *,
    seeds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> str:
    """Retrain the reference's final model for many seeds of each edition; write facts.json and calibration.json.

    Returns a sentence with what was measured.
    """
    plan = assignment.calibration
    if plan is None:
        message = f"{assignment.folder}/assignment.toml: no [calibration] table with task and editions"
        raise AssignmentInvalid(message)
    source = data.source(assignment.loader)
    reports = {edition: _run(plan, edition, data, seeds, scratch, say) for edition in plan.editions}
    say("running the reference solution as a submission")
    capture = capture_reference(assignment, data, folder=scratch / "reference")
    naive = baseline(capture.raw, assignment.metric)
    measured = _source(assignment, reports, naive=naive, digests=source.digests)
    _store(assignment, source.source, measured)
    store_facts(assignment.folder, facts_from(capture, source.source))
    return (
        f"{assignment.name} on {source.source}: {assignment.metric} mean {measured.mean:.5g}, sd {measured.sd:.3g}, "
        f"n {measured.n}; full credit from {measured.full:.5g}, none at {measured.baseline:.5g}"
    )


def _run(
    plan: Calibrated,
    edition: str,
    data: DataFolder,
    seeds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    say(f"edition {edition}: training {seeds} seeds")
    path = scratch / f"{edition}.json"
    command = [
        sys.executable, "-m", "reference", plan.task, "--edition", edition, "--final-only",
        "--seeds", str(seeds), "--data", str(data.folder), "--json", str(path),
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ})  # noqa: S603
    if done.returncode:
        message = f"the reference failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
        raise GradingFailed(message)
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _source(
    assignment: Assignment,
    reports: Mapping[str, Mapping[str, Any]],
    *,
    naive: float,
    digests: dict[str, str],
) -> SourceCalibration:
    figure = FIGURE[assignment.metric]
    values = {f"edition {name}": tuple(run[figure] for run in report["runs"]) for name, report in reports.items()}
    pooled = [value for series in values.values() for value in series]
    first = next(iter(reports.values()))
    mean, sd = statistics.fmean(pooled), statistics.stdev(pooled)
    margin = tolerance_factor(len(pooled)) * sd
    return SourceCalibration(
        full=mean - margin if assignment.metric == "accuracy" else mean + margin,
        baseline=naive,
        mean=mean,
        sd=sd,
        n=len(pooled),
        values=values,
        versions=first["versions"],
        device=first["device"],
        date=datetime.now(UTC).date().isoformat(),
        digests=digests,
    )


def baseline(raw: RawData, metric: str) -> float:
    """Return what a naive guess reaches on the test rows: the commonest class, or the mean training label."""
    if metric == "accuracy":
        classes, counts = np.unique(raw.y_train, return_counts=True)
        return float((raw.y_test == classes[counts.argmax()]).mean())
    return float(np.abs(raw.y_test - raw.y_train.mean()).mean())


def tolerance_factor(n: int, *, probability: float = PROBABILITY, confidence: float = CONFIDENCE) -> float:
    """Return k so that mean - k * sd of ``n`` values bounds a share ``probability`` at ``confidence``, one-sided."""
    if n < FEWEST_VALUES:
        message = f"{n} values are too few for a tolerance bound; measure at least {FEWEST_VALUES} seeds"
        raise UsageError(message)
    z_share, z_sure = NormalDist().inv_cdf(probability), NormalDist().inv_cdf(confidence)
    a = 1 - z_sure**2 / (2 * (n - 1))
    b = z_share**2 - z_sure**2 / n
    return (z_share + math.sqrt(z_share**2 - a * b)) / a


def _store(assignment: Assignment, source: str, measured: SourceCalibration) -> None:
    path = assignment.folder / CALIBRATION
    sources = {}
    if path.is_file():
        sources = CalibrationFile.model_validate_json(path.read_text(encoding="utf-8")).sources
    file = CalibrationFile(metric=assignment.metric, method=METHOD, sources={**sources, source: measured})
    path.write_text(file.model_dump_json(indent=2) + "\n", encoding="utf-8")
