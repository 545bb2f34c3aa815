"""Claims about scores: recomputed from predictions and true labels, and only where it is known what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from grader import verify
from grader.capture import Capture
from grader.errors import BoxFailed
from grader.events import Files
from grader.metrics import accuracy, mean_absolute_error, r_squared, top_k_accuracy
from grader.recognise import Encoding, TargetEncoding
from grader.records import Evidence
from grader.runs import TaskCapture
from grader.sandbox.session import Sandbox
from grader.verify import Metric

from .builders import compiled, houses, model, reviews, run, submitted

RAW = reviews()
HOUSES = houses()
RIGHT = RAW.y_test.astype(np.float32)[:, None]


@pytest.mark.parametrize(
    ("predictions", "logits", "right"),
    [
        ([[0.9], [0.2], [0.51]], False, 1),
        ([[0.9], [0.6], [0.4]], False, 1 / 3),
        ([[3.0], [-2.0], [0.1]], True, 1),
        ([[3.0], [-2.0], [0.1]], False, 2 / 3),
        ([[0.1, 0.9], [0.7, 0.3], [0.4, 0.6]], False, 1),
        ([0.9, 0.2, 0.51], False, 1),
    ],
)
def test_accuracy_is_the_share_of_right_classes(predictions: Any, logits: bool, right: float) -> None:  # noqa: FBT001
    assert accuracy(np.array(predictions), np.array([1, 0, 1]), logits=logits) == pytest.approx(right)


def test_an_error_is_measured_in_the_datas_own_unit() -> None:
    guessed = np.array([[1.1], [2.0], [2.9]])
    assert mean_absolute_error(guessed, np.array([1e5, 2e5, 3e5]), scale=1e-5, shift=0) == pytest.approx(2e4 / 3)
    assert mean_absolute_error(guessed + 5, np.array([1e5, 2e5, 3e5]), scale=1e-5, shift=5) == pytest.approx(2e4 / 3)


def test_top_k_counts_rows_whose_class_is_among_the_first_guesses() -> None:
    guesses = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3]])
    assert [top_k_accuracy(guesses, np.array([1, 0, 1]), k=k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_equal_scores_for_all_classes_are_no_guess_of_all() -> None:
    assert top_k_accuracy(np.zeros((8, 4)), np.arange(8) % 4, k=2) == 0.5


def test_r2_is_1_for_the_truth_0_for_its_mean_and_less_for_worse() -> None:
    truth = np.array([1e5, 2e5, 3e5])

    def r2(*guessed: float) -> float:
        return r_squared(np.array(guessed)[:, None], truth, scale=1e-5, shift=5)

    assert [r2(6, 7, 8), r2(7, 7, 7)] == pytest.approx([1, 0])
    assert r2(8, 7, 6) < 0


# --- the predictor's box ------------------------------------------------------------------------


def scored(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    task: TaskCapture,
    write: Any,
    *,
    metric: str = "accuracy",
    more: tuple[str, ...] = (),
    saved: bool = True,
) -> TaskCapture:
    """Return a verified capture; ``write`` stands in for the predictor: it gets the job and may write to its folder."""
    capture = Capture(folder, (), ())
    files = {run.fit.after: Files(keras="s1.keras") for run in task.runs} if saved else {}
    capture.__dict__["saved"] = files

    def run_helper(_sandbox: object, _entry: str, fill: Any, *, out: Path, seconds: float) -> None:  # noqa: ARG001
        box = SimpleNamespace(inputs=folder / "in")
        box.inputs.mkdir(exist_ok=True)
        write(fill(box), out)

    monkeypatch.setattr(verify, "run_helper", run_helper)
    return verify.verify({"t": (task, Metric(name=metric, more=more))}, capture, cast("Sandbox", None), seconds=9)["t"]


def writes(values: Any, *, report: object = None) -> Any:
    def write(job: dict[str, Any], out: Path) -> None:
        for state, inputs in job["tasks"]:
            np.save(out / f"{state}.{inputs}.npy", values)
        (out / "report.json").write_text(json.dumps(report or []))

    return write


def test_predictions_are_scored_against_the_true_labels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    task = scored(monkeypatch, tmp_path, submitted(run(scores={})), writes(RIGHT))
    assert task.runs[0].scores == {"accuracy": 1.0}
    assert task.runs[0].scores_evidence is Evidence.VERIFIED


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(RIGHT[:-1], id="a-row-less"),
        pytest.param(np.full((60, 1), np.nan, np.float32), id="nan"),
        pytest.param(RIGHT.astype(np.int64), id="integers"),
        pytest.param(np.zeros((60, 0), np.float32), id="no-outputs"),
        pytest.param(np.float32(1), id="a-single-number"),
    ],
)
def test_predictions_of_another_form_are_no_score(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: Any) -> None:
    task = scored(monkeypatch, tmp_path, submitted(run(scores={}, scores_evidence=Evidence.NONE)), writes(values))
    assert task.runs[0].scores == {}
    assert task.runs[0].scores_evidence is Evidence.NONE


@pytest.mark.parametrize(
    "report", [[3], {"a": 1}, "x", [{"state": []}], [{"state": "after-1", "structure": {"kind": 3}}]]
)
def test_a_report_that_is_nonsense_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: object
) -> None:
    before = run(scores={}, structure_evidence=Evidence.RECORDED)
    task = scored(monkeypatch, tmp_path, submitted(before), writes(RIGHT, report=report))
    assert task.runs[0].structure == before.structure
    assert task.runs[0].structure_evidence is Evidence.RECORDED


def test_the_structure_of_the_saved_model_takes_the_place_of_the_recorded_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = model(("Dense", 2, "softmax")).model_dump(by_alias=True)
    report = [{"state": "after-1", "structure": found}]
    task = scored(monkeypatch, tmp_path, submitted(run(scores={})), writes(RIGHT, report=report))
    assert task.runs[0].structure.text() == "Dense 2 softmax"
    assert task.runs[0].structure_evidence is Evidence.VERIFIED


def test_a_model_that_was_not_saved_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(_job: object, _out: Path) -> None:
        pytest.fail("nothing is there to predict")

    assert scored(monkeypatch, tmp_path, submitted(run(scores={})), never, saved=False).runs[0].scores == {}


def test_inputs_in_an_encoding_nobody_can_repeat_are_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    strange = run(scores={}, inputs=Encoding(kind="word_weights", width=50))

    def never(_job: object, _out: Path) -> None:
        pytest.fail("nothing is there to predict")

    assert scored(monkeypatch, tmp_path, submitted(strange), never).runs[0].scores == {}


def test_a_predictor_that_fails_before_its_first_prediction_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(_job: object, _out: Path) -> None:
        message = "it did not start"
        raise BoxFailed(message)

    with pytest.raises(BoxFailed):
        scored(monkeypatch, tmp_path, submitted(run(scores={})), fails)


def test_what_a_predictor_finished_before_it_failed_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails_late(job: dict[str, Any], out: Path) -> None:
        writes(RIGHT)(job, out)
        message = "it took too long"
        raise BoxFailed(message)

    assert scored(monkeypatch, tmp_path, submitted(run(scores={})), fails_late).runs[0].scores == {"accuracy": 1.0}


def test_a_linear_output_told_to_the_loss_is_decided_at_zero(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logits = run(
        scores={},
        model=model(("Dense", 16, "relu"), ("Dense", 1)),
        compile=compiled("BinaryCrossentropy", from_logits=True),
    )
    task = scored(monkeypatch, tmp_path, submitted(logits), writes((RIGHT - 0.5) * 0.2))
    assert task.runs[0].scores == {"accuracy": 1.0}


SCALE = Encoding(kind="columns", width=4, scale=np.ones(4), shift=np.zeros(4))


@pytest.mark.parametrize(("kind", "factor"), [("raw", 1.0), ("scaled", 1e-5)])
def test_prices_are_scored_in_dollars(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, factor: float
) -> None:
    one = run(inputs=SCALE, targets=TargetEncoding(kind=kind, scale=factor), scores={})
    guessed = ((HOUSES.y_test + 1000) * factor).astype(np.float32)[:, None]
    task = scored(monkeypatch, tmp_path, submitted(one, raw=HOUSES), writes(guessed), metric="mae")
    assert task.runs[0].scores["mae"] == pytest.approx(1000, rel=0.05)


@pytest.mark.parametrize("kind", ["unknown", "shuffled"])
def test_prices_predicted_in_a_unit_nobody_knows_are_not_scored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    one = run(inputs=SCALE, targets=TargetEncoding(kind=kind), scores={})
    guessed = np.log(HOUSES.y_test).astype(np.float32)[:, None]
    assert scored(monkeypatch, tmp_path, submitted(one, raw=HOUSES), writes(guessed), metric="mae").runs[0].scores == {}


def test_further_scores_are_computed_from_the_same_predictions_where_a_criterion_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guessed = (HOUSES.y_test + 1000).astype(np.float32)[:, None]
    one = run(inputs=SCALE, targets=TargetEncoding(kind="raw"), scores={})
    priced = scored(monkeypatch, tmp_path, submitted(one, raw=HOUSES), writes(guessed), metric="mae", more=("r2",))
    assert set(priced.runs[0].scores) == {"mae", "r2"}
    assert 0.9 < priced.runs[0].scores["r2"] < 1
    columns = np.concatenate([RIGHT, 1 - RIGHT], axis=1) * 0.5
    sorted_out = scored(monkeypatch, tmp_path, submitted(run(scores={})), writes(columns), more=("top_2",))
    assert sorted_out.runs[0].scores["top_2"] == 1


def test_a_single_output_has_no_first_guesses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    task = scored(monkeypatch, tmp_path, submitted(run(scores={})), writes(RIGHT), more=("top_2",))
    assert task.runs[0].scores == {"accuracy": 1.0}
