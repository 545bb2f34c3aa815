"""Load a student's saved models and predict on test inputs that the grader made: no labels here, no student code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .models import describe

BATCH_BYTES = 32 << 20  # densified at a time
Json = dict[str, Any]


def enter(job: Json, places: dict[str, str], tell: Callable[[Json], None]) -> None:
    """Predict with each model on the inputs asked for.

    The job: ``models`` [{state, keras, export}] and ``inputs`` {name: {kind, width, dtype, files}}, all paths
    relative to the box's inputs; ``tasks`` [[state, input name]]. Writes ``<state>.<input>.npy`` of shape
    (rows, outputs) and ``report.json`` with what each model turned out to be.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    given, out = Path(places["inputs"]), Path(places["out"])
    inputs = {key: _Inputs(spec, given) for key, spec in job["inputs"].items()}
    report = [_one(_located(model, given), job["tasks"], inputs, out) for model in job["models"]]
    (out / "report.json").write_text(json.dumps(report), encoding="utf-8")
    tell({"done": True})


def _located(model: Json, given: Path) -> Json:
    return {**model, **{way: model[way] and str(given / model[way]) for way in ("keras", "export")}}


def _one(model: Json, tasks: list[list[str]], inputs: dict[str, _Inputs], out: Path) -> Json:
    state = model["state"]
    done: Json = {"state": state, "loaded": None, "structure": None, "errors": []}
    predict = _load(model, done)
    for task_state, name in tasks:
        if task_state != state or predict is None:
            continue
        try:
            np.save(out / f"{state}.{name}.npy", inputs[name].run(predict), allow_pickle=False)
        except Exception as error:  # noqa: BLE001 - a model that can't predict is a fact, not a crash
            done["errors"].append(f"{type(error).__name__}: {error}"[:500])
    return done


def _load(model: Json, done: Json) -> Any:
    """Return a function from a batch to predictions: from the ``.keras`` file, else from the export."""
    for way in (_from_keras, _from_export):
        try:
            loaded = way(model, done)
        except Exception as error:  # noqa: BLE001
            done["errors"].append(f"{way.__name__}: {type(error).__name__}: {error}"[:500])
            continue
        if loaded is not None:
            return loaded
    return None


def _from_keras(model: Json, done: Json) -> Any:
    if not model["keras"]:
        return None
    import keras

    loaded = keras.saving.load_model(model["keras"], compile=False, safe_mode=True)
    done["loaded"], done["structure"] = "keras", describe(loaded)
    return lambda batch: loaded(batch, training=False)  # a few batches are done before predict has traced its graph


def _from_export(model: Json, done: Json) -> Any:
    if not model["export"]:
        return None
    import tensorflow as tf

    loaded = tf.saved_model.load(model["export"])
    serve = loaded.signatures.get("serve", loaded.serve)
    names = list(getattr(serve, "structured_input_signature", ((), {}))[1])
    done["loaded"] = "export"

    def predict(batch: Any) -> Any:
        answer = serve(**{names[0]: tf.constant(batch)}) if names else serve(tf.constant(batch))
        return next(iter(answer.values())) if isinstance(answer, dict) else answer

    predict.keep_alive = loaded  # type: ignore[attr-defined]  # the signature holds it weakly
    return predict


class _Inputs:
    """Test inputs in batches: dense arrays as they are, sparse ones made dense a batch at a time."""

    def __init__(self, spec: Json, given: Path) -> None:
        self._spec = spec
        self._files = {name: np.load(given / path, allow_pickle=False) for name, path in spec["files"].items()}

    def run(self, predict: Any) -> Any:
        rows, width = self._spec["rows"], self._spec["row_items"]
        step = max(1, min(4096, BATCH_BYTES // (4 * max(1, width))))
        parts = [np.asarray(predict(self._batch(start, min(start + step, rows)))) for start in range(0, rows, step)]
        return np.concatenate(parts).astype(np.float32)

    def _batch(self, start: int, stop: int) -> Any:
        if self._spec["kind"] == "dense":
            return self._files["values"][start:stop].astype(self._spec["dtype"])
        starts, columns = self._files["starts"], self._files["columns"]
        batch = np.zeros((stop - start, self._spec["row_items"]), np.float32)
        low, high = starts[start], starts[stop]
        rows = np.repeat(np.arange(stop - start), np.diff(starts[start : stop + 1]))
        batch[rows, columns[low:high]] = self._files["values"][low:high] if "values" in self._files else 1.0
        return batch
