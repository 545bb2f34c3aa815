"""What the reference solution's own capture says about an assignment on one data source, kept with its calibration."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field, ValidationError

from grader.assignment import Assignment
from grader.checks import Calibration, Facts
from grader.checks.words import loss_name
from grader.errors import AssignmentInvalid
from grader.records import DataSource, Record
from grader.runs import TaskCapture

CALIBRATION = "calibration.json"
FACTS = "facts.json"


class CalibrationFile(Record):
    """``calibration.json``: what was measured on each data source, with its provenance."""

    metric: str
    method: str = Field(description="How thresholds follow from the values.")
    sources: dict[str, SourceCalibration]


class SourceCalibration(Record):
    """Measurements on one data source."""

    full: float
    baseline: float
    mean: float
    sd: float
    n: int
    values: dict[str, tuple[float, ...]] = Field(description="By variant, one value for each seed.")
    wrong: dict[str, tuple[float, ...]] = Field(default_factory=dict, description="The same of variants that lose.")
    versions: dict[str, str]
    device: str
    date: str
    digests: dict[str, str] = Field(default_factory=dict)


def facts_from(capture: TaskCapture, source: str) -> Facts:
    """Reduce the reference's capture to facts; AssignmentInvalid when it trained nothing on this data."""
    run = capture.graded
    if run is None:
        message = "the reference solution trained no model on the assignment's data: its reference.py is wrong"
        raise AssignmentInvalid(message)
    return Facts(
        data=source,
        train_rows=capture.raw.train_rows,
        test_rows=len(capture.raw.y_test),
        input_shape=run.input_shape,
        input_kind=run.inputs.kind,
        target_shape=run.target_shape,
        target_kind=run.targets.kind,
        architecture=run.structure.text(),
        loss=loss_name(run.fit.compile.loss),
    )


def stored_facts(assignment: Assignment, source: DataSource) -> Facts | None:
    """Return the facts shipped with an assignment for a data source, or None when there are none."""
    path = assignment.folder / FACTS
    if not path.is_file():
        return None
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        found = listed.get(source.source)
        return None if found is None else Facts.model_validate(found)
    except (ValueError, ValidationError, AttributeError) as error:
        message = f"{path}: not a facts file ({str(error).splitlines()[0]}); make it anew with 'grader calibrate'"
        raise AssignmentInvalid(message) from error


def store_facts(folder: Path, facts: Facts) -> None:
    """Write facts for one data source beside those of the others."""
    path = folder / FACTS
    listed = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    listed[facts.data] = facts.model_dump(mode="json", exclude={"calibration"})
    path.write_text(json.dumps(listed, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def calibration(assignment: Assignment, source: DataSource) -> Calibration:
    """Return an assignment's calibration for a data source; AssignmentInvalid when there is none."""
    path = assignment.folder / CALIBRATION
    remedy = f"measure it with 'grader calibrate {assignment.name} --data DIR'"
    if not path.is_file():
        message = f"{path}: not found; {remedy}"
        raise AssignmentInvalid(message)
    try:
        file = CalibrationFile.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        message = f"{path}: not a calibration ({str(error).splitlines()[0]}); {remedy}"
        raise AssignmentInvalid(message) from error
    measured = file.sources.get(source.source)
    if measured is None:
        message = (
            f"{path}: nothing was measured on {source.source!r} (there is: {', '.join(sorted(file.sources))}); {remedy}"
        )
        raise AssignmentInvalid(message)
    return Calibration(
        metric=file.metric, full=measured.full, baseline=measured.baseline, variants=measured.values
    )  # fmt: skip
