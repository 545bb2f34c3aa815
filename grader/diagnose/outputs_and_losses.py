"""The last layer, the loss and the metrics: which belong together, and which don't."""

from __future__ import annotations

from grader.checks.words import loss_name, plural
from grader.diagnose.base import Case, Found, Topic, Weight, detector
from grader.diagnose.models import layer_place, output_of, written_at
from grader.runs import TrainingRun
from grader.structure import Block

CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")
UNBOUNDED = {"linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh"}  # no probability
CROSSENTROPIES = (*CATEGORICAL, "binary_crossentropy")
DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
ACCURACIES = {"accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"}
NEVER_BELOW_ZERO = ("relu", "relu6")
LIMITS = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}


def loss_of(run: TrainingRun) -> str:
    """Return the loss's one name; 'none' for a loss of the student's own."""
    loss = run.fit.compile.loss
    return "none" if loss is None or loss.custom else loss_name(loss)


def _logits(run: TrainingRun) -> bool:
    return run.fit.compile.loss is not None and run.fit.compile.loss.from_logits


def _units(block: Block) -> str:
    return "one unit" if block.units == 1 else plural(block.units or 0, "unit")


@detector(
    "softmax-on-one-unit",
    "Softmax over a single unit",
    Topic.OUTPUT,
    Weight.CANNOT_LEARN,
    why="Softmax divides each output by the sum of all outputs. With one unit the answer is always 1, for every "
    "row, so nothing can be learned.",
    fix='Use Dense(1, activation="sigmoid") for a yes-or-no question, Dense(1) for a number, or one softmax unit for '
    "each class.",
    hides=(
        "sigmoid-with-categorical-crossentropy",
        "too-few-outputs",
        "activation-on-a-number",
        "distance-for-classes",
    ),
)
def softmax_on_one_unit(case: Case) -> Found | None:
    """The graded model's last layer has one unit, followed by softmax."""
    block = output_of(case.run)
    if block is None or case.run is None or block.units != 1 or block.activation != "softmax":
        return None
    fixes = {"binary": 'Write Dense(1, activation="sigmoid").', "regression": "Write Dense(1), without an activation."}
    fix = fixes.get(case.task, f'Write Dense({case.classes}, activation="softmax").')
    return Found(fact="Your last layer has one unit and softmax.", at=layer_place(case, case.run, block), fix=fix)


@detector(
    "sigmoid-with-categorical-crossentropy",
    "Sigmoid with a categorical crossentropy",
    Topic.OUTPUT,
    Weight.CANNOT_LEARN,
    why="Categorical crossentropy compares probabilities of all classes that together are 1, as softmax makes them. "
    "Sigmoid units don't compete, and over a single unit this loss is always 0.",
    fix='Pair sigmoid with loss="binary_crossentropy" (one unit), or softmax with a categorical crossentropy (one unit '
    "for each class).",
    hides=("too-few-outputs",),
)
def sigmoid_with_categorical_crossentropy(case: Case) -> Found | None:
    """The graded model ends in sigmoid and was compiled with categorical or sparse categorical crossentropy."""
    block = output_of(case.run)
    if block is None or case.run is None or block.activation != "sigmoid" or loss_of(case.run) not in CATEGORICAL:
        return None
    fact = f"Your last layer has {_units(block)} with sigmoid, and the loss is {loss_of(case.run)}."
    if case.task == "binary" and block.units == 1:
        fix = 'Compile with loss="binary_crossentropy".'
        return Found(fact=fact, at=written_at(case, case.run, "loss"), fix=fix)
    fix = f'End the model with Dense({case.classes or block.units}, activation="softmax").'
    return Found(fact=fact, at=layer_place(case, case.run, block), fix=fix)


@detector(
    "crossentropy-without-probabilities",
    "Crossentropy on an output that is no probability",
    Topic.OUTPUT,
    Weight.CANNOT_LEARN,
    why="Crossentropy takes the logarithm of a probability. An output without sigmoid or softmax can be any number; "
    "outside of 0 to 1 the loss cuts it off and gives no direction to learn in.",
    fix='Add activation="sigmoid" (one unit) or "softmax" (one unit for each class), or tell the loss '
    "from_logits=True.",
)
def crossentropy_without_probabilities(case: Case) -> Found | None:
    """A classifier ends in a layer without sigmoid or softmax, its loss is a crossentropy without from_logits."""
    run, block = case.run, output_of(case.run)
    if block is None or run is None or case.task == "regression" or run.structure.kind == "subclass":
        return None
    if block.activation not in UNBOUNDED or _logits(run) or loss_of(run) not in CROSSENTROPIES:
        return None
    activation = "no activation" if block.activation == "linear" else f"the activation {block.activation}"
    fact = f"Your last layer has {_units(block)} and {activation}, and the loss is {loss_of(run)}."
    return Found(fact=fact, at=layer_place(case, run, block))


@detector(
    "from-logits-on-probabilities",
    "from_logits=True on an output that is already a probability",
    Topic.OUTPUT,
    Weight.LEARNS_LESS,
    why="from_logits=True says that the outputs are not yet probabilities, so that the loss applies the activation "
    "itself: it would be applied twice. TensorFlow notices this and warns; other backends train on wrong numbers.",
    fix="Remove from_logits=True from the loss, or the activation from the last layer. One of the two, not both.",
)
def from_logits_on_probabilities(case: Case) -> Found | None:
    """The graded model ends in sigmoid or softmax, and its loss was made with from_logits=True."""
    run, block = case.run, output_of(case.run)
    if block is None or run is None or not _logits(run) or block.activation not in {"sigmoid", "softmax"}:
        return None
    fact = f"Your last layer applies {block.activation}, and the loss was made with from_logits=True."
    return Found(fact=fact, at=written_at(case, run, "loss"))


@detector(
    "binary-crossentropy-for-one-of-many",
    "Binary crossentropy for one class out of several",
    Topic.LOSS,
    Weight.LEARNS_LESS,
    why="Binary crossentropy asks a yes-or-no question of each output by itself. Here exactly one class is right, "
    "so the outputs must compete; and an accuracy that counts each output alone looks far too good.",
    fix='Use softmax with loss="categorical_crossentropy" (one-hot labels) or "sparse_categorical_crossentropy" '
    "(class numbers).",
)
def binary_crossentropy_for_one_of_many(case: Case) -> Found | None:
    """The graded model has several outputs, of which one is right for each row, and binary crossentropy as loss."""
    run, block = case.run, output_of(case.run)
    if block is None or run is None or case.task == "regression" or (block.units or 0) < 2:
        return None
    if loss_of(run) != "binary_crossentropy" or (block.units == 2 and block.activation == "softmax"):
        return None  # of two shares that add up to 1, it is the categorical loss
    fact = (
        f"Your model has {plural(block.units or 0, 'output')} with {block.activation}, and the loss is {loss_of(run)}."
    )
    return Found(fact=fact, at=written_at(case, run, "loss"))


@detector(
    "distance-for-classes",
    "A loss for numbers on a question of classes",
    Topic.LOSS,
    Weight.LEARNS_LESS,
    why="Mean squared error and its kin measure how far a number is off. For classes they punish a confident mistake "
    "hardly more than a doubtful one, so learning is slow and often worse.",
    fix="Compile with a crossentropy: binary for one sigmoid unit, categorical or sparse categorical for softmax.",
)
def distance_for_classes(case: Case) -> Found | None:
    """The graded model is a classifier compiled with mean squared or absolute error, Huber or log-cosh."""
    if case.run is None or case.task == "regression" or loss_of(case.run) not in DISTANCES:
        return None
    fact = f"You trained a classifier of {case.classes} classes with the loss {loss_of(case.run)}."
    return Found(fact=fact, at=written_at(case, case.run, "loss"))


@detector(
    "crossentropy-for-a-number",
    "A loss for classes on a number",
    Topic.LOSS,
    Weight.CANNOT_LEARN,
    why="Crossentropy is made for probabilities of classes. A price is a number on a scale: the loss must measure a "
    "distance.",
    fix='Compile with loss="mean_squared_error".',
    hides=("accuracy-for-a-number",),
)
def crossentropy_for_a_number(case: Case) -> Found | None:
    """The graded model predicts a number and was compiled with a crossentropy."""
    if case.run is None or case.task != "regression" or loss_of(case.run) not in CROSSENTROPIES:
        return None
    return Found(
        fact=f"You trained on prices with the loss {loss_of(case.run)}.", at=written_at(case, case.run, "loss")
    )


@detector(
    "activation-on-a-number",
    "An activation limits the number that the model may answer",
    Topic.OUTPUT,
    Weight.LEARNS_LESS,
    why="The last unit of a regression must be free to give any number. relu gets stuck at 0 when a unit falls below "
    "it, and sigmoid or tanh can't reach values outside of their range at all.",
    fix="End the model with Dense(1), without an activation.",
)
def activation_on_a_number(case: Case) -> Found | None:
    """A regression ends in relu, or in sigmoid or tanh while targets lie outside of what these can reach."""
    run, block = case.run, output_of(case.run)
    if block is None or run is None or case.task != "regression":
        return None
    if block.activation in NEVER_BELOW_ZERO:
        fact = f"Your last layer applies {block.activation} to the price."
        return Found(fact=fact, at=layer_place(case, run, block))
    limits = LIMITS.get(block.activation)
    if limits is None or run.targets.kind not in {"raw", "scaled"}:
        return None
    values = case.work.raw.y_train * run.targets.scale + run.targets.shift
    low, high = float(values.min()), float(values.max())
    if low >= limits[0] - 0.01 and high <= limits[1] + 0.01:
        return None
    fact = f"Your last layer applies {block.activation}, which reaches {limits[0]:g} to {limits[1]:g}; your targets go "
    return Found(fact=f"{fact}from {low:,.3g} to {high:,.3g}.", at=layer_place(case, run, block))


@detector(
    "accuracy-for-a-number",
    "Accuracy as a metric of a number",
    Topic.METRICS,
    Weight.READS_WRONG,
    why="Accuracy is the share of answers that are exactly right. A predicted price is never exactly right, so it "
    "stays near 0 however good the model is.",
    fix='Compile with metrics=["mae"]: the mean absolute error, in the unit of your targets.',
)
def accuracy_for_a_number(case: Case) -> Found | None:
    """The graded model is a regression compiled with accuracy among its metrics."""
    run = case.run
    if run is None or case.task != "regression":
        return None
    used = [metric for metric in run.fit.compile.metrics if metric.lower() in ACCURACIES]
    return (
        Found(fact=f"You asked for the metric {used[0]} of a price.", at=written_at(case, run, "metrics"))
        if used
        else None
    )


@detector(
    "one-hot-with-sparse-loss",
    "One-hot labels with the sparse loss",
    Topic.LOSS,
    Weight.CANNOT_LEARN,
    why="sparse_categorical_crossentropy expects one class number for each row, categorical_crossentropy one column "
    "for each class.",
    fix='With one-hot labels, compile with loss="categorical_crossentropy"; or keep the class numbers as they are.',
)
def one_hot_with_sparse_loss(case: Case) -> Found | None:
    """A model, graded or stopped by the error, was fitted to one-hot labels with sparse categorical crossentropy."""
    for run in case.judged:
        if loss_of(run) == "sparse_categorical_crossentropy" and run.targets.kind == "one_hot":
            fact = f"Your labels are one-hot, shape {run.target_shape}, and the loss is {loss_of(run)}."
            return Found(fact=fact + _stopped(run), at=written_at(case, run, "loss"))
    return None


@detector(
    "integers-with-categorical-loss",
    "Class numbers with the one-hot loss",
    Topic.LOSS,
    Weight.CANNOT_LEARN,
    why="categorical_crossentropy expects one-hot labels, one column for each class; sparse_categorical_crossentropy "
    "takes class numbers as they are.",
    fix='With class numbers, compile with loss="sparse_categorical_crossentropy"; or one-hot encode the labels.',
)
def integers_with_categorical_loss(case: Case) -> Found | None:
    """A model of several outputs, graded or stopped, was fitted to class numbers with categorical crossentropy."""
    for run in case.judged:
        block = output_of(run)
        several = block is not None and (block.units or 0) > 1
        if several and loss_of(run) == "categorical_crossentropy" and run.targets.kind == "integers":
            fact = f"Your labels are class numbers, shape {run.target_shape}, and the loss is {loss_of(run)}."
            return Found(fact=fact + _stopped(run), at=written_at(case, run, "loss"))
    return None


def _stopped(run: TrainingRun) -> str:
    return " Keras stopped the training with an error about their shapes." if run.fit.error else ""


@detector(
    "too-few-outputs",
    "Fewer outputs than classes",
    Topic.OUTPUT,
    Weight.CANNOT_LEARN,
    why="Each class needs an output unit of its own; a class without one can never be the answer.",
    fix="Give the last layer as many units as there are classes.",
)
def too_few_outputs(case: Case) -> Found | None:
    """The graded model chooses between more than two classes, and its last layer has fewer units than classes."""
    run, block = case.run, output_of(case.run)
    if block is None or run is None or case.task != "multiclass" or block.units is None or case.classes is None:
        return None
    if block.units >= case.classes:
        return None
    fact = f"Your last layer has {_units(block)}, but there are {case.classes} classes."
    fix = f'End the model with Dense({case.classes}, activation="softmax").'
    return Found(fact=fact, at=layer_place(case, run, block), fix=fix)
