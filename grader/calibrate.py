"""Seeds → distributions → thresholds: where correct solutions land on one data source, measured, never typed."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Calibrated
from grader.checks import Facts
from grader.data import DataFolder, RawData, cache_folder
from grader.errors import AssignmentInvalid, GradingFailed
from grader.facts import CALIBRATION, CalibrationFile, SourceCalibration, facts_from, store_facts, stored_facts
from grader.pipeline import capture_reference, environment
from grader.records import DataSource
from grader.sandbox.session import Sandbox
from grader.tolerance import METHOD, threshold

CAUGHT = 0.95  # share of seeds in which a wrong variant has to fall short of full credit
FRESH_SEEDS = 10_000  # where a check of a calibration begins: seeds that no calibration used
Say = Callable[[str], None]
Values = dict[str, tuple[float, ...]]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to solve the task, as ``python -m reference`` knows it."""

    edition: str
    experiment: str | None = None

    @property
    def name(self) -> str:
        """What the variant is called in ``calibration.json``."""
        return f"edition {self.edition}" + (f", {self.experiment}" if self.experiment else "")


@dataclass(frozen=True, kw_only=True)
class Training:
    """Where and how variants are trained: by ``python -m reference``, in a process of its own."""

    assignment: Assignment
    plan: Calibrated
    data: DataFolder
    say: Say

    @classmethod
    def of(cls, assignment: Assignment, data: DataFolder, say: Say) -> Training:
        """Return how an assignment's variants are trained; AssignmentInvalid when it doesn't say which."""
        if assignment.calibration is None:
            message = f"{assignment.folder}/assignment.toml: no [calibration] table with task and editions"
            raise AssignmentInvalid(message)
        return cls(assignment=assignment, plan=assignment.calibration, data=data, say=say)

    @property
    def correct(self) -> tuple[Variant, ...]:
        """Variants that have to earn full credit."""
        editions = [Variant(edition=edition) for edition in self.plan.editions]
        return (*editions, *self._varied(self.plan.experiments))

    @property
    def wrong(self) -> tuple[Variant, ...]:
        """Variants that have to lose points for their score."""
        return self._varied(self.plan.wrong)

    def _varied(self, experiments: tuple[str, ...]) -> tuple[Variant, ...]:
        return tuple(Variant(edition=self.plan.editions[-1], experiment=name) for name in experiments)

    def values(self, variant: Variant, *, seeds: int, first: int = 0) -> tuple[float, ...]:
        """Return the final model's score for each seed; seeds trained before an interruption are not trained again."""
        kept = self._kept(variant, first)
        kept.parent.mkdir(parents=True, exist_ok=True)
        report = kept.with_suffix(".report")
        known = tuple(json.loads(kept.read_text(encoding="utf-8"))) if kept.is_file() else ()
        while True:
            known += self._reported(report, first + len(known))
            unfinished = kept.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(known), encoding="utf-8")
            unfinished.replace(kept)
            report.unlink(missing_ok=True)
            if len(known) >= seeds:
                return known[:seeds]
            self._train(variant, report, first=first + len(known), seeds=seeds - len(known), total=seeds)

    def _kept(self, variant: Variant, first: int) -> Path:
        digests = self.data.source(self.assignment.loader).digests
        what = [self.plan.task, variant.name, first, digests, environment()]
        key = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]
        return cache_folder() / "calibration" / f"{key}.json"

    def _reported(self, report: Path, first: int) -> tuple[float, ...]:
        """Return the values in a report, which is complete after each seed, from the seed ``first`` on."""
        runs = json.loads(report.read_text(encoding="utf-8"))["runs"] if report.is_file() else []
        figure = self.plan.figure or f"test_{self.assignment.metric}"
        return tuple(run[figure] for run in runs if run["seed"] >= first)

    def _train(self, variant: Variant, report: Path, *, first: int, seeds: int, total: int) -> None:
        """Train seeds, each of which adds to the report; GradingFailed when the first of them fails."""
        options = ["--edition", variant.edition, *(["--experiment", variant.experiment] if variant.experiment else [])]
        where = ["--data", str(self.data.root), "--json", str(report)]
        command = [sys.executable, "-m", "reference", self.plan.task, *options, *where]
        command += ["--final-only", "--first-seed", str(first), "--seeds", str(seeds)]
        threads = self.assignment.limits.threads
        limited = {"TF_NUM_INTRAOP_THREADS": str(threads)} if threads else {}
        with subprocess.Popen(  # noqa: S603 - our own code
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **limited}
        ) as process:
            done = (line for line in process.stdout or () if line.startswith("seed "))
            for number, line in enumerate(done, start=total - seeds + 1):
                self.say(f"{self.assignment.name}, {variant.name}: {number} of {total}: {line.strip()}")
            complaint = (process.stderr.read() if process.stderr else "").strip().splitlines()
        if process.returncode:
            message = f"the reference failed on {variant.name}: {(complaint or ['no message'])[-1]}"
            raise GradingFailed(message)


def measure(
    assignment: Assignment, data: DataFolder, sandbox: Sandbox, *, seeds: int, scratch: Path, say: Say
) -> SourceCalibration:
    """Train the final model of each variant with many seeds; write facts.json and calibration.json.

    Variants that were measured before on the same files, with as many seeds, are kept. Refused with
    AssignmentInvalid when a wrong variant earns full credit too often: then the score can't tell right from wrong.
    """
    training = Training.of(assignment, data, say)
    source = data.source(assignment.loader)
    known = _measured_on(source.digests, _stored(assignment))

    def of(variants: tuple[Variant, ...]) -> Values:
        kept = {each.name: known.get(each.name, ()) for each in variants}
        return {
            each.name: kept[each.name] if len(kept[each.name]) >= seeds else training.values(each, seeds=seeds)
            for each in variants
        }

    correct, wrong = of(training.correct), of(training.wrong)
    facts, naive = _twin(assignment, source) or _by_reference(assignment, data, sandbox, scratch=scratch, say=say)
    measured = _summed_up(
        correct, wrong, higher=assignment.metric == "accuracy", naive=naive, digests=source.digests
    )  # fmt: skip
    _refuse_overlap(assignment, measured)
    _store(assignment, source.source, measured)
    store_facts(assignment.folder, facts.model_copy(update={"data": source.source}))
    return measured


def _by_reference(
    assignment: Assignment, data: DataFolder, sandbox: Sandbox, *, scratch: Path, say: Say
) -> tuple[Facts, float]:
    """Run the reference solution as a submission; return its facts and what a naive guess reaches."""
    say("running the reference solution as a submission")
    capture = capture_reference(assignment, data, sandbox, folder=scratch / "reference")
    return facts_from(capture, data.source(assignment.loader).source), baseline(capture.raw, assignment.metric)


def _twin(assignment: Assignment, source: DataSource) -> tuple[Facts, float] | None:
    """Return the same of another source whose files are the very same, as some stand-ins of two sizes are."""
    for name, other in _stored(assignment).sources.items():
        facts = stored_facts(assignment, source.model_copy(update={"source": name}))
        if name != source.source and other.digests == source.digests and other.versions == _versions() and facts:
            return facts, other.baseline
    return None


def _versions() -> dict[str, str]:
    return {name: text for name, text in environment().items() if name != "platform"}


def check(assignment: Assignment, data: DataFolder, *, seeds: int, say: Say) -> tuple[str, ...]:
    """Train a few fresh seeds of each variant; return in what the stored calibration does not hold here."""
    training = Training.of(assignment, data, say)
    source = data.source(assignment.loader)
    stored = _stored(assignment).sources.get(source.source)
    if stored is None:
        message = f"{assignment.folder}/{CALIBRATION}: nothing was measured on {source.source!r}; calibrate first"
        raise AssignmentInvalid(message)
    problems = []
    if stored.digests != source.digests:
        problems.append(f"it was measured on other files than those in {data.folder}")
    higher = assignment.metric == "accuracy"
    for variants, right in ((training.correct, True), (training.wrong, False)):
        for variant in variants:
            fresh = training.values(variant, seeds=seeds, first=FRESH_SEEDS)
            full = [reaches(value, stored.full, higher=higher) for value in fresh]
            if right and not all(full):
                problems.append(f"{variant.name}, a correct variant, falls short of {stored.full:.5g}: {_told(fresh)}")
            if not right and all(full):
                problems.append(f"{variant.name}, a wrong variant, reaches {stored.full:.5g}: {_told(fresh)}")
    return tuple(problems)


def reaches(value: float, full: float, *, higher: bool) -> bool:
    """Say whether a value earns full credit."""
    return value >= full if higher else value <= full


def _told(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.5g}" for value in values)


def _measured_on(digests: dict[str, str], stored: CalibrationFile) -> Values:
    """Return what was measured before on the very same files, whatever the source was called."""
    known: Values = {}
    for source in stored.sources.values():
        if source.digests == digests:
            both = {**source.values, **source.wrong}
            known |= {name: series for name, series in both.items() if len(series) > len(known.get(name, ()))}
    return known


def _summed_up(
    correct: Values, wrong: Values, *, higher: bool, naive: float, digests: dict[str, str]
) -> SourceCalibration:
    pooled = [value for series in correct.values() for value in series]
    return SourceCalibration(
        full=threshold(correct, higher=higher),
        baseline=naive,
        mean=statistics.fmean(pooled),
        sd=statistics.stdev(pooled),
        n=len(pooled),
        values=correct,
        wrong=wrong,
        versions=_versions(),
        device=f"cpu, {platform.machine()}",
        date=datetime.now(UTC).date().isoformat(),
        digests=digests,
    )


def _refuse_overlap(assignment: Assignment, measured: SourceCalibration) -> None:
    higher = assignment.metric == "accuracy"
    for name, series in measured.wrong.items():
        full = sum(reaches(value, measured.full, higher=higher) for value in series)
        if full > (1 - CAUGHT) * len(series):
            message = (
                f"{assignment.folder}/assignment.toml: calibration.wrong: {name!r} earns full credit in {full} of "
                f"{len(series)} seeds (from {measured.full:.5g} on): the score can't tell it from correct solutions. "
                "Leave it to another criterion, or accept fewer variants as correct"
            )
            raise AssignmentInvalid(message)


def baseline(raw: RawData, metric: str) -> float:
    """Return what a naive guess reaches on the test rows: the commonest class, or the mean training label."""
    if metric == "accuracy":
        classes, counts = np.unique(raw.y_train, return_counts=True)
        return float((raw.y_test == classes[counts.argmax()]).mean())
    return float(np.abs(raw.y_test - raw.y_train.mean()).mean())


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
