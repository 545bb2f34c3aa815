"""Are the targets encoded so that the output layer and the loss can use them."""

from __future__ import annotations

from grader.checks.base import Answer, Facts, Question, about_training, failed, passed
from grader.checks.words import shape
from grader.runs import TaskCapture, TrainingRun


def classes(*, classes: int) -> Question:
    """Ask whether labels are class numbers or one-hot vectors of the right width, on the right rows.

    Accepts integers or floats, ``(rows,)`` or ``(rows, 1)``, and one-hot of width ``classes``.

    Args:
        classes: number of classes; 2 for a yes-or-no question.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        kind, width = run.targets.kind, run.targets.width
        found = f"Your labels have shape {shape(run.target_shape)}"
        if kind == "integers":
            return passed(f"{found}: one class number for each row, as in the data.")
        if kind == "one_hot" and width == classes:
            return passed(f"{found}: one-hot vectors of {classes} classes that match the data.")
        if kind == "one_hot":
            return failed(
                f"{found}: one-hot vectors of {width} places, but there are {classes} classes. Each class needs "
                "exactly one place.",
                help=f"Use {classes} as the number of classes when you encode the labels.",
            )
        return failed(
            f"{found}, but they do not match the labels of the rows you trained on. Expected: class numbers "
            f"0 to {classes - 1}, or one-hot vectors of width {classes}. A model can only learn what the labels say.",
            help="Slice inputs and labels with the same index, and encode the labels without changing their order.",
        )

    return about_training(ask)


def scaled() -> Question:
    """Ask whether large regression targets were divided by a constant or standardised.

    Accepts any factor but 1, with or without a shift, in one column or none; values as loaded lose it.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        targets = run.targets
        if targets.kind == "scaled":
            return passed(f"Your targets are scaled: one unit of yours is {1 / targets.scale:,.0f} in the data.")
        if targets.kind == "raw":
            return failed(
                f"Your targets are the raw values, up to {float(submitted.raw.y_train.max()):,.0f}. Expected: "
                "values near 1, for example prices divided by 100,000. A network starts with outputs near 0, and "
                "with such large targets the loss is huge and learning is slow.",
                help="Divide the targets by 100_000 before you train, and multiply predictions by it afterwards.",
            )
        return failed(
            "Your targets do not match the prices of the rows you trained on, up to a factor.",
            help="Slice inputs and targets with the same index, and scale targets by one constant.",
        )

    return about_training(ask)


def numbers() -> Question:
    """Ask whether regression targets are the values of the rows trained on, as loaded or scaled by one constant.

    Accepts any number type and any factor and shift that are the same for all rows; values of other rows lose it.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        targets = run.targets
        if targets.kind == "raw":
            return passed(f"Your targets, shape {shape(run.target_shape)}, are the values in the data.")
        if targets.kind == "scaled":
            return passed(f"Your targets are the values in the data, one unit being {1 / targets.scale:,.4g} there.")
        return failed(
            f"Your targets have shape {shape(run.target_shape)}, but they do not match the values of the rows you "
            "trained on, up to a factor. A model can only learn what the targets say.",
            help="Slice inputs and targets with the same index, and change the targets by one constant at most.",
        )

    return about_training(ask)
