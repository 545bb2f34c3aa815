"""Small data sets, stored arrays, fits and runs, made in memory in a line each."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from grader.capture import FitRecord, Part, UseRecord
from grader.checks import Calibration, Facts
from grader.data import RawData, Texts
from grader.events import CallbackNote, CompileNote, LossNote, StructureNote
from grader.recognise import Encoding, TargetEncoding
from grader.records import Evidence, Execution, Exit
from grader.runs import TaskCapture, TrainingRun
from grader.structure import structure
from grader.task import task_capture
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]
NOTHING = np.empty(0, np.int64)


# --- data sets ----------------------------------------------------------------------------------


def texts(rows: list[list[int]]) -> Texts:
    """Return texts, given as lists of word indices, as the grader reads them."""
    tokens = np.array([word for row in rows for word in row], np.int32)
    sets = [np.unique(np.array(row, np.int32), return_counts=True) for row in rows]
    return Texts(
        tokens=tokens,
        starts=np.cumsum([0, *map(len, rows)]).astype(np.int64),
        words=np.concatenate([words for words, _ in sets]),
        counts=np.concatenate([counts for _, counts in sets]).astype(np.int32),
        word_starts=np.cumsum([0, *(len(words) for words, _ in sets)]).astype(np.int64),
    )


def word_lists(rows: int, *, words: int = 200, seed: int = 0) -> list[list[int]]:
    """Return random texts of 5 to 40 words, each different from all others."""
    random = np.random.default_rng(seed)
    return [[int(word) for word in random.integers(1, words, random.integers(5, 41))] for _ in range(rows)]


def multi_hot(rows: list[list[int]], width: int) -> Array:
    """Encode texts as the book does; words beyond the width are left out."""
    grid = np.zeros((len(rows), width), np.float32)
    for number, row in enumerate(rows):
        grid[number, [word for word in row if word < width]] = 1
    return grid


def counted(rows: list[list[int]], width: int) -> Array:
    """Encode texts as counts of each word."""
    grid = np.zeros((len(rows), width), np.float32)
    for number, row in enumerate(rows):
        for word in row:
            if word < width:
                grid[number, word] += 1
    return grid


def reviews(train: int = 120, test: int = 60, *, classes: int = 2, seed: int = 0) -> RawData:
    """Return a small data set of texts with integer labels."""
    rows = word_lists(train + test, seed=seed)
    labels = np.random.default_rng(seed + 1).integers(0, classes, train + test)
    return RawData(
        loader="imdb", arguments={}, x_train=texts(rows[:train]), y_train=labels[:train],
        x_test=texts(rows[train:]), y_test=labels[train:],
    )  # fmt: skip


def houses(train: int = 120, test: int = 40, *, seed: int = 0) -> RawData:
    """Return a small table of four columns of very different size, with prices."""
    random = np.random.default_rng(seed)
    size = train + test
    columns = [
        random.normal(-119, 2, size), random.integers(1, 53, size),
        random.lognormal(7, 0.8, size), random.lognormal(1, 0.4, size),
    ]  # fmt: skip
    x, y = np.stack(columns, axis=1).astype(np.float32), random.lognormal(12, 0.4, size).astype(np.float32)
    return RawData(
        loader="california_housing", arguments={}, x_train=x[:train], y_train=y[:train],
        x_test=x[train:], y_test=y[train:],
    )  # fmt: skip


def clothes(train: int = 90, test: int = 30, *, seed: int = 0) -> RawData:
    """Return small grey images, 8 x 8, with black in each, of ten classes."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 256, (train + test, 8, 8), dtype=np.uint8)
    x[:, 0, 0], x[:, 7, 7] = 0, 255
    y = random.integers(0, 10, train + test)
    return RawData(
        loader="fashion_mnist", arguments={}, x_train=x[:train], y_train=y[:train], x_test=x[train:], y_test=y[train:],
    )  # fmt: skip


def table(raw: RawData) -> Array:
    """Return all rows of a table, training rows first."""
    return np.concatenate([np.asarray(raw.x_train), np.asarray(raw.x_test)])


# --- stored arrays ------------------------------------------------------------------------------


def tensor(values: Array) -> Tensor:
    """Return an array as if a recorder had stored it."""
    digest = hashlib.blake2b(np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
    stored = Tensor(Path("nowhere"), digest, "dense", values.shape, str(values.dtype))
    stored.__dict__["_parts"] = {"values": values}
    return stored


def part(values: Array, rows: slice | None = None) -> Part:
    """Return rows of an array as if they had been handed to Keras."""
    return Part(tensor=tensor(values), rows=rows or slice(0, len(values), 1), kind="dense")


STREAM = Part(tensor=None, rows=slice(0, 0), kind="stream")


# --- fits, uses and captures --------------------------------------------------------------------


def compiled(loss: str | None = "binary_crossentropy", *, from_logits: bool = False) -> CompileNote:
    """Return a compile with a loss."""
    note = None if loss is None else LossNote(name=loss, from_logits=from_logits)
    return CompileNote(optimizer="RMSprop", loss=note, metrics=("accuracy",))


def model(*layers: tuple[Any, ...], kind: str = "sequential") -> StructureNote:
    """Return a structure of layers given as (class, units, activation); units and activation may be left out."""
    notes = [{"class": name, **dict(zip(("units", "activation"), rest, strict=False))} for name, *rest in layers]
    return StructureNote.model_validate({"class": "Sequential", "kind": kind, "layers": notes})


BINARY = model(("Dense", 16, "relu"), ("Dense", 1, "sigmoid"))


def fit(x: Array | Part | None, y: Array | Part | None, **changes: Any) -> FitRecord:
    """Return one finished fit of a model that begins with weights of its own."""
    number = changes.get("id", 1)
    fields: dict[str, Any] = {
        "id": number, "cell": number, "model": number, "before": f"before-{number}", "after": f"after-{number}",
        "compile": compiled(), "x": _part(x), "y": _part(y), "validation": None, "validation_split": 0.0, "epochs": 4,
        "batch_size": 32, "callbacks": (), "on_the_way": (), "history": {"loss": (3.0, 2.0)}, "seconds": 1.0,
        "error": None, "structure": BINARY,
    }  # fmt: skip
    fields = dict.fromkeys((field.name for field in dataclasses.fields(FitRecord)), None) | fields
    held_out = changes.pop("held_out", None)
    if held_out is not None:
        fields["validation"] = (_part(held_out), None)
    return FitRecord(**{**fields, **changes})


def use(x: Array | Part, state: str, *, kind: str = "evaluate", model: int = 1, **changes: Any) -> UseRecord:
    """Return one evaluate of weights on an array."""
    fields = {
        "kind": kind,
        "cell": 9,
        "line": None,
        "model": model,
        "state": state,
        "x": _part(x),
        "y": None,
        "id": 1000,
    }
    return UseRecord(**{**fields, **changes})


def _part(value: Array | Part | None) -> Part | None:
    return part(value) if isinstance(value, np.ndarray) else value


DONE = Execution(exit=Exit.OK, seconds=1, peak_mib=1, isolation="none")


def task(
    raw: RawData, fits: list[FitRecord], uses: list[UseRecord] | None = None, *, classes: int | None = 2
) -> TaskCapture:
    """Return what fits and uses come to on a data set."""
    capture: Any = SimpleNamespace(
        fits=tuple(fits),
        uses=tuple(uses or ()),
        figures=(),
        faults=(),
        unobserved=0,
        structures={},
        loads=(SimpleNamespace(loader=raw.loader),),
    )
    return task_capture(capture, raw, DONE, classes=classes)


# --- runs, for questions ------------------------------------------------------------------------


def run(number: int = 1, **changes: Any) -> TrainingRun:
    """Return a run in which everything is right for IMDb: 100 rows fitted, 20 held out, none of the test set."""
    of_fit = {
        name: changes.pop(name)
        for name in (
            "compile", "compile_cell", "compile_line", "epochs", "history", "callbacks", "error", "cell", "line",
            "after", "before",
        )
        if name in changes
    }  # fmt: skip
    if "given" in changes:
        of_fit["validation"] = changes.pop("given")
    note = changes.pop("model", BINARY)
    fields: dict[str, Any] = {
        "number": number, "fit": replace(fit(None, None, id=number), **of_fit),
        "inputs": Encoding(kind="multi_hot", width=50),
        "input_shape": (100, 50), "targets": TargetEncoding(kind="integers"), "target_shape": (100,),
        "rows": np.arange(20, 120), "held_out": np.arange(20), "validation": "held_out", "fresh": True, "tested": True,
        "test_inputs": (), "structure": structure(note), "structure_evidence": Evidence.VERIFIED,
        "scores": {"accuracy": 0.9}, "scores_evidence": Evidence.VERIFIED,
    }  # fmt: skip
    return TrainingRun(**{**fields, **changes})


def submitted(
    *runs: TrainingRun, graded: TrainingRun | None = None, raw: RawData | None = None, **changes: Any
) -> TaskCapture:
    """Return a capture of runs, the last one graded unless told otherwise."""
    last = runs[-1] if runs else None
    fields: dict[str, Any] = {"figures": (), "execution": DONE, "graded": graded or last, **changes}
    return TaskCapture(raw=raw or reviews(), runs=runs, **fields)


FACTS = Facts(
    data="standin-small", train_rows=120, test_rows=60, input_shape=(120, 50), input_kind="multi_hot",
    target_shape=(120,), target_kind="integers", architecture="Dense 16 relu → Dense 1 sigmoid",
    loss="binary_crossentropy",
    calibration=Calibration(metric="accuracy", full=0.85, baseline=0.5, variants={"edition 3": (0.86, 0.88)}),
)  # fmt: skip
BEST = CallbackNote(name="EarlyStopping", restores_best=True)
