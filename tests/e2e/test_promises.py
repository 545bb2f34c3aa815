"""Every submission with a promised verdict, run and judged for real: student work in, points out."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import intake
from grader.assignment import Assignment
from grader.data import DataFolder
from grader.diagnose import DETECTORS
from grader.pipeline import grade, prepare
from grader.records import Finding, Result, Verdict
from grader.sandbox.session import Sandbox

HERE = Path(__file__).parent.parent / "submissions"
# In the default suite; all others, and all on real data, are in the slow one.
DEFAULT = {
    "imdb": {
        "endless-loop", "gradient-tape", "kernel-exits", "old-keras-2", "old-keyword", "old-nbformat3",
        "raises-half-way", "softmax-on-one-unit", "subclassing", "tf-data", "three-tasks", "trains-on-test",
    },
    "reuters": {
        "bottleneck-last", "labels-mismatched", "plain-script", "python-2", "sparse-labels", "sparse-loss-on-one-hot",
    },
    "california-housing": {"no-k-fold", "sklearn-scaler-kfold"},
    "boston-housing": set(),
    "california-housing-full": set(),
    "fashion-mnist": {"rescaling-layer"},
    "breast-cancer": {
        "metrics-string", "normalization-of-everything", "reads-it-wrong", "trained-on-everything",
    },
}  # fmt: skip
# On real data: each edition's text, all tasks in one notebook, styles and mistakes that depend on the data.
ON_REAL_DATA = {
    "imdb": {
        "edition-1", "edition-2", "edition-3", "five-thousand-words", "functions-only", "logits", "subclassing",
        "three-tasks", "trains-on-test", "validates-on-test",
    },
    "reuters": {
        "bottleneck-last", "edition-1", "edition-2", "edition-3", "labels-mismatched", "sigmoid-output",
        "sparse-labels",
    },
    "california-housing": {
        "edition-3", "min-max", "no-k-fold", "no-scaling", "sklearn-scaler-kfold", "test-statistics",
        "unscaled-targets",
    },
    "boston-housing": {"edition-2", "functional", "hold-out-only", "test-statistics"},
    "california-housing-full": {"dollars-and-back", "functional", "own-split", "robust-scaler", "scaled-before-split"},
    "fashion-mnist": {"flat-one-hot", "geron", "standardised", "softmax-and-from-logits", "validates-on-test"},
    "breast-cancer": {"functional", "own-split", "save-and-load", "softmax-on-one-unit", "three-way-split"},
}  # fmt: skip


def _promises() -> dict[Path, dict[str, dict[str, Any]]]:
    """Return the promises for each submitted file: one file may be judged by several assignments."""
    found: dict[Path, dict[str, dict[str, Any]]] = defaultdict(dict)
    for path in sorted(HERE.glob("*/*/expect.toml")):
        promise = tomllib.loads(path.read_text(encoding="utf-8"))
        folder = path.parent
        files = [folder / promise["file"]] if "file" in promise else sorted(folder.glob("submission.*"))
        found[files[0].resolve()][folder.parent.name] = promise
    return found


def _cases(*, only: dict[str, set[str]] | None = None) -> Iterator[Any]:
    for file, promises in _promises().items():
        home, variant = file.parent.parent.name, file.parent.name
        if only is not None and variant not in only[home]:
            continue
        marks = [] if variant in DEFAULT[home] else [pytest.mark.slow]
        yield pytest.param(file, promises, marks=marks, id=f"{home}-{variant}")


@pytest.mark.parametrize(("file", "promises"), list(_cases()))
def test_a_submission_earns_what_was_promised(
    file: Path,
    promises: dict[str, dict[str, Any]],
    standin: Path,
    sandbox: Sandbox,
    load: Callable[[str], Assignment],
    tmp_path: Path,
) -> None:
    from grader.data import open_folder  # noqa: PLC0415

    _keeps_its_promises(file, promises, open_folder(standin), sandbox, load, tmp_path)


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(("file", "promises"), list(_cases(only=ON_REAL_DATA)))
def test_a_submission_earns_what_was_promised_on_real_data(
    file: Path,
    promises: dict[str, dict[str, Any]],
    real_data: DataFolder,
    sandbox: Sandbox,
    load: Callable[[str], Assignment],
    tmp_path: Path,
) -> None:
    _keeps_its_promises(file, promises, real_data, sandbox, load, tmp_path)


def _keeps_its_promises(
    file: Path,
    promises: dict[str, dict[str, Any]],
    data: DataFolder,
    sandbox: Sandbox,
    load: Callable[[str], Assignment],
    folder: Path,
) -> None:
    assignments = [_limited(load(name), promise) for name, promise in promises.items()]
    submission = intake.read(file)
    graded = grade(
        submission,
        prepare(assignments, data, sandbox, scratch=folder / "facts"),
        data,
        sandbox,
        folder=folder / "run",
    )
    broken = [
        f"{name}: {complaint}"
        for name, promise in promises.items()
        for complaint in _broken(graded.results[name], promise)
    ]
    assert not broken, "\n".join(broken)


def _limited(assignment: Assignment, promise: dict[str, Any]) -> Assignment:
    limits = assignment.limits.model_copy(update=promise.get("limits", {}))
    return assignment.model_copy(update={"limits": limits, "compat": promise.get("compat", assignment.compat)})


def _broken(result: Result, promise: dict[str, Any]) -> Iterator[str]:
    if result.execution.exit.value != promise.get("exit", "ok"):
        yield f"ended {result.execution.exit.value}, promised {promise.get('exit', 'ok')}: {result.execution.stopped}"
    if result.withheld != promise.get("withheld", False):
        yield f"withheld is {result.withheld}: {[one.rationale for one in result.findings if one.points is None]}"
    old = sorted(f"{each.effect}: {each.name}" for each in result.execution.old_code)
    if old != promise.get("old_code", old):
        yield f"old code {old}, promised {promise['old_code']}"
    for finding in result.findings:
        yield from _broken_finding(finding, promise)
    yield from _broken_diagnoses(result, promise)


def _broken_diagnoses(result: Result, promise: dict[str, Any]) -> Iterator[str]:
    """Hold the exact set of diagnoses against the promised one; correct work promises none without saying so.

    ``perhaps`` are those that depend on the data or on how a training went.
    """
    found = {each.name for each in result.diagnoses}
    wanted = promise.get("diagnoses", None if promise.get("lost") else [])
    if wanted is not None and found - set(promise.get("perhaps", [])) != set(wanted):
        said = [f"{each.name}: {each.explanation} [{each.line}]" for each in result.diagnoses]
        yield f"diagnoses: promised {sorted(wanted)}, made {sorted(found)}: {said}"
    yield from (note for note in result.execution.notes if "could not be made" in note)


def _broken_finding(finding: Finding, promise: dict[str, Any]) -> Iterator[str]:
    name, said = finding.criterion, f"{finding.rationale} {finding.help}"
    lost = promise.get("lost", {}).get(name, 0)
    if promise.get("withheld") and finding.verdict is Verdict.ERRORED:
        return
    if finding.possible and lost != "any" and finding.points != pytest.approx(finding.possible - lost):
        yield f"{name}: promised to lose {lost}, earned {finding.points} of {finding.possible}: {said}"
    for words in promise.get("words", {}).get(name, []):
        if words.lower() not in said.lower():
            yield f"{name}: does not say {words!r}: {said}"
    verdict = promise.get("verdicts", {}).get(name)
    if verdict is not None and finding.verdict.value != verdict:
        yield f"{name}: {finding.verdict.value}, promised {verdict}: {said}"


def test_every_variant_that_a_suite_names_exists() -> None:
    existing = {(path.parent.parent.name, path.parent.name) for path in HERE.glob("*/*/expect.toml")}
    named = {(home, name) for suite in (DEFAULT, ON_REAL_DATA) for home, names in suite.items() for name in names}
    assert named <= existing
    assert all(sum(home == one for home, _ in existing) >= 10 for one in DEFAULT)


def test_every_variant_that_loses_points_promises_its_diagnoses_by_their_names() -> None:
    promises = [promise for of_file in _promises().values() for promise in of_file.values()]
    named = {name for promise in promises for key in ("diagnoses", "perhaps") for name in promise.get(key, [])}
    assert named <= {each.name for each in DETECTORS}
    assert all("diagnoses" in promise for promise in promises if promise.get("lost"))
