"""The questions a rubric can ask, by name: one module per family."""

from collections.abc import Mapping

from grader.checks import (
    compile_,
    execution,
    experiments,
    figures,
    functions,
    inputs,
    layers,
    scores,
    targets,
    training,
)
from grader.checks.base import (
    Answer,
    Calibration,
    Factory,
    Facts,
    Question,
    about_graded_model,
    failed,
    nothing_trained,
    passed,
    unjudged,
)

CHECKS: Mapping[str, Factory] = {
    "compile.loss": compile_.loss,
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
    "targets.classes": targets.classes,
    "targets.numbers": targets.numbers,
    "targets.scaled": targets.scaled,
    "training.k_fold": training.k_fold,
    "training.no_leakage": training.no_leakage,
    "training.retrained": training.retrained,
    "training.validation": training.validation,
}

__all__ = ["CHECKS", "Answer", "Calibration", "Factory", "Facts", "Question", "about_graded_model", "failed",
           "nothing_trained", "passed", "unjudged"]  # fmt: skip
