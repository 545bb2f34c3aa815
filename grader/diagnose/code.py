"""What only the source tells: arguments that are swallowed, keys that don't exist, curves and answers read wrongly."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.diagnose.base import Case, Found, Topic, Weight, detector, unless_old_code
from grader.diagnose.models import output_of
from grader.diagnose.source import Place, argument, called, constant, keyword, root
from grader.records import CellState

KEY_ERROR = re.compile(r"KeyError: ['\"](?P<key>\w+)['\"]")
SPELLINGS = {
    "acc": "accuracy",
    "accuracy": "acc",
    "mean_absolute_error": "mae",
    "mae": "mean_absolute_error",
    "mean_squared_error": "mse",
    "mse": "mean_squared_error",
}
HALF = 0.5
LAYERS = ("Dense", "Dropout", "Conv2D", "LSTM", "GRU", "BatchNormalization")
CURVES = {
    "val": "validation", "valid": "validation", "validation": "validation", "train": "training", "training": "training",
}  # fmt: skip
PLOTS = ("plot", "scatter", "semilogy")


@unless_old_code("nb-words")
@detector(
    "nb-words-swallowed",
    "nb_words is not an argument any more",
    Topic.ENCODING,
    Weight.LEARNS_LESS,
    why="load_data takes the old name without a word and ignores it, so you have the whole vocabulary instead of the "
    "most frequent words.",
    fix="Write num_words=10000.",
)
def nb_words_swallowed(case: Case) -> Found | None:
    """The loader of texts was called with nb_words and without num_words."""
    for load in case.capture.loads:
        swallowed = "nb_words" in load.arguments and load.arguments.get("num_words") is None
        if swallowed and load.loader == case.work.raw.loader:
            cell = case.capture.cell(load)
            at = None if cell is None else Place(cell=cell, line=load.line)
            return Found(fact=f"You called load_data with nb_words={load.arguments['nb_words']}.", at=at)
    return None


@unless_old_code("history-accuracy", "history-error")
@detector(
    "history-key-of-another-name",
    "The history has this curve under another name",
    Topic.CURVES,
    Weight.READS_WRONG,
    why="The keys of history.history are the names that you gave in metrics: with metrics=['accuracy'] it is "
    "'accuracy', not 'acc'.",
    fix="Print history.history.keys() and use the name that is there.",
)
def history_key_of_another_name(case: Case) -> Found | None:
    """A cell raised KeyError for one spelling of a metric, and a history has the other spelling."""
    for place, key in _missing_keys(case):
        prefix, name = ("val_", key[4:]) if key.startswith("val_") else ("", key)
        other = prefix + SPELLINGS.get(name, "")
        if name in SPELLINGS and any(other in run.fit.history and key not in run.fit.history for run in case.finished):
            fact = f"You asked the history for {key!r}, and it has {other!r}."
            return Found(fact=fact, at=place, fix=f"Write history.history[{other!r}].")
    return None


@detector(
    "validation-curve-without-validation",
    "A validation curve of a training without validation",
    Topic.CURVES,
    Weight.READS_WRONG,
    why="fit only computes val_loss and its kin when it is given validation data.",
    fix="Pass validation_data=(x_val, y_val), held-out training rows, to fit.",
)
def validation_curve_without_validation(case: Case) -> Found | None:
    """A cell raised KeyError for a val_ key, and no history has any such key."""
    keys = {key for run in case.finished for key in run.fit.history}
    if not keys or any(key.startswith("val_") for key in keys):
        return None
    for place, key in _missing_keys(case):
        if key.startswith("val_") and key[4:] in keys:
            return Found(fact=f"You asked the history for {key!r}, but fit got no validation data.", at=place)
    return None


def _missing_keys(case: Case) -> Iterator[tuple[Place, str]]:
    """Yield the keys that cells about this task's data failed for."""
    for run in case.work.execution.cells:
        found = KEY_ERROR.search(run.error or "") if run.state is CellState.RAISED else None
        place = Place(cell=run.cell, line=run.line)
        if found and case.mine(place):
            yield place, found["key"]


@unless_old_code("metrics-text")
@detector(
    "metrics-as-a-string",
    "metrics must be a list",
    Topic.METRICS,
    Weight.CANNOT_LEARN,
    why="Keras 3 refuses a single word, since a model can have several metrics.",
    fix='Write metrics=["accuracy"].',
)
def metrics_as_a_string(case: Case) -> Found | None:
    """A model is compiled with metrics as a single string, and a cell raised an error that names metrics."""
    raised = [
        run for run in case.work.execution.cells if run.state is CellState.RAISED and "metrics" in (run.error or "")
    ]
    for place, call in case.source.calls("compile"):
        given = constant(keyword(call, "metrics"))
        if raised and isinstance(given, str) and case.mine(place):
            return Found(fact=f"You wrote metrics={given!r}, and it stopped with an error.", at=place)
    return None


@detector(
    "layers-shared-by-multiplication",
    "One layer in several places",
    Topic.HIDDEN,
    Weight.LEARNS_LESS,
    why="Multiplying a list repeats the same object. It is one layer with one set of weights, used again and again, "
    "not several layers.",
    fix='Make each layer anew: [Dense(64, activation="relu") for _ in range(2)].',
)
def layers_shared_by_multiplication(case: Case) -> Found | None:
    """A list that holds a new layer is multiplied by a number."""
    for place, node in case.source.nodes:
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and case.mine(place)):
            continue
        lists = [side for side in (node.left, node.right) if isinstance(side, ast.List)]
        times = [constant(side) for side in (node.left, node.right)]
        layers = [each for one in lists for each in one.elts if isinstance(each, ast.Call) and called(each) in LAYERS]
        if layers and 1 not in times:
            return Found(fact=f"You multiply a list with a {called(layers[0])} layer in it.", at=place)
    return None


@detector(
    "curve-with-the-wrong-label",
    "A curve under the wrong name",
    Topic.CURVES,
    Weight.READS_WRONG,
    why="Overfitting is seen where the validation curve leaves the training curve. With the names exchanged, the "
    "plot says the opposite of what happened.",
    fix="Plot history['loss'] as training and history['val_loss'] as validation.",
)
def curve_with_the_wrong_label(case: Case) -> Found | None:
    """A training series of the history is plotted with a label that says validation, or the other way round."""
    for place, call in case.source.calls(*PLOTS):
        label = constant(keyword(call, "label"))
        keys = {key for each in call.args for key in _history_keys(case, place, each)}
        if not isinstance(label, str) or len(keys) != 1 or not case.mine(place):
            continue
        key, says = keys.pop(), _says(label)
        if says and says != ("validation" if key.startswith("val_") else "training"):
            return Found(fact=f"You plot the history's {key!r} under the label {label!r}.", at=place)
    return None


def _says(label: str) -> str:
    """Return which kind of curve a label names, '' where it names none or both."""
    kinds = {CURVES[word] for word in re.findall(r"[a-z]+", label.lower()) if word in CURVES}
    return kinds.pop() if len(kinds) == 1 else ""


def _history_keys(case: Case, place: Place, node: ast.expr) -> Iterator[str]:
    """Yield the history keys that a plotted expression reads, itself or through a variable."""
    if isinstance(node, ast.Name):
        value = case.source.assigned(node.id, place)
        node = value if isinstance(value, ast.Subscript) else node
    if isinstance(node, ast.Subscript):
        key = constant(node.slice)
        if (
            isinstance(key, str)
            and key.removeprefix("val_") in {"loss", *SPELLINGS}
            and _is_history(case, place, node.value)
        ):
            yield key


def _is_history(case: Case, place: Place, node: ast.expr) -> bool:
    """Say whether an expression is Keras's ``history``, itself or in a variable, and no dictionary of their own."""
    if isinstance(node, ast.Name):
        value = case.source.assigned(node.id, place)
        return isinstance(value, ast.Attribute) and value.attr == "history"
    return isinstance(node, ast.Attribute) and node.attr == "history"


@detector(
    "argmax-of-one-column",
    "The largest of a single output",
    Topic.EVALUATION,
    Weight.SCORE_MEANS_NOTHING,
    why="With one output for each row, the place of the largest is always 0, whatever the model says.",
    fix="Compare the probability with a threshold: (model.predict(x_test) > 0.5).astype(int).",
)
def argmax_of_one_column(case: Case) -> Found | None:
    """The largest of each row (argmax) is taken of predictions, and all of the task's models have one output."""
    blocks = [output_of(run) for run in case.finished]
    if not blocks or any(block is None or block.units != 1 for block in blocks):
        return None
    for place, call in case.source.calls("argmax"):
        inner = (
            call.func.value if isinstance(call.func, ast.Attribute) and root(call.func) not in {"np", "numpy"} else None
        )
        given = inner if inner is not None else (call.args[0] if call.args else None)
        axis = constant(argument(call, 0 if inner is not None else 1, "axis"))
        columns = axis == 1 or _is_minus_one(argument(call, 0 if inner is not None else 1, "axis"))
        if columns and given is not None and _predicted(case, place, given) and case.mine(place):
            return Found(fact="You take argmax over predictions that have one column.", at=place)
    return None


@detector(
    "threshold-of-half-on-logits",
    "A threshold of 0.5 on logits",
    Topic.EVALUATION,
    Weight.READS_WRONG,
    why="With from_logits=True the model's outputs are no probabilities. A logit of 0 stands for a probability of "
    "one half; 0.5 stands for 62 per cent.",
    fix="Compare with 0, or apply keras.ops.sigmoid to the predictions first.",
)
def threshold_of_half_on_logits(case: Case) -> Found | None:
    """Predictions of a model with one linear output and a loss from logits are compared with 0.5."""
    run, block = case.run, output_of(case.run)
    loss = run.fit.compile.loss if run is not None else None
    if block is None or loss is None or not loss.from_logits or block.activation != "linear" or block.units != 1:
        return None
    if any(True for _ in case.source.calls("sigmoid", "expit", "exp")):
        return None
    if not all(each.fit.compile.loss and each.fit.compile.loss.from_logits for each in case.finished):
        return None  # which model's predictions they are is not seen
    for place, node in case.source.nodes:
        halved = node.left if isinstance(node, ast.Compare) and constant(node.comparators[0]) == HALF else None
        if halved is not None and _predicted(case, place, halved) and case.mine(place):
            fact = "You compare predictions with 0.5, and the loss was made with from_logits=True."
            return Found(fact=fact, at=place)
    return None


def _predicted(case: Case, place: Place, node: ast.expr) -> bool:
    """Say whether an expression is what predict returned, itself or in a variable."""
    if isinstance(node, ast.Name):
        value = case.source.assigned(node.id, place)
        return isinstance(value, ast.Call) and called(value) == "predict"
    return isinstance(node, ast.Call) and called(node) == "predict"


def _is_minus_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and constant(node.operand) == 1
