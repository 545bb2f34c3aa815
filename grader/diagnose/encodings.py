"""Inputs: texts as vectors, and columns and pixels of comparable size, scaled by the training rows' numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from grader.checks.inputs import UNEVEN
from grader.checks.training import statistics_of
from grader.diagnose.base import Case, Found, Topic, Weight, detector, fit_place
from grader.diagnose.models import plain, reliable
from grader.diagnose.source import Place, called, constant, names_targets, root
from grader.fed import SCALING
from grader.runs import TrainingRun
from grader.structure import TRAINABLE

SHAPING = ("InputLayer", "Flatten", "Reshape", "Dropout", "GaussianNoise")
MEASURES = ("fit_transform", "fit", "mean")
SCALERS = ("fit_transform", "transform")
BRIGHTEST = 255  # of a pixel


@detector(
    "counts-instead-of-multi-hot",
    "Word counts instead of presence",
    Topic.ENCODING,
    Weight.LEARNS_LESS,
    why="A multi-hot vector says which words occur, 0 or 1. Counts let a few frequent words, which say little, "
    "weigh many times as much as the rest.",
    fix="Set the place of a word to 1 instead of adding 1 for each occurrence: results[i, j] = 1.",
)
def counts_instead_of_multi_hot(case: Case) -> Found | None:
    """The graded model was fitted to how often each word occurs in a text."""
    run = case.run
    if run is None or run.inputs.kind != "counts":
        return None
    fact = "Your vectors hold how often each word occurs in a text."
    return Found(fact=fact, at=_adding(case) or fit_place(run))


def _adding(case: Case) -> Place | None:
    """Return the line that counts words, where there is just one: it adds to a place of an array, or calls bincount."""
    found = [
        place
        for place, node in case.source.nodes
        if (isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript))
        or (isinstance(node, ast.Call) and called(node) == "bincount")
    ]
    return found[0] if len(found) == 1 else None


@detector(
    "word-numbers-as-quantities",
    "Word numbers used as quantities",
    Topic.ENCODING,
    Weight.CANNOT_LEARN,
    why="Word 200 is not twice word 100: the numbers are only names. A Dense layer multiplies and adds them as if they "
    "were measurements.",
    fix="Make each text a multi-hot vector, or put an Embedding layer before the Dense layers.",
)
def word_numbers_as_quantities(case: Case) -> Found | None:
    """The graded model was fitted to padded word indices, and no layer before its Dense layers encodes them."""
    run = case.run
    if run is None or run.inputs.kind != "padded" or not plain(run.structure):
        return None
    fact = f"Your model's Dense layers were given word numbers, padded to {run.inputs.width} places."
    places = [place for place, _ in case.source.calls("pad_sequences") if case.mine(place)]
    return Found(fact=fact, at=places[0] if places else fit_place(run))


@detector(
    "scaled-with-all-rows",
    "Scaled with the test rows' statistics too",
    Topic.TEST_ROWS,
    Weight.SCORE_MEANS_NOTHING,
    why="The test rows stand for data that you don't have yet. Nothing may be computed from them, not even a mean: it "
    "tells the model something about them.",
    fix="Split first. Compute mean and standard deviation (or fit the scaler) on the training rows only.",
)
def scaled_with_all_rows(case: Case) -> Found | None:
    """The training features were scaled with statistics of training and test rows together, or of test rows alone."""
    run = case.run
    source = statistics_of(run, case.work) if run is not None else None
    if run is None or source not in {"all", "test"}:
        return None
    rows = "training and test rows together" if source == "all" else "the test rows"
    return Found(
        fact=f"Your features were scaled with statistics of {rows}.", at=_first_scaling(case) or fit_place(run)
    )


@detector(
    "test-rows-scaled-by-themselves",
    "Test rows scaled by their own statistics",
    Topic.TEST_ROWS,
    Weight.SCORE_MEANS_NOTHING,
    why="The model must see test rows in the scale that it was trained in. New data come one row at a time and have "
    "no mean of their own.",
    fix="Use the training rows' mean and standard deviation for the test rows too: scaler.transform(x_test), without "
    "fit.",
)
def test_rows_scaled_by_themselves(case: Case) -> Found | None:
    """The graded model was used on test rows that were scaled with their own statistics, not the training rows'."""
    run = case.run
    if run is None or statistics_of(run, case.work) != "own":
        return None
    fact = "Your training rows were scaled with their own statistics, and the test rows with theirs."
    return Found(fact=fact, at=_test_scaling(case) or fit_place(run))


@detector(
    "scaled-copy-not-used",
    "A scaled copy was made, and the raw data trained",
    Topic.SCALING,
    Weight.LEARNS_LESS,
    why="Scaling returns a new array and leaves the old one as it is. Your model never saw the scaled one.",
    fix="Hand the scaled array to fit, and the test array scaled in the same way to evaluate.",
    hides=("features-not-scaled", "pixels-not-scaled"),
)
def scaled_copy_not_used(case: Case) -> Found | None:
    """The code scales the features before the fit, yet every model was fitted to raw ones."""
    run, trained = case.run, fit_place(case.run) if case.run is not None else None
    if run is None or trained is None or not _raw(case, run):
        return None
    if any(other.inputs.kind in {"columns", "pixels"} for other in case.work.runs):
        return None
    copies = [place for place in _scalings(case) if place.order < trained.order and case.mine(place)]
    if not copies:
        return None
    return Found(fact="Here you scale the features, but your model was fitted to the raw ones.", at=copies[0])


@detector(
    "features-not-scaled",
    "Features of very different size",
    Topic.SCALING,
    Weight.LEARNS_LESS,
    why="With ranges this different the largest feature drowns the others, and training is slow.",
    fix="Subtract each column's mean and divide by its standard deviation, both from the training rows.",
)
def features_not_scaled(case: Case) -> Found | None:
    """The graded model was fitted to a table's columns as loaded, and these differ in spread by more than 20 times."""
    run, train = case.run, case.work.raw.x_train
    if run is None or not _raw(case, run) or not isinstance(train, np.ndarray) or train.ndim != 2:
        return None
    spread = train.std(axis=0)
    ratio = float(spread.max() / max(float(spread.min()), 1e-12))
    fact = f"You trained on the columns as loaded; the widest spreads {ratio:,.0f} times as far as the narrowest."
    return Found(fact=fact, at=fit_place(run)) if ratio > UNEVEN else None


@detector(
    "pixels-not-scaled",
    "Pixels from 0 to 255",
    Topic.SCALING,
    Weight.LEARNS_LESS,
    why="A network starts with small weights; inputs in the hundreds make its first steps far too large.",
    fix="Divide the images by 255.0, the training and the test images alike.",
)
def pixels_not_scaled(case: Case) -> Found | None:
    """The graded model was fitted to images as loaded, and none of its layers scales them."""
    run = case.run
    if run is None or not _raw(case, run) or not _images(case):
        return None
    return Found(fact="You trained on pixels as loaded, 0 to 255.", at=fit_place(run))


def _images(case: Case) -> bool:
    train = case.work.raw.x_train
    return isinstance(train, np.ndarray) and train.ndim > 2


def _raw(case: Case, run: TrainingRun) -> bool:
    """Say whether a table or images went in as loaded, into a model that doesn't scale them itself."""
    layers = run.structure.layers
    first = next((place for place, layer in enumerate(layers) if layer.class_ in TRAINABLE), 0)
    scales = any(layer.class_ in SCALING for layer in layers)
    untouched = all(layer.class_ in SHAPING for layer in layers[:first]) and reliable(run.structure)
    return isinstance(case.work.raw.x_train, np.ndarray) and run.inputs.kind == "raw" and untouched and not scales


def _scalings(case: Case) -> Iterator[Place]:
    """Yield where code makes a scaled array of features: a scaler's result, or a division by 255 or by a deviation."""
    for place, node in case.source.nodes:
        value = node.value if isinstance(node, (ast.Assign, ast.Expr)) else None
        if value is None or (isinstance(node, ast.Expr) and not isinstance(value, ast.Call)):
            continue
        if _scales(case, place, value):
            yield place


def _scales(case: Case, place: Place, value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and called(value) in SCALERS and value.args:
        return _scaler(case, place, value) and not names_targets(value.args[0])
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div) or names_targets(value.left):
        return False
    return constant(value.right) == BRIGHTEST or _deviation(case, place, value.right)


def _scaler(case: Case, place: Place, call: ast.Call) -> bool:
    """Say whether a method is called on one of scikit-learn's scalers, made there or in a variable."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner: ast.expr | None = call.func.value
    if isinstance(owner, ast.Name):
        owner = case.source.assigned(owner.id, place)
    return isinstance(owner, ast.Call) and called(owner).endswith("Scaler")


def _deviation(case: Case, place: Place, node: ast.expr) -> bool:
    value = case.source.assigned(node.id, place) if isinstance(node, ast.Name) else node
    return isinstance(value, ast.Call) and called(value) == "std" and not names_targets(value)


def _first_scaling(case: Case) -> Place | None:
    """Return the first line that measures features: a scaler's fit, or a mean."""
    found = [place for place, _ in case.source.calls("fit_transform", "mean") if case.mine(place)]
    return found[0] if found else None


def _test_scaling(case: Case) -> Place | None:
    """Return the line that measures test rows: a scaler's fit to them, their mean, or a function that takes it."""
    calls = [(place, node) for place, node in case.source.nodes if isinstance(node, ast.Call) and case.mine(place)]
    for place, call in calls:
        if _measures(case, called(call)) and any("test" in name.lower() for name in _given(call)):
            return place
    return None


def _measures(case: Case, name: str) -> bool:
    """Say whether a method, or a function of the student's own, computes statistics of what it is given."""
    return name in MEASURES or any(case.source.calls_in(name, inner) for inner in MEASURES)


def _given(call: ast.Call) -> list[str]:
    """Return the variables that a call is made on or with."""
    owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return [root(each) for each in (*owner, *call.args)]
