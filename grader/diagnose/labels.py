"""Labels and targets: on their own rows, in one unit, and those of the test set its own."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from grader.diagnose.base import Case, Found, Topic, Weight, detector, fit_place, look_place
from grader.diagnose.source import Place, names_targets
from grader.known import WIDEST_TARGETS, dense
from grader.recognise import recognise_targets
from grader.runs import Look, TrainingRun

Array = np.ndarray[Any, Any]
LARGE = 1000.0  # from here on targets are far from where a network's outputs begin
MOST = 0.5  # of the rows
AGREE = 0.98  # of labels: then they are those labels
DIFFERS = 0.02  # of a factor


@detector(
    "labels-on-other-rows",
    "Labels that belong to other rows",
    Topic.LABELS,
    Weight.CANNOT_LEARN,
    why="A model learns what the labels say. When inputs were shuffled or sliced and the labels were not, in the same "
    "way, there is nothing to be learned.",
    fix="Shuffle or slice inputs and labels with the same indices: order = rng.permutation(len(x)); x, y = x[order], "
    "y[order].",
)
def labels_on_other_rows(case: Case) -> Found | None:
    """The graded model was fitted to the right labels in another order than its rows."""
    run = case.run
    if run is None or run.targets.kind != "shuffled":
        return None
    fact = "Your labels are the right ones all together, but most of them stand beside other rows than their own."
    return Found(fact=fact, at=_shuffling(case) or fit_place(run))


def _shuffling(case: Case) -> Place | None:
    """Return the line that shuffles labels, told by their name, or the only one that shuffles anything."""
    calls = [(at, call) for at, call in case.source.calls("shuffle", "permutation") if case.mine(at)]
    of_labels = [at for at, call in calls if any(names_targets(each) for each in call.args)]
    return of_labels[-1] if of_labels else calls[0][0] if len(calls) == 1 else None


@detector(
    "test-labels-from-training",
    "Test labels made from the training labels",
    Topic.LABELS,
    Weight.SCORE_MEANS_NOTHING,
    why="The model's answers to test rows were compared with the labels of other rows, so the score that you printed "
    "says nothing about the model.",
    fix="Encode the labels that load_data returned with the test rows.",
)
def test_labels_from_training(case: Case) -> Found | None:
    """A model was evaluated on test rows with labels that are those of the first training rows."""
    for run in case.finished:
        for look in run.looks:
            if case.task != "regression" and _borrowed(case, look):
                fact = f"You evaluated {_count(look):,} test rows against the labels of the first training rows."
                return Found(fact=fact, at=_made_of_training(case) or look_place(look))
    return None


def _borrowed(case: Case, look: Look) -> bool:
    rows, given = _pair(look)
    if given is None or rows is None or not len(rows) or (rows >= case.work.train_rows).mean() <= MOST:
        return False  # a few test rows are equal to training rows, and taken for those
    labels = given.argmax(axis=1) if given.ndim == 2 and given.shape[1] > 1 else given.reshape(-1)
    theirs = case.work.raw.y_train[: len(labels)]
    if len(theirs) != len(labels):
        return False
    own = case.work.raw.y[rows]
    return bool((labels == theirs).mean() >= AGREE and (labels == own).mean() < (theirs == own).mean() + DIFFERS)


def _pair(look: Look) -> tuple[Array | None, Array | None]:
    """Return rows and labels of an evaluation, where both are known."""
    part, seen = look.use.y, look.seen
    known = part is not None and part.tensor is not None and part.kind in {"dense", "levels", "sparse"}
    if look.use.kind != "evaluate" or seen is None or part is None or not known:
        return None, None
    if any(size > WIDEST_TARGETS for size in part.shape[1:]) or part.shape[:1] != seen.positions.shape:
        return None, None
    return seen.positions, dense(part)


def _count(look: Look) -> int:
    return 0 if look.seen is None else len(look.seen.positions)


def _made_of_training(case: Case) -> Place | None:
    """Return the assignment to a name of test labels from a name of training labels, where there is just one."""
    found = []
    for place, node in case.source.nodes:
        if isinstance(node, ast.Assign) and case.mine(place):
            to = " ".join(each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name))
            out_of = " ".join(each.id for each in ast.walk(node.value) if isinstance(each, ast.Name))
            if "test" in to and "train" not in to and "train" in out_of and "test" not in out_of.replace("x_test", ""):
                found.append(place)
    return found[0] if len(found) == 1 else None


@detector(
    "targets-not-scaled",
    "Targets in the hundred thousands",
    Topic.TARGETS,
    Weight.LEARNS_LESS,
    why="A network starts with outputs near 0. Targets this large make the loss enormous, and the weights need very "
    "many steps to get there.",
    fix="Divide the targets by 100_000 before you train, and multiply predictions by it afterwards.",
)
def targets_not_scaled(case: Case) -> Found | None:
    """The graded regression was fitted to the targets as loaded, and these reach a thousand or more."""
    run = case.run
    largest = float(np.abs(case.work.raw.y_train).max()) if case.task == "regression" else 0.0
    if run is None or run.targets.kind != "raw" or largest < LARGE or _scales_its_output(run):
        return None
    return Found(fact=f"You trained on targets as loaded, up to {largest:,.0f}.", at=fit_place(run))


def _scales_its_output(run: TrainingRun) -> bool:
    """Say whether a model may bring its answers to the size of the targets by itself."""
    return any(
        layer.custom or layer.class_ in {"Rescaling", "Normalization", "Lambda"} for layer in run.structure.layers
    )


@detector(
    "test-targets-in-another-unit",
    "Test targets in another unit than the training targets",
    Topic.TARGETS,
    Weight.SCORE_MEANS_NOTHING,
    why="The model answers in the unit it was trained in. Compared with targets in another unit, its error says "
    "nothing.",
    fix="Scale the test targets by the same constant as the training targets.",
)
def test_targets_in_another_unit(case: Case) -> Found | None:
    """A regression was evaluated with targets scaled by another factor than those it was fitted to."""
    for run in case.finished if case.task == "regression" else ():
        for look in run.looks:
            rows, given = _pair(look)
            if rows is None or given is None or run.targets.kind not in {"raw", "scaled"}:
                continue
            found = recognise_targets(given, rows, case.work.raw.y, classes=None)
            if found.kind in {"raw", "scaled"} and abs(found.scale / run.targets.scale - 1) > DIFFERS:
                fact = (
                    f"One unit of the targets you trained on is {1 / run.targets.scale:,.4g} in the data; of those you "
                )
                return Found(fact=f"{fact}evaluated on, it is {1 / found.scale:,.4g}.", at=look_place(look))
    return None
