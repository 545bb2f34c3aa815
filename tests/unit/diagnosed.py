"""For each misconception: work that has it, and work that nearly has it and must not be told so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from grader.capture import Capture
from grader.data import RawData
from grader.diagnose import Case
from grader.events import CallbackNote, Compile, CompileNote, Load, LossNote
from grader.recognise import Encoding, Seen, TargetEncoding
from grader.records import Cell, CellRun, CellState, Execution, Exit, Finding, Verdict
from grader.runs import Look, TrainingRun
from tests.unit import builders
from tests.unit.builders import NOTHING, clothes, houses, model, part, reviews, run, submitted

Make = Callable[[], Case]
NOWHERE = Path("nowhere")


def case(
    *runs: TrainingRun,
    source: Sequence[str] = (),
    task: Any = "binary",
    classes: int | None = 2,
    raw: RawData | None = None,
    events: Sequence[Any] = (),
    errors: dict[int, str] | None = None,
    findings: Sequence[Finding] = (),
    **changes: Any,
) -> Case:
    """Return a case of runs, the last one graded; ``errors`` maps cells to what they raised."""
    cells = tuple(Cell(index=index, kind="code", source=text) for index, text in enumerate(source))
    raised = errors or {}
    execution = Execution(
        exit=Exit.RAISED if raised else Exit.OK, seconds=1, peak_mib=1, isolation="none",
        cells=tuple(CellRun(cell=cell, state=CellState.RAISED, error=text, line=1) for cell, text in raised.items()),
    )  # fmt: skip
    data = raw or (houses() if task == "regression" else reviews(classes=classes or 2))
    return Case(
        work=submitted(*runs, raw=data, **{"execution": execution, **changes}),
        capture=Capture(NOWHERE, tuple(events), tuple(range(100))),
        cells=cells, findings=tuple(findings), task=task, classes=None if task == "regression" else classes,
    )  # fmt: skip


def compiled(loss: str, *, logits: bool = False, **changes: Any) -> CompileNote:
    note = {"optimizer": "Adam", "learning_rate": 0.001, "metrics": ("accuracy",), **changes}
    return CompileNote(loss=LossNote(name=loss, from_logits=logits), **note)


def ends_in(units: int, activation: str | None, **changes: Any) -> Any:
    return model(("Dense", 64, "relu"), ("Dense", units, activation), **changes)


def classifier(units: int, activation: str | None, loss: str, *, logits: bool = False, **changes: Any) -> TrainingRun:
    return run(**{"model": ends_in(units, activation), "compile": compiled(loss, logits=logits), **changes})


def regression(
    number: int = 1, *, activation: str | None = None, loss: str = "mean_squared_error", **changes: Any
) -> TrainingRun:
    fields = {
        "model": ends_in(1, activation), "compile": compiled(loss, metrics=("mae",)),
        "inputs": scaled(houses(), np.arange(120)),
        "targets": TargetEncoding(kind="scaled", scale=1e-5), "scores": {"mae": 0.3},
    }  # fmt: skip
    return run(number, **{**fields, **changes})


def scaled(raw: RawData, rows: np.ndarray[Any, Any]) -> Encoding:
    """Return the standardisation of a table by the statistics of some of its rows."""
    picked = builders.table(raw)[rows].astype(np.float64)
    return Encoding(
        kind="columns", width=4, scale=1 / picked.std(axis=0), shift=-picked.mean(axis=0) / picked.std(axis=0)
    )


def looked(
    positions: np.ndarray[Any, Any],
    *,
    kind: str = "evaluate",
    y: np.ndarray[Any, Any] | None = None,
    known: bool = True,
) -> Look:
    """Return a use of a run's model on rows of the data set."""
    seen = Seen(encoding=Encoding(kind="multi_hot", width=50), positions=positions) if known else None
    use = replace(builders.use(np.zeros((len(positions), 1)), "after-1", kind=kind), y=None if y is None else part(y))
    return Look(use=use, seen=seen)


TEST = np.arange(120, 180)  # rows of the data sets here: 120 training rows, then the test rows
GIVEN = (None, None)  # validation data given to fit; which rows they are is said by the run


def on_test() -> TrainingRun:
    return run(rows=np.arange(120), held_out=NOTHING, validation="none", tested=True, looks=(looked(TEST),))


def load(cell: int, loader: str = "imdb", **arguments: Any) -> Load:
    return Load(id=1, cell=cell + 1, line=1, event="load", loader=loader, arguments=arguments)


def compile_event(cell: int, *, state: str | None = None) -> Compile:
    return Compile(id=1, cell=cell + 1, line=1, event="compile", model=1, compile=compiled("mse"), state=state)


def score(verdict: Verdict) -> Finding:
    return Finding(
        criterion="accuracy", check="scores.accuracy", title="Accuracy", verdict=verdict, credit=0.5, points=1,
        possible=2, rationale="", section="4.1.4",
    )  # fmt: skip


def curve(*values: float, **changes: Any) -> TrainingRun:
    """Return a validated run with such a validation loss, and a training loss that falls."""
    falling = tuple(1 / (1 + epoch) for epoch in range(len(values)))
    return run(
        history={"loss": falling, "val_loss": values, **changes.pop("beside", {})}, epochs=len(values), **changes
    )


RISING = (0.5, 0.40, 0.35, 0.34, 0.36, 0.40, 0.45, 0.50, 0.56, 0.62)
FLAT = (0.5, 0.40, 0.35, 0.34, 0.34, 0.345, 0.345, 0.35, 0.35, 0.35)
BEST = CallbackNote(name="EarlyStopping", restores_best=True)
UNTESTED: dict[str, Any] = {"tested": False, "rows": np.arange(120), "held_out": NOTHING, "validation": "none"}
DENSE_HIDDEN = ("Dense", 64, "relu")


def chain(**changes: Any) -> tuple[TrainingRun, ...]:
    """Return four folds of 30 rows that go on with one model."""
    runs = []
    for fold in range(4):
        held_out = np.arange(fold * 30, fold * 30 + 30)
        fields = {
            "held_out": held_out, "rows": np.setdiff1d(np.arange(120), held_out), "fresh": fold == 0,
            "before": f"after-{fold}", "after": f"after-{fold + 1}", **changes,
        }  # fmt: skip
        each = run(fold + 1, **fields)
        runs.append(replace(each, fit=replace(each.fit, model=1)))
    return tuple(runs)


def went_on(**changes: Any) -> tuple[TrainingRun, TrainingRun]:
    """Return a validated run, and a final fit on all rows that goes on with its model."""
    again = {"rows": np.arange(120), "held_out": NOTHING, "validation": "none", "fresh": False, "before": "after-1"}
    return run(1, after="after-1"), run(2, **{**again, **changes})


PLOT = 'history = model.fit(x, y)\nplt.plot(history.history["{key}"], label="{label}")'


def plotted(key: str, label: str) -> Case:
    return case(run(), source=[PLOT.format(key=key, label=label)])


RAW_TABLE: dict[str, Any] = {"inputs": Encoding(kind="raw", width=4), "cell": 2, "line": 1}
SCALING = "scaler = StandardScaler()\nx_scaled = scaler.fit_transform(x_train)"
FIT = "model.fit(x_train, y_train)"
PIXELS = Encoding(kind="raw", width=64, scale=np.array([1.0]), shift=np.array([0.0]), layout=(8, 8))
LOGITS = classifier(1, None, "binary_crossentropy", logits=True)


def own_labels() -> np.ndarray[Any, Any]:
    return reviews(classes=10).y_test


def others_labels() -> np.ndarray[Any, Any]:
    return reviews(classes=10).y_train[:60]


def ten(**changes: Any) -> TrainingRun:
    return classifier(10, "softmax", "sparse_categorical_crossentropy", **changes)


# Each entry: work that has the misconception, and work that is near and right.
CASES: dict[str, tuple[list[Make], list[Make]]] = {
    # --- rows -----------------------------------------------------------------------------------
    "trained-on-test-rows": (
        [lambda: case(run(rows=np.arange(180)))],
        [lambda: case(run()), lambda: case(run(rows=np.arange(120)))],
    ),
    "test-set-as-validation": (
        [lambda: case(run(validation="test_rows", held_out=TEST, given=GIVEN))],
        [lambda: case(run()), lambda: case(on_test()), lambda: case(run(validation="unknown"))],
    ),
    "validation-on-all-training-rows": (
        [lambda: case(run(validation="training_rows", held_out=np.arange(120), rows=np.arange(120), given=GIVEN))],
        [
            lambda: case(run(validation="training_rows", held_out=np.arange(120), rows=np.arange(120))),  # looked only
            lambda: case(run(validation="training_rows", held_out=np.arange(50), rows=np.arange(120), given=GIVEN)),
        ],
    ),
    "validation-rows-in-training": (
        [lambda: case(run(validation="training_rows", held_out=np.arange(20), rows=np.arange(120), given=GIVEN))],
        [
            lambda: case(run()),
            lambda: case(run(validation="training_rows", held_out=np.arange(20), rows=np.arange(120))),
        ],
    ),
    "models-compared-on-test": (
        [lambda: case(on_test(), replace(on_test(), number=2, structure=run(model=ends_in(1, "tanh")).structure))],
        [
            lambda: case(on_test(), replace(on_test(), number=2)),  # the same model twice
            lambda: case(run(), replace(on_test(), number=2, structure=run(model=ends_in(1, "tanh")).structure)),
            lambda: case(
                on_test(), replace(on_test(), number=2, structure=run(model=ends_in(1, "tanh")).structure), unseen=1
            ),
        ],
    ),
    "evaluated-on-training-rows": (
        [lambda: case(run(**UNTESTED, looks=(looked(np.arange(120)),)))],
        [
            lambda: case(run(looks=(looked(np.arange(120)), looked(TEST)))),  # both: compared
            lambda: case(run(tested=False, looks=(looked(np.arange(20)),))),  # held-out rows
            lambda: case(run(**UNTESTED, looks=(looked(np.arange(120)),)), source=["net.fit(x, y)\np = net(x_test)"]),
        ],
    ),
    "never-evaluated-on-test": (
        [lambda: case(run(tested=False)), lambda: case(run(tested=False, looks=(looked(np.arange(20)),)))],
        [
            lambda: case(run()),
            lambda: case(run(tested=False), errors={3: "NameError: x_tset"}),  # stopped before
            lambda: case(run(tested=False), unseen=1),
            lambda: case(run(tested=False, looks=(looked(TEST, known=False),))),
            lambda: case(run(tested=False), source=["model.predict_on_batch(x_test)"]),
        ],
    ),
    # --- labels ---------------------------------------------------------------------------------
    "labels-on-other-rows": (
        [lambda: case(run(targets=TargetEncoding(kind="shuffled")), source=["rng.shuffle(x)"])],
        [
            lambda: case(run(targets=TargetEncoding(kind="unknown"))),
            lambda: case(run(1, targets=TargetEncoding(kind="shuffled")), run(2)),  # a baseline beside the graded model
        ],
    ),
    "test-labels-from-training": (
        [
            lambda: case(ten(looks=(looked(TEST, y=others_labels()),)), task="multiclass", classes=10),
            lambda: case(
                ten(looks=(looked(np.r_[3, TEST[1:]], y=others_labels()),)), task="multiclass", classes=10
            ),  # one test row is equal to a training row
        ],
        [
            lambda: case(ten(looks=(looked(TEST, y=own_labels()),)), task="multiclass", classes=10),
            lambda: case(ten(looks=(looked(np.arange(60), y=others_labels()),)), task="multiclass", classes=10),
            lambda: case(
                ten(looks=(looked(TEST, y=np.random.default_rng(7).permutation(own_labels())),)),
                task="multiclass",
                classes=10,
            ),
        ],
    ),
    "targets-not-scaled": (
        [lambda: case(regression(targets=TargetEncoding(kind="raw")), task="regression")],
        [
            lambda: case(regression(), task="regression"),
            lambda: case(regression(targets=TargetEncoding(kind="raw")), task="regression", raw=_in_thousands()),
        ],
    ),
    "test-targets-in-another-unit": (
        [lambda: case(regression(looks=(looked(np.arange(120, 160), y=houses().y_test),)), task="regression")],
        [
            lambda: case(regression(looks=(looked(np.arange(120, 160), y=houses().y_test / 1e5),)), task="regression"),
            lambda: case(
                regression(looks=(looked(np.arange(120, 160), y=houses().y_test, kind="predict"),)), task="regression"
            ),
        ],
    ),
    # --- encodings ------------------------------------------------------------------------------
    "counts-instead-of-multi-hot": (
        [lambda: case(run(inputs=Encoding(kind="counts", width=50)), source=["grid[i, j] += 1"])],
        [lambda: case(run()), lambda: case(run(1, inputs=Encoding(kind="counts", width=50)), run(2))],
    ),
    "word-numbers-as-quantities": (
        [lambda: case(run(inputs=Encoding(kind="padded", width=100)))],
        [
            lambda: case(
                run(
                    inputs=Encoding(kind="padded", width=100), model=model(("Embedding", None), ("Dense", 1, "sigmoid"))
                )
            ),
            lambda: case(
                run(
                    inputs=Encoding(kind="padded", width=100),
                    model=model(("CategoryEncoding",), ("Dense", 1, "sigmoid")),
                )
            ),
        ],
    ),
    "scaled-with-all-rows": (
        [lambda: case(regression(inputs=scaled(houses(), np.arange(160))), task="regression")],
        [
            lambda: case(regression(inputs=scaled(houses(), np.arange(120))), task="regression"),
            lambda: case(regression(inputs=scaled(houses(), np.arange(20, 120))), task="regression"),
        ],
    ),
    "test-rows-scaled-by-themselves": (
        [lambda: case(regression(test_inputs=(scaled(houses(), np.arange(120, 160)),)), task="regression")],
        [lambda: case(regression(test_inputs=(scaled(houses(), np.arange(120)),)), task="regression")],
    ),
    "scaled-copy-not-used": (
        [
            lambda: case(regression(**RAW_TABLE), source=["", SCALING, FIT], task="regression"),
            lambda: case(
                regression(**RAW_TABLE),
                source=["", "m, s = x.mean(0), x.std(0)\nz = (x - m) / s", FIT],
                task="regression",
            ),
        ],
        [
            lambda: case(regression(**RAW_TABLE), source=["", "", FIT], task="regression"),
            lambda: case(regression(**RAW_TABLE), source=["", "", FIT, SCALING], task="regression"),  # afterwards
            lambda: case(
                regression(**RAW_TABLE),
                source=["", "s = StandardScaler()\nt = s.fit_transform(y_train)", FIT],
                task="regression",
            ),
            lambda: case(regression(1), regression(2, **RAW_TABLE), source=["", SCALING, FIT], task="regression"),
        ],
    ),
    "features-not-scaled": (
        [lambda: case(regression(**RAW_TABLE), task="regression")],
        [
            lambda: case(regression(), task="regression"),
            lambda: case(
                regression(**RAW_TABLE, model=model(("Normalization",), DENSE_HIDDEN, ("Dense", 1))), task="regression"
            ),
        ],
    ),
    "pixels-not-scaled": (
        [lambda: case(ten(inputs=PIXELS), task="multiclass", classes=10, raw=clothes())],
        [
            lambda: case(
                ten(inputs=replace(PIXELS, kind="pixels", scale=np.array([1 / 255]))),
                task="multiclass",
                classes=10,
                raw=clothes(),
            ),
            lambda: case(
                run(inputs=PIXELS, model=model(("Rescaling",), DENSE_HIDDEN, ("Dense", 10, "softmax"))),
                task="multiclass",
                classes=10,
                raw=clothes(),
            ),
        ],
    ),
    # --- outputs and losses ---------------------------------------------------------------------
    "softmax-on-one-unit": (
        [lambda: case(classifier(1, "softmax", "binary_crossentropy"))],
        [
            lambda: case(classifier(2, "softmax", "sparse_categorical_crossentropy")),
            lambda: case(run(1, model=ends_in(1, "softmax")), run(2)),
        ],
    ),
    "sigmoid-with-categorical-crossentropy": (
        [
            lambda: case(classifier(1, "sigmoid", "categorical_crossentropy")),
            lambda: case(classifier(46, "sigmoid", "sparse_categorical_crossentropy"), task="multiclass", classes=46),
        ],
        [
            lambda: case(classifier(1, "sigmoid", "binary_crossentropy")),
            lambda: case(
                run(
                    model=model(("Dense", 46), ("Activation", None, "softmax")),
                    compile=compiled("categorical_crossentropy"),
                )
            ),
        ],
    ),
    "crossentropy-without-probabilities": (
        [
            lambda: case(classifier(1, None, "binary_crossentropy")),
            lambda: case(classifier(10, None, "sparse_categorical_crossentropy"), task="multiclass", classes=10),
        ],
        [
            lambda: case(LOGITS),
            lambda: case(run(model=model(DENSE_HIDDEN, ("Dense", 1), ("Activation", None, "sigmoid")))),
            lambda: case(run(model=ends_in(1, None, kind="subclass"))),  # its call may apply one
            lambda: case(run(model=model(DENSE_HIDDEN, ("Dense", 1), ("Lambda",)))),
        ],
    ),
    "from-logits-on-probabilities": (
        [lambda: case(classifier(10, "softmax", "sparse_categorical_crossentropy", logits=True))],
        [lambda: case(LOGITS), lambda: case(classifier(10, "softmax", "sparse_categorical_crossentropy"))],
    ),
    "binary-crossentropy-for-one-of-many": (
        [
            lambda: case(classifier(46, "softmax", "binary_crossentropy"), task="multiclass", classes=46),
            lambda: case(classifier(2, "sigmoid", "binary_crossentropy")),
        ],
        [lambda: case(classifier(1, "sigmoid", "binary_crossentropy"))],
    ),
    "distance-for-classes": (
        [lambda: case(classifier(1, "sigmoid", "mse")), lambda: case(ten(compile=compiled("mae")), task="multiclass")],
        [
            lambda: case(regression(), task="regression"),
            lambda: case(
                replace(classifier(1, "sigmoid", "mse"), number=1), run(2)
            ),  # the exercise beside the graded one
        ],
    ),
    "crossentropy-for-a-number": (
        [lambda: case(regression(loss="binary_crossentropy"), task="regression")],
        [lambda: case(regression(loss="huber"), task="regression"), lambda: case(run())],
    ),
    "activation-on-a-number": (
        [
            lambda: case(regression(activation="relu"), task="regression"),
            lambda: case(regression(activation="sigmoid"), task="regression"),
        ],
        [
            lambda: case(regression(), task="regression"),
            lambda: case(
                regression(activation="sigmoid", targets=TargetEncoding(kind="scaled", scale=1e-7)), task="regression"
            ),  # targets lie between 0 and 1
            lambda: case(classifier(1, "sigmoid", "binary_crossentropy")),
        ],
    ),
    "accuracy-for-a-number": (
        [lambda: case(regression(compile=compiled("mse", metrics=("accuracy",))), task="regression")],
        [lambda: case(regression(), task="regression"), lambda: case(run())],
    ),
    "one-hot-with-sparse-loss": (
        [
            lambda: case(ten(targets=TargetEncoding(kind="one_hot", width=10)), task="multiclass"),
            lambda: case(
                ten(targets=TargetEncoding(kind="one_hot", width=10), error="ValueError", cell=2),
                run(2),
                errors={2: "ValueError: shapes"},
            ),
        ],
        [
            lambda: case(ten(), task="multiclass"),
            lambda: case(
                ten(targets=TargetEncoding(kind="one_hot", width=10), error="ValueError", cell=2), run(2)
            ),  # caught: shown on purpose
        ],
    ),
    "integers-with-categorical-loss": (
        [lambda: case(classifier(10, "softmax", "categorical_crossentropy"), task="multiclass")],
        [
            lambda: case(
                classifier(10, "softmax", "categorical_crossentropy", targets=TargetEncoding(kind="one_hot", width=10))
            ),
            lambda: case(classifier(1, "sigmoid", "categorical_crossentropy")),
        ],
    ),
    "too-few-outputs": (
        [lambda: case(ten(model=ends_in(9, "softmax")), task="multiclass", classes=10)],
        [lambda: case(ten(), task="multiclass", classes=10), lambda: case(run())],
    ),
    # --- layers ---------------------------------------------------------------------------------
    "information-bottleneck": (
        [
            lambda: case(
                run(model=model(DENSE_HIDDEN, ("Dense", 4, "relu"), ("Dense", 46, "softmax"))),
                task="multiclass",
                classes=46,
            )
        ],
        [
            lambda: case(
                run(model=model(("Dense", 16, "relu"), ("Dense", 46, "softmax"))), task="multiclass", classes=46
            ),
            lambda: case(run(model=model(("Dense", 4, "relu"), ("Dense", 1, "sigmoid")))),
            lambda: case(
                run(1, model=model(("Dense", 4, "relu"), ("Dense", 46, "softmax"))),
                replace(ten(), number=2),
                task="multiclass",
                classes=46,
            ),  # a study beside the graded model
        ],
    ),
    "no-hidden-layer": (
        [lambda: case(run(model=model(("Dense", 1, "sigmoid"))))],
        [
            lambda: case(run()),
            lambda: case(run(model=model(("Embedding", None), ("GlobalAveragePooling1D",), ("Dense", 1, "sigmoid")))),
        ],
    ),
    "linear-hidden-layers": (
        [lambda: case(run(model=model(("Dense", 16), ("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))))],
        [
            lambda: case(run(model=model(("Dense", 16), ("LeakyReLU",), ("Dense", 1, "sigmoid")))),
            lambda: case(run(model=model(("Dense", 16, "tanh"), ("Dense", 1, "sigmoid")))),
            lambda: case(run(model=model(("Dense", 16), ("Maximum",), ("Dense", 1, "sigmoid"), kind="functional"))),
            lambda: case(run(model=model(("Dense", 16), ("Dense", 1), kind="subclass"))),
        ],
    ),
    # --- training -------------------------------------------------------------------------------
    "never-fitted": (
        [lambda: case(events=[load(0), compile_event(1)])],
        [
            lambda: case(events=[load(0)]),  # not begun
            lambda: case(events=[load(0), compile_event(1)], unseen=1),
            lambda: case(events=[load(0), compile_event(1)], errors={1: "ValueError"}),
            lambda: case(events=[load(0), compile_event(1)], source=["model = keras.models.load_model('m.keras')"]),
        ],
    ),
    "one-model-for-all-folds": (
        [lambda: case(*chain())],
        [
            lambda: case(*(run(n, held_out=np.arange(n * 20, n * 20 + 20), before=f"new-{n}") for n in range(1, 5))),
            lambda: case(*chain(held_out=np.arange(20))),  # longer training on one split
        ],
    ),
    "kept-training": (
        [lambda: case(*went_on()), lambda: case(*went_on(), events=[compile_event(1, state="a" * 32)])],
        [
            lambda: case(run(1), run(2)),
            lambda: case(
                *went_on(rows=np.arange(20, 120), held_out=np.arange(20), validation="held_out")
            ),  # more epochs
            lambda: case(replace(went_on()[0], validation="none"), went_on()[1]),
            lambda: case(run(1, after="after-1", callbacks=(BEST,)), went_on()[1]),
        ],
    ),
    "trained-too-long": (
        [
            lambda: case(curve(*RISING)),
            lambda: case(curve(*RISING, number=1), run(2, epochs=10), findings=[score(Verdict.PARTIAL)]),
        ],
        [
            lambda: case(curve(*FLAT)),
            lambda: case(curve(*RISING, callbacks=(BEST,))),
            lambda: case(curve(*RISING, number=1), run(2, epochs=4)),  # retrained for the best number
            lambda: case(curve(*RISING, number=1), run(2, epochs=10), findings=[score(Verdict.PASSED)]),
            lambda: case(
                curve(*(0.9 * FLAT[3] + 0.1 * value for value in RISING))
            ),  # a rise within the noise of 20 rows
            lambda: case(curve(*RISING, beside={"val_accuracy": tuple(0.5 + 0.02 * n for n in range(10))})),
            lambda: case(curve(*RISING[:5])),
        ],
    ),
    "trained-too-briefly": (
        [lambda: case(curve(0.7, 0.5, 0.35), findings=[score(Verdict.PARTIAL)])],
        [
            lambda: case(curve(0.7, 0.5, 0.35), findings=[score(Verdict.PASSED)]),
            lambda: case(curve(*FLAT), findings=[score(Verdict.PARTIAL)]),
            lambda: case(
                curve(0.7, 0.5, 0.35, compile=compiled("mse")), findings=[score(Verdict.PARTIAL)]
            ),  # explained
        ],
    ),
    "training-diverged": (
        [lambda: case(run(history={"loss": (2.0, float("nan"))}))],
        [lambda: case(run()), lambda: case(run(1, history={"loss": (float("nan"),)}), run(2))],
    ),
    "learning-rate-too-high": (
        [lambda: case(run(compile=compiled("mse", learning_rate=0.5), history={"loss": (0.69, 7.1, 7.0, 7.2)}))],
        [
            lambda: case(run(compile=compiled("mse", learning_rate=0.5), history={"loss": (0.69, 0.5, 0.4, 0.3)})),
            lambda: case(run(compile=compiled("mse"), history={"loss": (0.69, 7.1, 7.0, 7.2)})),
            lambda: case(
                run(compile=compiled("mse", optimizer="SGD", learning_rate=0.5), history={"loss": (0.6, 0.6, 0.6)})
            ),
        ],
    ),
    "learning-rate-too-low": (
        [lambda: case(run(compile=compiled("mse", learning_rate=1e-6), history={"loss": (0.693, 0.692, 0.691)}))],
        [
            lambda: case(run(compile=compiled("mse", learning_rate=1e-6), history={"loss": (0.69, 0.5, 0.3)})),
            lambda: case(
                run(
                    compile=compiled("mse", learning_rate=1e-6),
                    history={"loss": (0.693, 0.692, 0.691)},
                    callbacks=(CallbackNote(name="LearningRateScheduler"),),
                )
            ),
        ],
    ),
    # --- code -----------------------------------------------------------------------------------
    "nb-words-swallowed": (
        [lambda: case(run(), events=[load(0, nb_words=10000)])],
        [
            lambda: case(run(), events=[load(0, num_words=10000)]),
            lambda: case(run(), events=[load(0, "reuters", nb_words=1)]),
        ],
    ),
    "history-key-of-another-name": (
        [lambda: case(run(history={"loss": (1.0,), "accuracy": (0.5,)}), errors={2: "KeyError: 'acc'"})],
        [
            lambda: case(run(history={"loss": (1.0,), "acc": (0.5,)}), errors={2: "KeyError: 'acc'"}),
            lambda: case(run(history={"loss": (1.0,), "accuracy": (0.5,)}), errors={2: "KeyError: 'age'"}),
        ],
    ),
    "validation-curve-without-validation": (
        [lambda: case(run(history={"loss": (1.0,)}), errors={2: "KeyError: 'val_loss'"})],
        [lambda: case(run(history={"loss": (1.0,), "val_loss": (1.0,)}), errors={2: "KeyError: 'val_acc'"})],
    ),
    "metrics-as-a-string": (
        [
            lambda: case(
                source=["", "model.compile(loss='mse', metrics='accuracy')"],
                errors={1: "ValueError: Expected `metrics`"},
            )
        ],
        [
            lambda: case(source=["", "model.compile(loss='mse', metrics='accuracy')"]),  # another Keras takes it
            lambda: case(
                source=["", "model.compile(loss='mse', metrics=['accuracy'])"], errors={1: "ValueError: metrics"}
            ),
        ],
    ),
    "layers-shared-by-multiplication": (
        [lambda: case(run(), source=["hidden = [layers.Dense(64, activation='relu')] * 2"])],
        [lambda: case(run(), source=["units = [64] * 2\nhidden = [layers.Dense(n) for n in units]"])],
    ),
    "curve-with-the-wrong-label": (
        [lambda: plotted("loss", "Validation loss"), lambda: plotted("val_loss", "Training loss")],
        [
            lambda: plotted("loss", "Training loss"),
            lambda: plotted("val_loss", "val"),
            lambda: plotted("loss", "Training and validation loss"),
            lambda: plotted("loss", "loss values"),
            lambda: case(run(), source=["plt.plot(results['val']['loss'], label='validation')"]),  # their own table
        ],
    ),
    "argmax-of-one-column": (
        [lambda: case(run(), source=["p = model.predict(x_test)\nnp.argmax(p, axis=1)"])],
        [
            lambda: case(run(), source=["np.argmax(history.history['val_accuracy'])"]),
            lambda: case(ten(), source=["np.argmax(model.predict(x_test), axis=1)"], task="multiclass", classes=10),
        ],
    ),
    "threshold-of-half-on-logits": (
        [lambda: case(LOGITS, source=["p = model.predict(x_test)\nlabels = p > 0.5"])],
        [
            lambda: case(run(), source=["p = model.predict(x_test)\nlabels = p > 0.5"]),
            lambda: case(LOGITS, source=["p = model.predict(x_test)\nlabels = p > 0"]),
            lambda: case(LOGITS, source=["p = keras.ops.sigmoid(model.predict(x_test))\nlabels = p > 0.5"]),
        ],
    ),
}


def _in_thousands() -> RawData:
    raw = houses()
    return replace(raw, y_train=raw.y_train / 1e4, y_test=raw.y_test / 1e4)
