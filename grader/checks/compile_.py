"""Do the loss, the output and the targets belong together."""

from __future__ import annotations

import re
from typing import Literal

from grader.checks.base import Answer, Facts, Question, about_training, failed, passed
from grader.checks.words import loss_name, plural
from grader.runs import TaskCapture, TrainingRun

REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")


Task = Literal["binary", "multiclass", "regression"]


def loss(*, task: Task) -> Question:
    """Ask whether the loss belongs to the task, the output units and the targets' encoding.

    Accepts every spelling of a loss. binary: binary crossentropy on one unit, a categorical one on two
    (with softmax and one-hot labels both are the same);
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

    return about_training(ask)


def optimizer(*, accepted: tuple[str, ...]) -> Question:
    """Ask whether the model was compiled with one of certain optimizers.

    Accepts any spelling and any learning rate: ``rmsprop``, ``RMSprop``, ``keras.optimizers.RMSprop(1e-4)``.

    Args:
        accepted: the optimizers that are right, by their Keras names.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        used = run.fit.compile.optimizer
        listed = " or ".join(accepted)
        if used is not None and _plain(used) in {_plain(name) for name in accepted}:
            return passed(f"You compiled with the optimizer {used}.")
        return failed(
            f"You compiled with the optimizer {used or 'of no known name'}. Expected: {listed}. The optimizer decides "
            "how far each step goes; this assignment compares models trained in the same way.",
            help=f'Compile with optimizer="{accepted[0]}".',
            line=run.fit.compile_line,
        )

    return about_training(ask)


def metrics(*, wanted: tuple[str, ...]) -> Question:
    """Ask whether the model was compiled with certain metrics.

    Accepts every spelling: ``acc``, ``accuracy``, ``binary_accuracy``, ``CategoricalAccuracy()`` are accuracy, ``mae``
    and ``MeanAbsoluteError()`` one error. Further metrics are fine; where several are wanted, those that are there earn
    their share.

    Args:
        wanted: the metrics that have to be there.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        used = run.fit.compile.metrics
        known = {_metric(word) for each in used for word in re.findall(r"[A-Za-z]\w*", each)}
        missing = [name for name in wanted if _metric(name) not in known]
        found = f"with the metrics {', '.join(used)}" if used else "without metrics"
        if not missing:
            return passed(f"You compiled {found}.")
        listed = ", ".join(f'"{name}"' for name in wanted)
        return failed(
            f"You compiled {found}. Expected: {', '.join(wanted)}. A loss is hard to read; a metric says in its own "
            "unit how good the model is, after each epoch and on the held-out rows.",
            help=f"Compile with metrics=[{listed}].",
            credit=1 - len(missing) / len(wanted),
            line=run.fit.compile_line,
        )

    return about_training(ask)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _metric(name: str) -> str:
    """Return one spelling for a metric; of several models in one kernel, Keras numbers the later ones: ``mae_1``."""
    plain = _plain(re.sub(r"_\d+$", "", name))
    return "accuracy" if plain in ACCURACIES else METRICS.get(plain, plain)


ACCURACIES = {"acc", "accuracy", "binaryaccuracy", "categoricalaccuracy", "sparsecategoricalaccuracy"}
METRICS = {
    "mae": "meanabsoluteerror", "mse": "meansquarederror", "mape": "meanabsolutepercentageerror",
    "rmse": "rootmeansquarederror",
}  # fmt: skip
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
    if task == "binary" and run.targets.width == 2 and output is not None and output.activation == "softmax":
        return categorical, "binary_crossentropy"  # of two shares that add up to 1, both losses are the same number
    return (categorical,)


def _targets(run: TrainingRun) -> str:
    return {"one_hot": "one-hot labels", "integers": "integer labels"}.get(run.targets.kind, "your targets")
