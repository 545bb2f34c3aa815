"""The questions a rubric can ask, by name: one module per family."""

from collections.abc import Mapping

from grader.checks import (
    compile_,
    epochs,
    execution,
    experiments,
    figures,
    functions,
    inputs,
    layers,
    scores,
    targets,
    training,
    writing,
)
from grader.checks.base import (
    Answer,
    Calibration,
    Factory,
    Facts,
    Question,
    about_graded_model,
    by_hand,
    failed,
    nothing_trained,
    passed,
    unjudged,
)

CHECKS: Mapping[str, Factory] = {
    "compile.loss": compile_.loss,
    "compile.metrics": compile_.metrics,
    "compile.optimizer": compile_.optimizer,
    "execution.completed": execution.completed,
    "experiments.tried": experiments.tried,
    "figures.curves": figures.curves,
    "functions.builds_model": functions.builds_model,
    "functions.returns": functions.returns,
    "inputs.multi_hot": inputs.multi_hot,
    "inputs.scaled_columns": inputs.scaled_columns,
    "inputs.scaled_pixels": inputs.scaled_pixels,
    "layers.hidden": layers.hidden,
    "layers.output": layers.output,
    "scores.accuracy": scores.accuracy,
    "scores.mae": scores.mae,
    "scores.r2": scores.r2,
    "scores.top_k": scores.top_k,
    "targets.classes": targets.classes,
    "targets.numbers": targets.numbers,
    "targets.scaled": targets.scaled,
    "training.epochs_chosen": epochs.chosen,
    "training.k_fold": training.k_fold,
    "training.no_leakage": training.no_leakage,
    "training.retrained": training.retrained,
    "training.validation": training.validation,
    "writing.present": writing.present,
}

__all__ = ["CHECKS", "Answer", "Calibration", "Factory", "Facts", "Question", "about_graded_model", "by_hand",
           "failed", "nothing_trained", "passed", "unjudged"]  # fmt: skip
