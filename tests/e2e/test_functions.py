"""A student's functions, called for real in the kernel on inputs of the grader's: right, wrong, hostile, missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import Assignment, find
from grader.assignment import load as read
from grader.checks import CHECKS
from grader.data import open_folder
from grader.pipeline import grade, prepare
from grader.records import Cell, Evidence, Finding, Result, Submission, Verdict
from grader.sandbox.session import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "functions.md"
Grade = Callable[..., Result]

RIGHT = {
    "encode": """\
import numpy as np
def multi_hot_encode(sequences, dimension):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.
    return results""",
    "one-hot": """\
def one_hot_encode(labels, classes=46):
    return [[int(k == one) for k in range(classes)] for one in labels]""",
    "smooth": """\
def smooth_curve(points, factor=0.9):
    smoothed = []
    for point in points:
        smoothed.append(smoothed[-1] * factor + point * (1 - factor) if smoothed else point)
    return smoothed""",
    "folds": """\
def k_fold(data, k):
    size = len(data) // k
    for i in range(k):
        rest = np.concatenate([data[:i * size], data[(i + 1) * size:]])
        yield rest, data[i * size:(i + 1) * size]""",
    "scale": """\
def standardise(train, test):
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std""",
    "build": """\
import keras
def build_model():
    print("building")
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="rmsprop", loss=keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    return model""",
}
OTHER = {
    "encode": """\
import numpy as np, pandas as pd
class Encoder:
    def __call__(self, sequences, dimension):
        return pd.DataFrame([[word in text for word in range(dimension)] for text in sequences])
vectorize_sequences = Encoder()""",
    "one-hot": "from keras.utils import to_categorical as to_one_hot",
    "smooth": """\
smooth_curve = lambda points, factor: np.array(
    pd.Series(points).ewm(alpha=1 - factor, adjust=False).mean(), "float32")[:, None]""",
    "folds": """\
from sklearn.model_selection import KFold
def k_fold(data, k):
    return list(KFold(k, shuffle=True, random_state=0).split(data))""",
    "scale": """\
from sklearn.preprocessing import StandardScaler
def standardise(train, test):
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)""",
    "build": """\
from tensorflow import keras
def build_model(units=16):
    inputs = keras.Input((30,))
    outputs = keras.layers.Dense(1)(keras.layers.Dense(units, "tanh")(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    return model""",
}


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """The example of docs/functions.md, on the data of a packaged assignment."""
    folder = tmp_path / "functions"
    shutil.copytree(find("breast-cancer"), folder)
    head = (folder / "assignment.toml").read_text().partition("[[criteria]]")[0]
    rubric = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    (folder / "assignment.toml").write_text(head + rubric)
    return read(folder, checks=CHECKS)


@pytest.fixture
def graded(assignment: Assignment, standin: Path, sandbox: Sandbox, tmp_path: Path) -> Grade:
    """Grade cells by that assignment."""

    def run(*sources: str, sha256: str = "7" * 64) -> Result:
        cells = tuple(Cell(index=index, kind="code", source=source) for index, source in enumerate(sources))
        work = Submission(file=Path("work.ipynb"), sha256=sha256, student="ada", kind="notebook", cells=cells)
        data = open_folder(standin)
        prepared = prepare([assignment], data, sandbox, scratch=tmp_path / "facts")
        result = grade(work, prepared, data, sandbox, folder=tmp_path / "run")
        assert len(result.notebook["cells"]) == len(cells)
        return result.results[assignment.name]

    return run


def findings(result: Result) -> dict[str, Finding]:
    return {finding.criterion: finding for finding in result.findings}


@pytest.mark.parametrize("sources", [RIGHT, OTHER], ids=["by the book", "other forms"])
def test_right_functions_earn_all_points_in_whatever_form_they_answer(graded: Grade, sources: dict[str, str]) -> None:
    result = graded(*sources.values())
    assert [(one.criterion, one.points, one.rationale) for one in result.findings if one.points != one.possible] == []
    assert result.passed
    assert {one.evidence for one in result.findings} == {Evidence.RECORDED}
    assert result.findings[2].cell == 2
    assert result.runs == ()


def test_each_mistake_is_told_in_words_with_its_input_and_costs_what_it_breaks(graded: Grade) -> None:
    found = findings(
        graded(
            RIGHT["encode"].replace("= 1.", "+= 1."),  # NumPy adds once for equal places: right by luck, no counts
            "def one_hot_encode(labels, classes):\n    return np.eye(labels.max() + 1)[labels]",
            "def smooth_curve(points, factor):\n    for i in range(1, len(points)):\n"
            "        points[i] = points[i - 1] * factor + points[i] * (1 - factor)",
            "def k_fold(data, k):\n    return [(data, part) for part in np.array_split(data, k)]",
            "def standardise(train, test):\n    return [(one - one.mean(0)) / one.std(0) for one in (train, test)]",
            RIGHT["build"].replace("def build_model():", "def make():")
            + "\nthe_model = make()\nbuild_model = lambda: the_model",
        )
    )
    assert found["encode"].points == 4
    wide = found["one-hot"]
    assert (wide.verdict, wide.points) == (Verdict.PARTIAL, 3)
    assert "labels=[" in wide.rationale
    assert "It returned an array of shape (5, " in wide.rationale
    assert "Expected: shape (5, 4)" in wide.rationale
    assert found["smooth"].points == 0
    assert "It returned nothing (None)" in found["smooth"].rationale
    assert "It changed its argument instead." in found["smooth"].rationale
    assert "among the training and the validation rows" in found["folds"].rationale
    assert found["folds"].points == 0
    assert "with statistics of test itself" in found["scale"].rationale
    assert "the same model again" in found["build"].rationale
    assert found["build"].points == 2


def test_functions_that_are_missing_raise_or_take_other_arguments_are_told_so_with_their_line(graded: Grade) -> None:
    found = findings(
        graded(
            "1 / 0",
            "import numpy as np\ndef multi_hot_encode(sequences):\n    return 1",
            "def one_hot_encode(labels, classes):\n    helper(labels)\n    return labels\n"
            "def helper(labels):\n    return {}['class']",
            "def smooth_curve(points, factor):\n    return {'points': points}",
            "def standardise(train, test):\n    train -= 1\n    return 'scaled'",
            "def build_model():\n    pass",
        )
    )
    assert "Its parameters are (sequences); it is called with (sequences, dimension)." in found["encode"].rationale
    assert (found["encode"].cell, found["encode"].line) == (1, 2)
    assert "It raised KeyError: 'class'." in found["one-hot"].rationale
    assert (found["one-hot"].cell, found["one-hot"].line) == (2, 5)
    assert "something of type dict" in found["smooth"].rationale
    assert "there is no function k_fold" in found["folds"].rationale
    assert "ZeroDivisionError" in found["folds"].rationale
    assert "something of type str" in found["scale"].rationale
    assert "nothing (None)" in found["build"].rationale
    assert {one.points for one in found.values()} == {0}


@pytest.mark.slow
def test_a_function_that_never_returns_or_ends_python_costs_no_cell_of_the_run(graded: Grade) -> None:
    result = graded(
        "import numpy as np, os\ndef multi_hot_encode(sequences, dimension):\n    while True: pass",
        RIGHT["smooth"],
        "def k_fold(data, k):\n    os._exit(0)",
        RIGHT["scale"],
    )
    found = findings(result)
    assert result.execution.exit == "ok"
    assert result.execution.stopped is None
    assert "did not return within 10 seconds" in found["encode"].rationale
    assert found["smooth"].points == 3
    assert "it ended Python" in found["folds"].rationale
    assert found["scale"].verdict is Verdict.SKIPPED
    assert "a function that was called before it ended Python" in found["scale"].rationale
    assert not result.withheld


@pytest.mark.slow
def test_what_a_function_trains_while_the_grader_calls_it_is_no_run_of_the_student_s(graded: Grade) -> None:
    training = (
        "from sklearn.datasets import load_breast_cancer\nfrom sklearn.model_selection import train_test_split\n"
        "import numpy as np, keras\n"
        "x, y = load_breast_cancer(return_X_y=True)\n"
        "def k_fold(data, k):\n"
        "    model = keras.Sequential([keras.layers.Dense(1, 'sigmoid')])\n"
        "    model.compile('sgd', 'binary_crossentropy')\n"
        "    model.fit(x, y, verbose=0)\n"
        "    rows = np.arange(len(data))\n"
        "    return [(rows[rows % k != i], rows[rows % k == i]) for i in range(k)]"
    )
    result = graded(training)
    assert findings(result)["folds"].points == 4
    assert result.runs == ()


@pytest.mark.slow
def test_the_same_submission_meets_the_same_inputs_and_another_one_others(graded: Grade) -> None:
    wrong = "def smooth_curve(points, factor):\n    return points"
    once, again = (findings(graded(wrong))["smooth"].rationale for _ in range(2))
    other = findings(graded(wrong, sha256="8" * 64))["smooth"].rationale
    assert once == again
    assert once != other
