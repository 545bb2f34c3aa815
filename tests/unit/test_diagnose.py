"""Claims about diagnoses: each is made where its misconception is, and not where work is only nearly so."""

from __future__ import annotations

import runpy
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.diagnose import DETECTORS, Case, diagnose
from grader.diagnose.source import Place, Source
from grader.modern import CONSTRUCTS
from grader.recognise import Encoding
from grader.records import Cell, Exit, Finding, OldCode, Verdict
from grader.syntax import LONGEST
from tests.unit.builders import model, run
from tests.unit.diagnosed import CASES, GIVEN, PLOT, TEST, Make, case, classifier, curve, load, looked, regression

BY_NAME = {each.name: each for each in DETECTORS}
HAVE = [
    pytest.param(name, make, id=f"{name}-{at}") for name, (have, _) in CASES.items() for at, make in enumerate(have)
]
NEAR = [
    pytest.param(name, make, id=f"{name}-{at}") for name, (_, near) in CASES.items() for at, make in enumerate(near)
]


def names(one: Case) -> list[str]:
    found = diagnose(one, DETECTORS)
    assert not found.notes
    return [each.name for each in found.diagnoses]


@pytest.mark.parametrize(("name", "make"), HAVE)
def test_a_misconception_is_recognised(name: str, make: Make) -> None:
    assert name in names(make())


@pytest.mark.parametrize(("name", "make"), NEAR)
def test_work_that_is_nearly_so_is_not_told_that_it_has_it(name: str, make: Make) -> None:
    assert name not in names(make())


def test_every_detector_has_work_that_has_it_and_work_that_nearly_has_it() -> None:
    assert len(BY_NAME) == len(DETECTORS) >= 25
    assert set(CASES) == set(BY_NAME)
    assert all(have and near for have, near in CASES.values())


@pytest.mark.parametrize("each", DETECTORS, ids=BY_NAME)
def test_every_detector_says_what_it_looks_at_why_it_matters_where_to_read_and_what_to_do(each: object) -> None:
    detector = BY_NAME[each.name]  # type: ignore[attr-defined]
    assert detector.evidence.endswith(".")
    assert detector.why.endswith(".")
    assert detector.fix.rstrip("`)").endswith((".", "]"))
    assert detector.topic.section[0].isdigit()
    assert set(detector.hides) <= set(BY_NAME)
    assert set(detector.old_code) <= {construct.name for construct in CONSTRUCTS}


def test_correct_work_has_no_diagnosis() -> None:
    assert names(case(run())) == []
    assert (
        names(case(classifier(46, "softmax", "sparse_categorical_crossentropy"), task="multiclass", classes=46)) == []
    )
    assert names(case(regression(), task="regression")) == []


def test_nothing_handed_in_has_no_diagnosis() -> None:
    assert names(case()) == []


def test_a_diagnosis_shows_the_students_own_line_its_number_and_the_section_of_the_assignments_text() -> None:
    built = "a = Dense(64, activation='relu')\nmodel = Sequential([\n    a,\n    Dense(1, activation='softmax')])"
    wrong = classifier(1, "softmax", "binary_crossentropy")
    wrong = replace(wrong, fit=replace(wrong.fit, cell=1, line=4, compile_cell=1, compile_line=4))
    output = Finding(
        criterion="output", check="layers.output", title="Output", verdict=Verdict.FAILED, credit=0, points=0,
        possible=2, rationale="", section="3.6.3",
    )  # fmt: skip
    found = diagnose(case(wrong, source=["x = 1", built], findings=[output]), DETECTORS).diagnoses[0]
    assert (found.cell, found.line_number) == (1, 4)
    assert "Dense(1, activation='softmax')])" in found.line
    assert found.section == "3.6.3"
    assert 'Dense(1, activation="sigmoid")' in found.fix


def test_without_a_section_of_the_assignments_own_the_book_is_named() -> None:
    found = diagnose(case(run(rows=np.arange(180))), DETECTORS).diagnoses[0]
    assert found.section == "Deep Learning with Python, 3rd edition, section 4.3.2"


def test_lines_of_a_module_count_from_the_start_of_its_file() -> None:
    cell = Cell(index=0, kind="code", source="import keras\nmodel.fit(x, y)", line=11)
    assert Source([cell]).number(Place(cell=0, line=2)) == 12


@pytest.mark.parametrize(
    ("name", "twin", "other"),
    [
        ("nb-words-swallowed", "nb-words", "nb-classes"),
        ("history-key-of-another-name", "history-accuracy", "nb-words"),
        ("metrics-as-a-string", "metrics-text", "history-accuracy"),
    ],
)
def test_what_is_explained_as_old_code_is_not_told_again_as_a_diagnosis(name: str, twin: str, other: str) -> None:
    one = CASES[name][0][0]()

    def told(construct: str) -> list[str]:
        old = (OldCode(name=construct, effect="failed", old="a", modern="b", why="c"),)
        execution = one.work.execution.model_copy(update={"old_code": old})
        return names(replace(one, work=replace(one.work, execution=execution)))

    assert name in told(other)
    assert name not in told(twin)


def test_a_detector_that_breaks_leaves_out_its_own_diagnosis_and_says_so() -> None:
    def broken(_: Case) -> None:
        message = "no such thing"
        raise KeyError(message)

    detectors = [replace(DETECTORS[0], name="broken", look=broken), *DETECTORS]
    found = diagnose(case(run(rows=np.arange(180))), detectors)
    assert [each.name for each in found.diagnoses] == ["trained-on-test-rows"]
    assert len(found.notes) == 1
    assert "broken" in found.notes[0]
    assert "Points don't depend on it" in found.notes[0]


def test_what_spoils_most_is_told_first() -> None:
    wrong = run(model=model(("Dense", 1, "softmax")), validation="test_rows", held_out=TEST, given=GIVEN)
    plot = PLOT.format(key="loss", label="validation")
    assert names(case(wrong, source=[plot])) == [
        "test-set-as-validation", "softmax-on-one-unit", "no-hidden-layer", "curve-with-the-wrong-label",
    ]  # fmt: skip


def test_one_cause_is_told_once() -> None:
    wrong = regression(loss="binary_crossentropy", compile=classifier(1, None, "binary_crossentropy").fit.compile)
    assert names(case(wrong, task="regression")) == ["crossentropy-for-a-number"]


def test_with_several_data_sets_in_a_notebook_only_code_about_this_one_counts() -> None:
    plot = PLOT.format(key="loss", label="validation")
    events = [load(0, "imdb"), load(2, "reuters")]
    assert names(case(run(), source=["load", plot, "load", ""], events=events)) == ["curve-with-the-wrong-label"]
    assert names(case(run(), source=["load", "", "load", plot], events=events)) == []


HOSTILE = [
    "-" * 5900 + "1", "-" * 100_000 + "1", "a" + ".b" * 60_000, "lambda:" * 20_000 + "1", "(" * 150 + "1" + ")" * 150,
    "+".join(["1"] * 60_000), "x = \0", "f'" + "{" * 100, "é" * 10, "def f(:", "x" * (LONGEST + 1),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_source_text_can_break_a_diagnosis(text: str) -> None:
    wrong = run(rows=np.arange(180), cell=0, line=1)
    assert names(case(wrong, source=[text])) == ["trained-on-test-rows"]


def test_a_line_without_end_is_cut_where_it_is_shown() -> None:
    text = Source([Cell(index=0, kind="code", source="x = " + "1 + " * 30_000 + "1")]).text(Place(cell=0, line=1))
    assert len(text) < 400
    assert text.endswith("…")


@pytest.mark.parametrize(
    "text",
    ["a = b / c\n" * 8_000, "f(test)\n" * 8_000, "def f():\n" + "    x.mean()\n" * 5_000 + "f(test)\n" * 5_000,
     "plt.plot(h['loss'], label='val')\n" * 4_000, "p = m.predict(x)\nq = p > 0.5\n" * 4_000],
    ids=["divisions", "calls", "one-function", "plots", "comparisons"],
)  # fmt: skip
def test_much_code_is_read_in_seconds(text: str) -> None:
    events = [load(n % 9, ("california_housing", "reuters")[n % 2]) for n in range(5_001)] + [
        load(8, "california_housing")
    ]
    wrong = run(1, rows=np.arange(180), cell=9, line=1, inputs=Encoding(kind="raw", width=4))
    begin = time.process_time()
    diagnose(case(wrong, source=[*[""] * 8, text, ""], task="regression", events=events), DETECTORS)
    assert time.process_time() - begin < 10


def test_calls_are_found_in_the_function_around_them_and_in_its_class() -> None:
    text = "class Net:\n    def build(self):\n        self.compile()\ndef make():\n    return [compile() for _ in x]"
    source = Source([Cell(index=0, kind="code", source=text)])
    assert [place.line for place, _ in source.calls_in("Net", "compile")] == [3]
    assert [place.line for place, _ in source.calls_in("build", "compile")] == [3]
    assert [place.line for place, _ in source.calls_in("make", "compile")] == [5]


def test_functions_within_functions_multiply_nothing() -> None:
    names = [f"f{depth}" for depth in range(90)]
    text = (
        "\n".join(f"{' ' * depth}def {name}():" for depth, name in enumerate(names)) + f"\n{' ' * 90}{'g();' * 1_000}"
    )
    source = Source([Cell(index=0, kind="code", source=text)])
    assert len(source.calls_in("f89", "g")) == 1_000
    assert sum(len(source.calls_in(name, "g")) for name in names) <= 2_000


def test_magics_and_shell_lines_do_not_hide_the_rest_of_a_cell() -> None:
    plot = PLOT.format(key="loss", label="validation")
    assert "curve-with-the-wrong-label" in names(case(run(), source=[f"%matplotlib inline\n!pip install x\n{plot}"]))


def test_a_stopped_notebook_is_not_told_that_it_forgot_the_test_set() -> None:
    one = case(run(tested=False))
    stopped = one.work.execution.model_copy(update={"exit": Exit.TIMED_OUT})
    assert names(replace(one, work=replace(one.work, execution=stopped))) == []


def test_a_training_score_beside_a_test_score_is_no_mistake() -> None:
    assert names(case(run(looks=(looked(np.arange(120)), looked(TEST))))) == []


def test_the_best_epoch_is_named_in_numbers() -> None:
    found = diagnose(case(curve(0.5, 0.40, 0.35, 0.34, 0.36, 0.40, 0.45, 0.50, 0.56, 0.62)), DETECTORS).diagnoses[0]
    assert "10 epochs" in found.explanation
    assert "epoch 4" in found.explanation


def test_the_page_of_diagnoses_is_what_the_detectors_say() -> None:
    docs = Path(__file__).parent.parent.parent / "docs"
    page = runpy.run_path(str(docs / "diagnoses.py"))["page"]()
    assert (docs / "diagnoses.md").read_text(encoding="utf-8") == page


def test_the_readme_counts_the_diagnoses_right() -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"{len(DETECTORS)} misconceptions are recognised by name" in readme
