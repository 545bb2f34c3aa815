"""Do the loss, the output and the targets belong together."""

from __future__ import annotations

from grader.checks.base import Answer, Facts, Question, about_graded_model, failed, passed
from grader.checks.words import loss_name, plural
from grader.runs import TaskCapture, TrainingRun

REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")


def loss(*, task: str) -> Question:
    """Ask whether the loss belongs to the task, the output units and the targets' encoding.

    Accepts every spelling of a loss. binary: binary crossentropy on one unit, a categorical one on two;
    mean squared error on a sigmoid earns half. multiclass: categorical with one-hot, sparse with integers.
    regression: mean squared error; mean absolute error, Huber and log-cosh are accepted too.

    Args:
        task: ``binary``, ``multiclass`` or ``regression``.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        used = loss_name(run.fit.compile.loss)
        wanted = _wanted(run, task)
        if used in wanted:
            return passed(f"The loss {used} belongs to this task, its output and its targets.")
        output = run.structure.output
        units = plural(output.units or 0, "output unit").replace("1 output unit", "one unit") if output else "no output"
        half = task == "binary" and used == "mean_squared_error"
        return failed(
            f"You compiled with the loss {used}, on {units} with {_targets(run)}. Expected: {wanted[0]}. {WHY[task]}",
            help=f'Compile with loss="{wanted[0]}".',
            credit=0.5 if half else 0.0,
            cell=run.fit.compile_cell,
            line=run.fit.compile_line,
        )

    return about_graded_model(ask)


WHY = {
    "binary": "Crossentropy measures how far a probability is from the truth; a categorical loss on one unit is "
    "always 0, and mean squared error learns slowly from confident mistakes.",
    "multiclass": "categorical_crossentropy needs one-hot labels and sparse_categorical_crossentropy needs class "
    "numbers; other losses ignore that exactly one class is right.",
    "regression": "A price is a number on a scale, so the loss must measure a distance, as mean squared error does.",
}


def _wanted(run: TrainingRun, task: str) -> tuple[str, ...]:
    if task == "regression":
        return REGRESSION
    output = run.structure.output
    categorical = "categorical_crossentropy" if (run.targets.width or 1) > 1 else "sparse_categorical_crossentropy"
    if task == "binary" and (output is None or output.units != 2):
        return ("binary_crossentropy",)
    return (categorical,)


def _targets(run: TrainingRun) -> str:
    return {"one_hot": "one-hot labels", "integers": "integer labels"}.get(run.targets.kind, "your targets")
