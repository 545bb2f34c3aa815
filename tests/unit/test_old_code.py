"""Claims about old code: how it is explained, and run where an assignment asks for it (see `old_code`)."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import grader
from grader import assignment, pipeline
from grader.capture import Capture, read_capture
from grader.checks import CHECKS, Facts
from grader.checks.execution import completed
from grader.modern import CONSTRUCTS, Used, old_code
from grader.records import Cell, CellRun, CellState, Execution, Exit, OldCode

from . import builders
from .old_code import CELLS, EXAMPLES

INSIDE = Path(grader.__file__).parent / "inside"
BY_NAME = {each.name: each for each in CONSTRUCTS}
NUMBERS = itertools.count(CELLS.index(next(iter(EXAMPLES.values()))[0]))
CASES = [pytest.param(name, source, next(NUMBERS), id=f"{name}-{place}")
         for name, sources in EXAMPLES.items() for place, source in enumerate(sources)]  # fmt: skip
ALSO = {"load-path", "optimizer-lr"}  # what examples of other constructs have besides


@dataclass(frozen=True)
class Ran:
    """What the process left behind: how each cell ended, and the capture."""

    ended: list[dict[str, Any]]
    capture: Capture

    def used(self, number: int) -> list[tuple[str, int | None]]:
        """Return the old spellings noted in a cell, each with its line."""
        return [(event.name, event.line) for event in self.capture.old_spellings if event.cell == number + 1]


def ran(folder: Path, way: str) -> Ran:
    command = [sys.executable, "-P", Path(__file__).with_name("old_code.py"), INSIDE, folder, way]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Ran(json.loads((folder / "facts.json").read_text()), read_capture(folder, tuple(range(len(CELLS)))))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("old") / "plain", "plain")


@pytest.fixture(scope="module")
def compat(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("old") / "compat", "compat")


def explained(
    source: str, error: str | None, *, line: int | None = None, keys: set[str] | None = None, **fields: Any
) -> tuple[OldCode, ...]:
    """Return the old code of a single cell that ended with an error."""
    state = CellState.RAISED if error else CellState.OK
    run = CellRun(cell=0, state=state, error=error, line=line)
    execution = Execution(exit=Exit.OK, seconds=1, peak_mib=1, isolation="none", cells=(run,))
    cell = Cell(index=0, kind="code", source=source, line=fields.pop("first", 1))
    return old_code([cell], execution, histories=frozenset(keys or ()), **fields)


# --- every construct of the table, on the libraries that are installed ------------------------------


def test_every_construct_has_an_example_of_real_code() -> None:
    assert set(EXAMPLES) == set(BY_NAME)


@pytest.mark.parametrize(("name", "source", "number"), CASES)
def test_old_code_fails_and_is_explained_with_its_modern_spelling(
    plain: Ran, name: str, source: str, number: int
) -> None:
    ended = plain.ended[number]
    keys = {key for fit in plain.capture.fits if fit.cell == number for key in fit.history}
    found = explained(source, ended["error"], line=ended["line"], keys=keys)
    assert [each.name for each in found] == [name]
    assert found[0].effect == ("ignored" if ended["error"] is None else "failed")
    assert found[0].line in {line.strip() for line in source.split("\n")}
    assert found[0].stopped == (() if ended["error"] is None else (0,))


@pytest.mark.parametrize(("name", "source", "number"), [case for case in CASES if BY_NAME[str(case.values[0])].mapped])
def test_with_compat_it_runs_as_its_modern_spelling_and_is_noted(
    compat: Ran, plain: Ran, name: str, source: str, number: int
) -> None:
    assert compat.ended[number]["error"] is None
    assert compat.ended[number]["same"] is not False
    assert name in {used for used, _ in compat.used(number)} <= {name, *ALSO}
    assert all(line is not None and 1 <= line <= source.count("\n") + 1 for _, line in compat.used(number))
    assert plain.used(number) == []


@pytest.mark.parametrize(
    ("name", "source", "number"), [case for case in CASES if not BY_NAME[str(case.values[0])].mapped]
)
def test_what_has_no_mapping_fails_with_compat_as_it_does_without(
    compat: Ran, plain: Ran, name: str, source: str, number: int
) -> None:
    del name, source
    assert (compat.ended[number]["error"] or "")[:60] == (plain.ended[number]["error"] or "")[:60]
    assert compat.used(number) == []


def test_compat_can_be_put_in_without_a_fault(compat: Ran) -> None:
    assert compat.capture.notes == ()
    assert compat.capture.faults == ()


def test_code_of_today_gives_the_same_with_and_without_compat(compat: Ran, plain: Ran) -> None:
    number = 1
    assert plain.ended[number]["error"] is None
    assert plain.ended[number]["told"]["weights"]
    assert compat.ended[number]["told"] == plain.ended[number]["told"]
    assert compat.used(number) == []


def test_the_recorder_sees_the_modern_call(compat: Ran) -> None:
    number = CELLS.index(EXAMPLES["nb-words"][0])
    loads = [load.arguments for load in compat.capture.loads if load.cell == number + 1]
    assert loads == [{"num_words": 8}, {"num_words": 8}]
    epochs = CELLS.index(EXAMPLES["nb-epoch"][0])
    assert [fit.epochs for fit in compat.capture.fits if fit.cell == epochs] == [2]


def test_each_use_is_counted_and_has_the_line_of_the_function_it_is_in(compat: Ran) -> None:
    number = CELLS.index(EXAMPLES["backend-functions"][0])
    events = [event for event in compat.capture.old_spellings if event.cell == number + 1]
    assert {event.line for event in events} == {3}
    assert sum(event.times for event in events) == 3


def test_the_documented_table_is_current() -> None:
    root = INSIDE.parent.parent
    done = subprocess.run([sys.executable, root / "docs" / "old_code.py"], capture_output=True, text=True, check=True)
    assert done.stdout == (root / "docs" / "old-code.md").read_text(encoding="utf-8")


def test_one_assignment_that_asks_for_compat_is_enough(tmp_path: Path) -> None:
    given: Any = SimpleNamespace(folder=tmp_path, trusted=True)
    first = assignment.load(assignment.find("imdb"), checks=CHECKS)
    asking = first.model_copy(update={"compat": True})
    setups = [
        pipeline._setup(assignments, given, given, tmp_path, reference=False)
        for assignments in ([first], [first, asking])
    ]
    assert [each.compat for each in setups] == [False, True]


# --- precision: what looks like old code and is not ---------------------------------------------------


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("scores = {}\nscores['acc']", "KeyError: 'acc'"),
        (
            "layers.Dense(activation='relu')",
            "TypeError: Dense.__init__() missing 1 required positional argument: 'units'",
        ),
        ("assert len(x) == 3", "AssertionError"),
        ("layers.Dense(0)", "ValueError: Received an invalid value for `units`, expected a positive integer. units=0"),
        ("frame['lr']", "KeyError: 'lr'"),
        ("Dense(4, activation='softmix')", "ValueError: Could not interpret activation function identifier: softmix"),
        ("[1].push(2)", "AttributeError: 'list' object has no attribute 'push'"),
        ("forest.predict_proba(x)", "AttributeError: 'RandomForestRegressor' object has no attribute 'predict_proba'"),
        ("from sklearn.datasets import load_iris", "ImportError: cannot import name 'load_iris'"),
        ("print 'a' 'b", "SyntaxError: unterminated string literal"),
        ("x = None", "not an error at all"),
        ("(" * 5000, "SyntaxError: too many nested parentheses"),
        ("Adam(decay=0.0)", None),
        ("train(nb_words=3)", None),
    ],
)
def test_other_mistakes_are_not_taken_for_old_code(source: str, error: str | None) -> None:
    assert explained(source, error, line=1) == ()


def test_a_missing_key_is_old_code_only_when_the_history_has_its_twin() -> None:
    source, error = "plt.plot(history.history['acc'])", "KeyError: 'acc'"
    assert explained(source, error, line=1, keys={"loss", "val_loss"}) == ()
    found = explained(source, error, line=1, keys={"loss", "accuracy"})
    assert found[0].modern == "history.history['accuracy']"


def test_a_notebook_with_magics_and_odd_escapes_is_still_read() -> None:
    source = "%matplotlib inline\n!pip install keras\nname = '\\d'\nopt = Adam(lr=0.1)"
    found = explained(source, "ValueError: Argument(s) not recognized: {'lr': 0.1}", line=4)
    assert [place.line for place in found[0].places] == [4]


def test_more_magics_than_anybody_writes_break_nothing() -> None:
    begin = time.process_time()
    found = explained("!ls\n" * 2_000 + "imdb.load_data(nb_words=100)", None)
    assert [place.line for place in found[0].places] == [2_001]
    assert time.process_time() - begin < 5


def test_all_places_are_listed_once_it_is_certain() -> None:
    source = "def build():\n    return RMSprop(lr=0.1)\nx = 1\na = SGD(\n    lr=0.2)\nbuild()"
    found = explained(source, "ValueError: Argument(s) not recognized: {'lr': 0.1}", line=6)
    assert [place.line for place in found[0].places] == [2, 5]
    assert found[0].count == 2


def test_lines_of_a_module_count_from_the_start_of_its_file() -> None:
    found = explained("x = 1\nprint 'a'", "SyntaxError: Missing parentheses in call to 'print'", line=2, first=11)
    assert [place.line for place in found[0].places] == [12]
    assert found[0].line == "print 'a'"


def test_words_that_are_swallowed_are_told_unless_they_were_mapped() -> None:
    source = "imdb.load_data(nb_words=100)"
    assert [each.effect for each in explained(source, None)] == ["ignored"]
    used = [Used(name="nb-words", cell=0, line=1, times=3)]
    assert [(each.effect, each.count) for each in explained(source, None, used=used)] == [("mapped", 3)]


def test_a_kernel_that_names_a_construct_which_is_none_is_not_believed() -> None:
    assert explained("x = 1", None, used=[Used(name="no-such", cell=0, line=1, times=1)]) == ()
    assert explained("x = 1", None, used=[Used(name="load-boston", cell=0, line=1, times=1)]) == ()


# --- what a student reads -----------------------------------------------------------------------------


def test_the_finding_about_the_end_says_what_to_write_instead() -> None:
    run = CellRun(cell=0, state=CellState.RAISED, error="ValueError: Argument(s) not recognized: {'lr': 0.1}", line=1)
    execution = Execution(
        exit=Exit.RAISED, seconds=1, peak_mib=1, isolation="none", cells=(run,), stopped=f"Cell 1 raised {run.error}."
    )
    cells = [Cell(index=0, kind="code", source="opt = RMSprop(lr=0.1)")]
    execution = execution.model_copy(update={"old_code": old_code(cells, execution)})
    task = builders.task(builders.reviews(), [])
    answer = completed()(submitted=builders.dataclasses.replace(task, execution=execution), reference=_no_facts())
    assert "learning_rate" in answer.rationale
    assert answer.help == "Write RMSprop(learning_rate=0.001) in place of RMSprop(lr=0.001)."


def _no_facts() -> Facts:
    return Facts.model_construct()


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda each: each.name)
def test_every_construct_is_explained_in_one_plain_sentence(construct: Any) -> None:
    assert construct.why.endswith(".")
    assert len(construct.why) <= 130
    assert construct.error or construct.silent
