"""One submission of each verdict for each check, built in memory: what docs/checks.md shows is what these lead to.

Each is named by the verdict that it promises and said in a phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.calls import Call, Calls, Returned
from grader.checks import Facts
from grader.events import Axes, Figure
from grader.probes import probes
from grader.recognise import Encoding, TargetEncoding
from grader.records import Cell, CellRun, CellState, Exit, Verdict
from grader.runs import TaskCapture, TrainingRun
from grader.writing import written

from .builders import (
    DONE,
    FACTS,
    clothes,
    compiled,
    houses,
    model,
    run,
    submitted,
    table,
)

PASSED, PARTIAL, FAILED, ERRORED = Verdict.PASSED, Verdict.PARTIAL, Verdict.FAILED, Verdict.ERRORED


@dataclass(frozen=True, kw_only=True)
class Example:
    """A submission, in a phrase, and the verdict that it promises."""

    verdict: Verdict
    what: str
    submitted: TaskCapture


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The examples of one check, under one set of parameters."""

    examples: tuple[Example, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    facts: Facts = FACTS


def example(verdict: Verdict, what: str, *runs: TrainingRun, **changes: Any) -> Example:
    return Example(verdict=verdict, what=what, submitted=submitted(*runs, **changes))


# --- houses and clothes -------------------------------------------------------------------------

HOUSES, CLOTHES = houses(), clothes()
TRAIN = table(HOUSES)[:120].astype(np.float64)
RAW = Encoding(kind="raw", width=4, scale=np.ones(4), shift=np.zeros(4))
STANDARD = Encoding(kind="columns", width=4, scale=1 / TRAIN.std(axis=0), shift=-TRAIN.mean(axis=0) / TRAIN.std(axis=0))
OF_HOUSES = FACTS.model_copy(
    update={
        "test_rows": 40,
        "calibration": FACTS.calibration
        and FACTS.calibration.model_copy(
            update={
                "metric": "mae",
                "full": 40_000.0,
                "baseline": 90_000.0,
                "variants": {"edition 3": (31_000.0, 38_000.0)},
            }
        ),
    }
)


def house(number: int = 1, **changes: Any) -> TrainingRun:
    fields: dict[str, Any] = {
        "inputs": STANDARD, "input_shape": (100, 4), "targets": TargetEncoding(kind="scaled", scale=1e-5),
        "compile": compiled("mse"), "model": model(("Dense", 64, "relu"), ("Dense", 1)), "scores": {"mae": 35_000.0},
    }  # fmt: skip
    return run(number, **{**fields, **changes})


def folds(count: int) -> list[TrainingRun]:
    rows = np.arange(120)
    parts = np.array_split(rows, count)
    return [
        house(number, rows=np.setdiff1d(rows, part), held_out=part, tested=False)
        for number, part in enumerate(parts, start=1)
    ]


def pixels(scale: float) -> TrainingRun:
    encoding = Encoding(kind="pixels", width=64, scale=np.array([scale]), shift=np.zeros(1), layout=(8, 8))
    return run(inputs=encoding, input_shape=(90, 8, 8))


def on_houses(verdict: Verdict, what: str, *runs: TrainingRun) -> Example:
    return example(verdict, what, *runs, raw=HOUSES)


# --- functions ----------------------------------------------------------------------------------


def calls(verdict: Verdict, what: str, name: str, kind: str, *returned: Any) -> Example:
    made = tuple(
        Call(function=f"{name}: {kind}", probe=number, found=name, takes="()", cell=2, line=1, outcome="returned",
             returned=each)
        for number, each in enumerate(returned)
    )  # fmt: skip
    return example(verdict, what, calls=Calls(seed=7, made=made))


def one_hot(*, width: bool) -> list[Returned]:
    """Answer as ``np.eye(classes)[labels]`` does, or with as many columns as the largest label asks for."""
    answers = []
    for probe in probes("one_hot", 7):
        labels, classes = (np.array(each.get("array", each.get("value"))) for each in probe.arguments)
        array = np.eye(int(classes) if width else int(labels.max()) + 1)[labels]
        answers.append(Returned(kind="array", type="ndarray", shape=array.shape, array=array))
    return answers


def built(*, fresh: bool = True, units: int = 1) -> Returned:
    layers = model(("Dense", 16, "relu"), ("Dense", units, "sigmoid"))
    return Returned(kind="model", type="Sequential", structure=layers, compile=compiled(), fresh=fresh)


NOTHING = Returned(kind="none", type="NoneType")

# --- words, curves and ends ---------------------------------------------------------------------

OVERFITS = {"val_loss": (0.6, 0.4, 0.3, 0.28, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3)}
WATCHED = run(1, history=OVERFITS, epochs=10)
FIGURE = Figure(event="figure", id=1, cell=1, axes=(Axes(lines=((0.6, 0.4, 0.3),)),))
TASK = "## Discussion\nWhen does your model start to overfit, and how do you know?"
ANSWER = "From epoch 4 on the validation loss rises while the training loss goes on falling, so it overfits there."


def wrote(verdict: Verdict, what: str, text: str) -> Example:
    starter = (Cell(index=0, kind="markdown", source=TASK),)
    cells = (Cell(index=0, kind="markdown", source=f"{TASK}\n{text}"),)
    return example(verdict, what, run(), writing=written(cells, starter))


def ended(exit_: Exit, *states: CellState) -> dict[str, Any]:
    cells = tuple(CellRun(cell=number, state=state) for number, state in enumerate(states))
    stopped = None if exit_ is Exit.OK else "Cell 2 raised NameError: name 'x_train' is not defined."
    return {"execution": DONE.model_copy(update={"exit": exit_, "cells": cells, "stopped": stopped})}


def uses(**changes: Any) -> TrainingRun:
    return run(compile=compiled().model_copy(update=changes))


def wide(units: int) -> TrainingRun:
    return run(units, model=model(("Dense", units, "relu"), ("Dense", 1, "sigmoid")))


SHOWN: dict[str, Shown] = {
    "compile.loss": Shown(
        params={"task": "binary"},
        examples=(
            example(PASSED, "`loss=keras.losses.BinaryCrossentropy()`", run(compile=compiled("BinaryCrossentropy"))),
            example(PARTIAL, '`loss="mse"` on a sigmoid', run(compile=compiled("mse"))),
            example(FAILED, "a categorical loss on one unit", run(compile=compiled("categorical_crossentropy"))),
        ),
    ),
    "compile.metrics": Shown(
        params={"wanted": ["mae", "mse"]},
        examples=(
            example(PASSED, "both, one of them as an object", uses(metrics=("mse", "mean_absolute_error"))),
            example(PARTIAL, "one of two", uses(metrics=("mae",))),
            example(FAILED, "none", uses(metrics=())),
        ),
    ),
    "compile.optimizer": Shown(
        params={"accepted": ["rmsprop", "adam"]},
        examples=(
            example(PASSED, "`optimizer=keras.optimizers.Adam(1e-4)`", uses(optimizer="Adam")),
            example(FAILED, '`optimizer="sgd"`', uses(optimizer="SGD")),
        ),
    ),
    "execution.completed": Shown(
        examples=(
            example(PASSED, "all cells ran", run(), **ended(Exit.OK, CellState.OK, CellState.OK)),
            example(FAILED, "one raised", run(), **ended(Exit.RAISED, CellState.OK, CellState.RAISED)),
        ),
    ),
    "experiments.tried": Shown(
        params={"least": 2, "of": ["width"]},
        examples=(
            example(PASSED, "16, 32 and 64 units, each validated", wide(16), wide(32), wide(64)),
            example(PARTIAL, "16 and 32 units", wide(16), wide(32)),
            example(FAILED, "one model", wide(16)),
        ),
    ),
    "figures.curves": Shown(
        examples=(
            example(PASSED, "a plotted loss", run(), figures=(FIGURE,)),
            example(FAILED, "no figure", run()),
        ),
    ),
    "functions.builds_model": Shown(
        params={"units": 1, "activation": "sigmoid"},
        examples=(
            calls(PASSED, "a new model each time", "build_model", "model", built(), built()),
            calls(PARTIAL, "a model built outside the function", "build_model", "model", built(), built(fresh=False)),
            calls(FAILED, "no `return`", "build_model", "model", NOTHING, NOTHING),
        ),
    ),
    "functions.returns": Shown(
        params={"name": "one_hot_encode", "aliases": ["to_one_hot"], "probe": "one_hot"},
        examples=(
            calls(PASSED, "right on every input", "one_hot_encode", "one_hot", *one_hot(width=True)),
            calls(PARTIAL, "`np.eye(labels.max() + 1)[labels]`", "one_hot_encode", "one_hot", *one_hot(width=False)),
            calls(FAILED, "no `return`", "one_hot_encode", "one_hot", *[NOTHING] * 4),
        ),
    ),
    "inputs.multi_hot": Shown(
        params={"words": 50},
        examples=(
            example(PASSED, "vectors of 0s and 1s", run()),
            example(FAILED, "counts", run(inputs=Encoding(kind="counts", width=50))),
        ),
    ),
    "inputs.scaled_columns": Shown(
        facts=OF_HOUSES,
        examples=(
            on_houses(PASSED, "standardised", house()),
            on_houses(FAILED, "as loaded", house(inputs=RAW)),
        ),
    ),
    "inputs.scaled_pixels": Shown(
        examples=(
            example(PASSED, "divided by 255", pixels(1 / 255), raw=CLOTHES),
            example(FAILED, "as loaded", pixels(1.0), raw=CLOTHES),
        ),
    ),
    "layers.hidden": Shown(
        params={"least": 1, "most": 3, "units": 16},
        examples=(
            example(PASSED, "one hidden layer of 16 units with relu", run()),
            example(FAILED, "4 units", run(model=model(("Dense", 4, "relu"), ("Dense", 1, "sigmoid")))),
            example(FAILED, "no activation", run(model=model(("Dense", 16), ("Dense", 1, "sigmoid")))),
        ),
    ),
    "layers.output": Shown(
        params={"units": 1, "activation": "sigmoid"},
        examples=(
            example(
                PASSED,
                "linear, and the loss has `from_logits=True`",
                run(model=model(("Dense", 16, "relu"), ("Dense", 1)), compile=compiled(from_logits=True)),
            ),
            example(FAILED, "softmax on one unit", run(model=model(("Dense", 16, "relu"), ("Dense", 1, "softmax")))),
        ),
    ),
    "scores.accuracy": Shown(
        examples=(
            example(PASSED, "as good as correct solutions", run(scores={"accuracy": 0.871})),
            example(PARTIAL, "between them and a guess", run(scores={"accuracy": 0.74})),
            example(FAILED, "no better than a guess", run(scores={"accuracy": 0.5})),
        ),
    ),
    "scores.mae": Shown(
        facts=OF_HOUSES,
        examples=(
            on_houses(PASSED, "as good as correct solutions", house()),
            on_houses(PARTIAL, "between them and a guess", house(scores={"mae": 52_000.0})),
            on_houses(FAILED, "no better than a guess", house(scores={"mae": 95_000.0})),
        ),
    ),
    "scores.r2": Shown(
        facts=OF_HOUSES,
        params={"full": 0.75},
        examples=(
            on_houses(PASSED, "enough is explained", house(scores={"r2": 0.81})),
            on_houses(PARTIAL, "some", house(scores={"r2": 0.5})),
            on_houses(FAILED, "worse than the mean", house(scores={"r2": -0.2})),
        ),
    ),
    "scores.top_k": Shown(
        params={"k": 3, "full": 0.9, "none": 0.5},
        examples=(
            example(PASSED, "enough", run(scores={"top_3": 0.93})),
            example(PARTIAL, "some", run(scores={"top_3": 0.8})),
            example(FAILED, "no more than the most frequent classes", run(scores={"top_3": 0.48})),
        ),
    ),
    "targets.classes": Shown(
        params={"classes": 46},
        examples=(
            example(
                PASSED, "one-hot vectors", run(targets=TargetEncoding(kind="one_hot", width=46), target_shape=(100, 46))
            ),
            example(
                FAILED, "too narrow", run(targets=TargetEncoding(kind="one_hot", width=45), target_shape=(100, 45))
            ),
            example(FAILED, "labels of other rows", run(targets=TargetEncoding(kind="unknown"))),
        ),
    ),
    "targets.numbers": Shown(
        facts=OF_HOUSES,
        examples=(
            on_houses(PASSED, "as loaded", house(targets=TargetEncoding(kind="raw"))),
            on_houses(FAILED, "prices of other rows", house(targets=TargetEncoding(kind="unknown"))),
        ),
    ),
    "targets.scaled": Shown(
        facts=OF_HOUSES,
        examples=(
            on_houses(PASSED, "divided by 100,000", house()),
            on_houses(FAILED, "dollars", house(targets=TargetEncoding(kind="raw"))),
        ),
    ),
    "training.epochs_chosen": Shown(
        examples=(
            example(PASSED, "4 epochs, where the curve is lowest", WATCHED, run(2, epochs=4, validation="none")),
            example(PARTIAL, "too short", WATCHED, run(2, epochs=1, validation="none")),
            example(FAILED, "as long as before", WATCHED, run(2, epochs=10, validation="none")),
            example(FAILED, "nothing was validated", run(2, epochs=10, validation="none")),
        ),
    ),
    "training.k_fold": Shown(
        facts=OF_HOUSES,
        examples=(
            on_houses(PASSED, "4 fresh models, each validated on another quarter", *folds(4)),
            on_houses(PARTIAL, "one part held out", house()),
            on_houses(FAILED, "no validation", house(validation="none", held_out=np.arange(0))),
        ),
    ),
    "training.no_leakage": Shown(
        examples=(
            example(PASSED, "training rows only", run()),
            example(FAILED, "fitted on all rows", run(rows=np.arange(180))),
        ),
    ),
    "training.retrained": Shown(
        examples=(
            example(PASSED, "a new model after validation", WATCHED, run(2, epochs=4, validation="none")),
            example(FAILED, "the validated model itself", replace(WATCHED)),
            example(FAILED, "the same model trained on", WATCHED, run(2, fresh=False)),
        ),
    ),
    "training.validation": Shown(
        examples=(
            example(PASSED, "held-out training rows", run()),
            example(FAILED, "the test set", run(validation="test_rows")),
            example(FAILED, "rows trained on", run(validation="training_rows")),
        ),
    ),
    "writing.present": Shown(
        params={"heading": "Discussion", "words": 10},
        examples=(
            wrote(ERRORED, "an answer under the heading", ANSWER),
            wrote(FAILED, "the question alone", ""),
        ),
    ),
}
