"""Recompute scores outside the student's process: saved models, predicted in a box, scored here against true labels."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from grader.capture import Capture
from grader.errors import BoxFailed, CaptureInvalid
from grader.events import Files, StructureNote
from grader.metrics import accuracy, mean_absolute_error, r_squared, top_k_accuracy
from grader.recognise import Encoding, encode_test
from grader.records import Evidence
from grader.runs import TaskCapture, TrainingRun
from grader.sandbox.helper import run_helper
from grader.sandbox.session import Sandbox
from grader.scratch import scratch
from grader.structure import structure
from grader.trusted import read_array, read_bytes

Array = np.ndarray[Any, Any]

MOST_MODELS = 24  # of one task: more candidates than any real notebook has
MODEL_CAP = 1 << 30  # bytes
REPORT_CAP = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How a task's models are scored."""

    name: str  # accuracy or mae
    more: tuple[str, ...] = ()  # others that criteria ask for: r2, top_3


@dataclass(frozen=True)
class _Asked:
    """A prediction to be made: which weights, on which encoding of which task's test rows."""

    state: str
    inputs: str


def verify(
    tasks: Mapping[str, tuple[TaskCapture, Metric]], capture: Capture, sandbox: Sandbox, *, seconds: float
) -> dict[str, TaskCapture]:
    """Return the captures with verified scores and structures on the runs whose saved models could be evaluated.

    One predictor process serves all tasks of a submission. A model that can't be loaded or predict
    leaves its run unscored; only a predictor that can't be started at all is a fault of ours.
    """
    asked = {name: _asked(name, task, capture) for name, (task, _) in tasks.items()}
    if not any(asked.values()):
        return {name: task for name, (task, _) in tasks.items()}
    with scratch() as out:
        try:
            run_helper(
                sandbox, "predictor", lambda box: _job(box.inputs, tasks, asked, capture), out=out, seconds=seconds
            )
        except BoxFailed:
            if not any(out.glob("*.npy")):
                raise
        report = _report(out / "report.json")
        return {
            name: replace(
                task,
                runs=tuple(_scored(run, asked[name], task, metric, out, report) for run in task.runs),
            )
            for name, (task, metric) in tasks.items()
        }


def _asked(name: str, task: TaskCapture, capture: Capture) -> dict[int, _Asked]:
    """Return the predictions wanted for a task's candidates, by run number."""
    wanted = {}
    for run in task.candidates[-MOST_MODELS:]:
        state = run.fit.after
        if run.finished and state in capture.saved and encode_test(run.inputs, task.raw) is not None:
            wanted[run.number] = _Asked(str(state), f"{name}-{_key(run.inputs)}")
    return wanted


def _key(encoding: Encoding) -> str:
    words = (encoding.kind, encoding.width, encoding.padding, encoding.truncating, encoding.layout)
    digest = hashlib.sha256(repr(words).encode())
    for numbers in (encoding.scale, encoding.shift):
        digest.update(b"" if numbers is None else numbers.tobytes())
    return digest.hexdigest()[:16]


def _job(
    given: Path,
    tasks: Mapping[str, tuple[TaskCapture, Metric]],
    asked: Mapping[str, dict[int, _Asked]],
    capture: Capture,
) -> dict[str, Any]:
    """Put models and test inputs into the predictor's box and return its job; paths in it begin there."""
    inputs: dict[str, Any] = {}
    states: dict[str, None] = {}
    for name, (task, _) in tasks.items():
        for run in task.runs:
            ask = asked[name].get(run.number)
            if ask is None:
                continue
            states[ask.state] = None
            if ask.inputs not in inputs:
                inputs[ask.inputs] = _stored(given, ask.inputs, encode_test(run.inputs, task.raw) or {})
    predictions = {(ask.state, ask.inputs) for wanted in asked.values() for ask in wanted.values()}
    return {
        "models": [_model(state, capture.saved[state], capture.folder / "models", given) for state in states],
        "inputs": inputs,
        "tasks": sorted(predictions),
    }


def _stored(given: Path, name: str, encoded: Mapping[str, Any]) -> dict[str, Any]:
    """Write test inputs for the predictor and return where they are."""
    files = {}
    for part, values in encoded.items():
        if isinstance(values, np.ndarray):
            files[part] = f"{name}.{part}.npy"
            np.save(given / files[part], values, allow_pickle=False)
    dtype = str(encoded["values"].dtype) if encoded["kind"] == "dense" else "float32"
    facts = {key: encoded[key] for key in ("kind", "rows", "row_items")}
    return {**facts, "dtype": dtype, "files": files}


def _model(state: str, files: Files, folder: Path, given: Path) -> dict[str, Any]:
    """Copy a saved model to the predictor and say where it is; what is no plain file or folder stays away."""
    keras = files.keras if files.keras and _regular(folder / files.keras) else None
    export = files.export if files.export and (folder / files.export).is_dir() else None
    if keras is not None:
        shutil.copyfile(folder / keras, given / keras)
    if export is not None:
        shutil.copytree(folder / export, given / export, copy_function=shutil.copyfile)
    return {"state": state, "keras": keras, "export": export}


def _regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= MODEL_CAP


def _report(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the predictor found each model to be, by state; it has loaded student files, so it isn't trusted."""
    try:
        listed = json.loads(read_bytes(path, cap=REPORT_CAP))
        return {item["state"]: item for item in listed}
    except (CaptureInvalid, ValueError, TypeError, KeyError, RecursionError):
        return {}


def _scored(
    run: TrainingRun, asked: Mapping[int, _Asked], task: TaskCapture, metric: Metric, out: Path,
    report: Mapping[str, dict[str, Any]],
) -> TrainingRun:  # fmt: skip
    ask = asked.get(run.number)
    if ask is None:
        return run
    run = _with_structure(run, report.get(ask.state, {}))
    predictions = _predictions(out / f"{ask.state}.{ask.inputs}.npy", len(task.raw.y_test))
    if predictions is None or _without_unit(run, metric, predictions):
        return run
    return replace(
        run,
        scores={name: _value(run, name, predictions, task) for name in (metric.name, *_more(metric, predictions))},
        scores_evidence=Evidence.VERIFIED,
    )


def _more(metric: Metric, predictions: Array) -> tuple[str, ...]:
    """Return the further scores that these predictions allow: a single output names no order of classes."""
    one = predictions.size == len(predictions)
    return tuple(name for name in metric.more if not (one and name.startswith("top_")))


def _without_unit(run: TrainingRun, metric: Metric, predictions: Array) -> bool:
    """Say whether it isn't known what a prediction means: of which unit, or a probability or a logit."""
    if metric.name == "mae":
        return run.targets.kind not in {"raw", "scaled"}
    output = run.structure.output
    probability = output is not None and output.activation in {"sigmoid", "softmax"}
    return not run.observed and run.fit.compile.loss is None and not probability and predictions[0].size == 1


def _with_structure(run: TrainingRun, found: Mapping[str, Any]) -> TrainingRun:
    """Replace the recorded structure by that of the saved model, where the predictor could rebuild it."""
    try:
        note = StructureNote.model_validate(found.get("structure"))
    except ValidationError:
        return run
    return replace(run, structure=structure(note), structure_evidence=Evidence.VERIFIED)


def _predictions(path: Path, rows: int) -> Array | None:
    """Return finite predictions, (rows, outputs), or None."""
    try:
        values = read_array(path)
    except CaptureInvalid:
        return None
    good = (
        values.dtype.kind == "f"
        and values.ndim >= 1
        and len(values) == rows
        and values.size > 0
        and bool(np.isfinite(values).all())
    )
    return values if good else None


def _value(run: TrainingRun, metric: str, predictions: Array, task: TaskCapture) -> float:
    if metric in {"mae", "r2"}:
        compute = mean_absolute_error if metric == "mae" else r_squared
        return compute(predictions, task.raw.y_test, scale=run.targets.scale or 1.0, shift=run.targets.shift)
    if metric.startswith("top_"):
        return top_k_accuracy(predictions, task.raw.y_test, k=int(metric.removeprefix("top_")))
    loss, output = run.fit.compile.loss, run.structure.output
    logits = loss is not None and loss.from_logits and output is not None and output.activation == "linear"
    return accuracy(predictions, task.raw.y_test, logits=logits)
