"""Seeds → distribution → threshold: where correct solutions land on one data source, measured, never typed."""

from __future__ import annotations

import json
import math
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

import numpy as np

from grader.assignment import Assignment
from grader.data import DataFolder, RawData
from grader.errors import AssignmentInvalid, GradingFailed, UsageError
from grader.facts import CALIBRATION, CalibrationFile, SourceCalibration, facts_from, store_facts
from grader.pipeline import capture_reference, environment
from grader.sandbox.session import Sandbox

PROBABILITY = 0.999  # a correct solution reaches the threshold at least this often ...
CONFIDENCE = 0.95  # ... as far as this many seeds can tell
FEWEST_VALUES = 5  # below, the approximation of the factor is far off
METHOD = (
    "for each correct variant: mean -/+ k * sd, where sd is the variant's own standard deviation or that of all values "
    "about their variants' means, whichever is larger, and k the one-sided normal tolerance factor for a share of "
    f"{PROBABILITY} at a confidence of {CONFIDENCE} (Natrella's approximation, NBS Handbook 91, section 2-5, with the "
    "degrees of freedom of all variants); full credit begins at the most lenient of these bounds; the baseline is what "
    "the commonest class, or the mean training label, reaches on the test rows"
)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One correct way to solve the task, as ``python -m reference`` knows it."""

    edition: str
    experiment: str | None = None

    @property
    def name(self) -> str:
        """What the variant is called in ``calibration.json``."""
        return f"edition {self.edition}" + (f", {self.experiment}" if self.experiment else "")


def measure(
    assignment: Assignment,
    data: DataFolder,
    sandbox: Sandbox,
    *,
    seeds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> str:
    """Retrain the reference's final model for many seeds of each variant; write facts.json and calibration.json.

    Variants that were measured before on the same files, with as many seeds, are kept. Returns a
    sentence with what was measured.
    """
    source = data.source(assignment.loader)
    known = _measured_on(source.digests, _stored(assignment))
    values = {}
    for variant in _variants(assignment):
        old = known.get(variant.name, ())
        values[variant.name] = old if len(old) >= seeds else _train(assignment, variant, data, seeds, scratch, say)
    say("running the reference solution as a submission")
    capture = capture_reference(assignment, data, sandbox, folder=scratch / "reference")
    naive = baseline(capture.raw, assignment.metric)
    measured = _summed_up(values, higher=assignment.metric == "accuracy", naive=naive, digests=source.digests)
    _store(assignment, source.source, measured)
    store_facts(assignment.folder, facts_from(capture, source.source))
    return (
        f"{assignment.name} on {source.source}: {assignment.metric} mean {measured.mean:.5g}, sd {measured.sd:.3g}, "
        f"n {measured.n}; full credit from {measured.full:.5g}, none at {measured.baseline:.5g}"
    )


def _measured_on(digests: dict[str, str], stored: CalibrationFile) -> dict[str, tuple[float, ...]]:
    """Return what was measured before on the very same files, whatever the source was called."""
    known: dict[str, tuple[float, ...]] = {}
    for source in stored.sources.values():
        if source.digests == digests:
            known |= {name: series for name, series in source.values.items() if len(series) > len(known.get(name, ()))}
    return known


def _variants(assignment: Assignment) -> tuple[Variant, ...]:
    plan = assignment.calibration
    if plan is None:
        message = f"{assignment.folder}/assignment.toml: no [calibration] table with task and editions"
        raise AssignmentInvalid(message)
    editions = [Variant(edition=edition) for edition in plan.editions]
    varied = [Variant(edition=plan.editions[-1], experiment=name) for name in plan.experiments]
    return (*editions, *varied)


def _train(
    assignment: Assignment, variant: Variant, data: DataFolder, seeds: int, scratch: Path, say: Callable[[str], None]
) -> tuple[float, ...]:
    """Return the final model's score for each seed, trained by ``python -m reference`` in a process of its own."""
    say(f"{variant.name}: training {seeds} seeds")
    path = scratch / "report.json"
    task = assignment.calibration.task if assignment.calibration else ""
    options = ["--edition", variant.edition, *(["--experiment", variant.experiment] if variant.experiment else [])]
    command = [sys.executable, "-m", "reference", task, *options, "--final-only", "--seeds", str(seeds)]
    where = ["--data", str(data.folder), "--json", str(path)]
    done = subprocess.run([*command, *where], check=False, capture_output=True, text=True)  # noqa: S603 - our own code
    if done.returncode:
        message = f"the reference failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
        raise GradingFailed(message)
    report = json.loads(path.read_text(encoding="utf-8"))
    figure = (assignment.calibration and assignment.calibration.figure) or f"test_{assignment.metric}"
    return tuple(run[figure] for run in report["runs"])


def _summed_up(
    values: Mapping[str, tuple[float, ...]], *, higher: bool, naive: float, digests: dict[str, str]
) -> SourceCalibration:
    pooled = [value for series in values.values() for value in series]
    return SourceCalibration(
        full=threshold(values, higher=higher),
        baseline=naive,
        mean=statistics.fmean(pooled),
        sd=statistics.stdev(pooled),
        n=len(pooled),
        values=dict(values),
        versions={name: text for name, text in environment().items() if name != "platform"},
        device=f"cpu, {platform.machine()}",
        date=datetime.now(UTC).date().isoformat(),
        digests=digests,
    )


def threshold(values: Mapping[str, tuple[float, ...]], *, higher: bool) -> float:
    """Return where full credit begins: the most lenient of the variants' own tolerance bounds.

    Variants differ in their means, so that their values together are not normal; but how far seeds
    spread is much the same for all, and is known better from all of them.
    """
    freedom = sum(len(series) - 1 for series in values.values())
    squares = sum(statistics.variance(series) * (len(series) - 1) for series in values.values())
    spread = math.sqrt(squares / freedom)
    margins = {
        name: tolerance_factor(len(series), freedom=freedom) * max(spread, statistics.stdev(series))
        for name, series in values.items()
    }
    if higher:
        return min(statistics.fmean(series) - margins[name] for name, series in values.items())
    return max(statistics.fmean(series) + margins[name] for name, series in values.items())


def baseline(raw: RawData, metric: str) -> float:
    """Return what a naive guess reaches on the test rows: the commonest class, or the mean training label."""
    if metric == "accuracy":
        classes, counts = np.unique(raw.y_train, return_counts=True)
        return float((raw.y_test == classes[counts.argmax()]).mean())
    return float(np.abs(raw.y_test - raw.y_train.mean()).mean())


def tolerance_factor(
    n: int, *, freedom: int | None = None, probability: float = PROBABILITY, confidence: float = CONFIDENCE
) -> float:
    """Return k so that mean - k * sd bounds a share ``probability`` at ``confidence``, one-sided.

    Args:
        n: values behind the mean, at least 5.
        freedom: degrees of freedom behind the sd; n - 1 when it is of the same values.
        probability: share of a normal distribution beyond the bound.
        confidence: how sure the bound is.
    """
    if n < FEWEST_VALUES:
        message = f"{n} values are too few for a tolerance bound; measure at least {FEWEST_VALUES} seeds"
        raise UsageError(message)
    z_share, z_sure = NormalDist().inv_cdf(probability), NormalDist().inv_cdf(confidence)
    a = 1 - z_sure**2 / (2 * (freedom or n - 1))
    b = z_share**2 - z_sure**2 / n
    return (z_share + math.sqrt(z_share**2 - a * b)) / a


def _stored(assignment: Assignment) -> CalibrationFile:
    path = assignment.folder / CALIBRATION
    if path.is_file():
        return CalibrationFile.model_validate_json(path.read_text(encoding="utf-8"))
    return CalibrationFile(metric=assignment.metric, method=METHOD, sources={})


def _store(assignment: Assignment, source: str, measured: SourceCalibration) -> None:
    others = _stored(assignment).sources  # read again: another data source may have been measured meanwhile
    file = CalibrationFile(metric=assignment.metric, method=METHOD, sources={**others, source: measured})
    path = assignment.folder / CALIBRATION
    path.write_text(file.model_dump_json(indent=2) + "\n", encoding="utf-8")
