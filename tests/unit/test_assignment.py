"""Claims about finding and reading assignment folders, and about the mistakes that are named."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.assignment import find, load
from grader.errors import AssignmentInvalid
from grader.records import Visibility
from grader.toml_lines import line_of, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

SOUND = """\
title = "IMDb reviews: positive or negative?"
text = "Deep Learning with Python, chapter 4"
loader = "imdb"
task = "binary"
classes = 2
metric = "accuracy"
floor = 1.5
pass = 4
on_error = "stop"
due_date = 2026-12-01T23:59:00Z

[limits]
seconds = 60
memory_mib = 2048

[[criteria]]
id = "inputs"
title = "Reviews are multi-hot encoded"
check = "inputs.multi_hot"
points = 3
params = { words = 10000 }

[[criteria]]
id = "no-leakage"
title = "Test rows stay out of training"
check = "training.no_leakage"
points = 2.5
needs = ["inputs"]
visibility = "after_due_date"
section = "4.1.2"
"""

MINIMAL = """\
title = "Houses"
loader = "california_housing"
task = "regression"
metric = "mae"
[[criteria]]
id = "runs"
title = "It runs"
check = "execution.runs"
points = 3
[[criteria]]
id = "mae"
title = "It predicts"
check = "training.no_leakage"
points = 0.1
"""


def multi_hot(*, words: int, kinds: Sequence[str] = ()) -> object:
    return words, kinds


def score(*, band: float, metric: Literal["accuracy", "top-k"] = "accuracy") -> object:
    return band, metric


def plain() -> object:
    return None


CHECKS: dict[str, Callable[..., object]] = {
    "inputs.multi_hot": multi_hot,
    "training.no_leakage": plain,
    "execution.runs": plain,
    "compile.loss": plain,
    "scores.accuracy": score,
}


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assignment.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, text: str, checks: Mapping[str, Callable[..., object]] = CHECKS) -> list[str]:
    """Return the lines of the refusal, without the path in front of the line number."""
    file = write(folder, text) / "assignment.toml"
    with pytest.raises(AssignmentInvalid) as caught:
        load(folder, checks=checks)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{file}:") for line in lines)
    return [line.removeprefix(f"{file}:") for line in lines]


def replaced(old: str, new: str) -> str:
    assert SOUND.count(old) == 1
    return SOUND.replace(old, new)


# --- what is read -------------------------------------------------------------------------------


def test_every_field_of_the_file_is_read(tmp_path: Path) -> None:
    assignment = load(write(tmp_path / "imdb", SOUND), checks=CHECKS)
    inputs, leakage = assignment.criteria
    assert (assignment.name, assignment.folder) == ("imdb", tmp_path / "imdb")
    assert (assignment.task, assignment.metric, assignment.classes) == ("binary", "accuracy", 2)
    assert (assignment.floor, assignment.pass_points, assignment.possible) == (1.5, 4, 5.5)
    assert assignment.due_date == datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    assert (assignment.limits.seconds, assignment.limits.memory_mib) == (60, 2048)
    assert assignment.on_error == "stop"
    assert inputs.params == {"words": 10000}
    assert (leakage.needs, leakage.visibility) == (("inputs",), Visibility.AFTER_DUE_DATE)


def test_how_an_assignment_is_calibrated_is_read(tmp_path: Path) -> None:
    table = '[calibration]\ntask = "imdb"\neditions = ["1", "2"]\n[[criteria]]'
    text = SOUND.replace("[[criteria]]", table, 1)
    calibration = load(write(tmp_path, text), checks=CHECKS).calibration
    assert calibration is not None
    assert (calibration.task, calibration.editions) == ("imdb", ("1", "2"))
    assert refused(tmp_path, text.replace("editions", "edition")) == [
        "16: calibration.editions: is missing",
        (
            "18: calibration.edition: no such field; did you mean 'editions'? "
            "Choices: task, editions, experiments, wrong, figure"
        ),
    ]


def test_what_is_left_out_takes_its_default(tmp_path: Path) -> None:
    assignment = load(write(tmp_path, MINIMAL), checks=CHECKS)
    limits = assignment.limits
    assert assignment.pass_points == assignment.possible == 3.1
    assert (assignment.floor, assignment.on_error, assignment.due_date) == (0, "continue", None)
    assert (limits.seconds, limits.cell_seconds) == (1800, 900)
    assert (limits.output_mib, limits.memory_mib) == (64, 16384)
    assert assignment.criteria[0].visibility is Visibility.VISIBLE


def test_the_folder_is_known_wherever_the_grader_goes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "houses", MINIMAL)
    monkeypatch.chdir(tmp_path)
    assignment = load(Path("houses"), checks=CHECKS)
    assert (assignment.name, assignment.folder) == ("houses", tmp_path / "houses")


def test_an_assignment_cannot_be_changed(tmp_path: Path) -> None:
    assignment = load(write(tmp_path, MINIMAL), checks=CHECKS)
    with pytest.raises(ValidationError):
        assignment.pass_points = 1  # type: ignore[misc]


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load(tmp_path, checks=CHECKS).title == "Houses"


# --- what is refused ----------------------------------------------------------------------------


def test_an_unknown_check_is_named_with_line_choices_and_the_nearest(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, replaced("training.no_leakage", "loss.compile"))
    assert line.startswith("26: criteria[1].check: no check is called 'loss.compile'")
    assert "did you mean 'compile.loss'?" in line
    assert line.endswith(f"Choices: {', '.join(sorted(CHECKS))}")


MISTAKES = [
    (
        'loader = "imdb"',
        'loader = "imbd"',
        "3: loader: found \"imbd\"; did you mean 'imdb'? Choices",
    ),
    ('task = "binary"', 'task = "binry"', "4: task: found \"binry\"; did you mean 'binary'?"),
    (
        'metric = "accuracy"',
        'metric = "mae"',
        '6: metric: found "mae"; a binary task has "accuracy"',
    ),
    ("classes = 2", "classes = 3", "5: classes: found 3; a binary task has 2 classes"),
    ("classes = 2", 'classes = "2"', '5: classes: found "2"; '),
    ("pass = 4", "pass = 6", "8: pass: found 6; all criteria together give only 5.5 points"),
    ("floor = 1.5", "floor = 9", "7: floor: found 9; all criteria together give only 5.5 points"),
    ("floor = 1.5", "floor = -1", "7: floor: found -1; "),
    ("floor = 1.5", "flor = 1.5", "7: flor: no such field; did you mean 'floor'? Choices"),
    ("pass = 4", "pass_points = 4", "8: pass_points: no such field"),
    ("pass = 4", 'name = "x"', "8: name: no such field"),
    ('on_error = "stop"', 'on_error = "go"', '9: on_error: found "go"'),
    (
        "2026-12-01T23:59:00Z",
        "2026-12-01",
        '10: due_date: found "2026-12-01"; expected a date, time',
    ),
    ("2026-12-01T23:59:00Z", "2026-12-01T23:59:00", "10: due_date: found"),
    ("seconds = 60", "seconds = 0", "13: limits.seconds: found 0; "),
    ("memory_mib", "memory_mb", "14: limits.memory_mb: no such field; did you mean 'memory_mib'?"),
    (
        'id = "inputs"',
        'id = "The Inputs"',
        '17: criteria[0].id: found "The Inputs"; expected small',
    ),
    ('id = "no-leakage"', 'id = "inputs"', '24: criteria[1].id: found "inputs" a second time'),
    ("points = 3", "points = -3", "20: criteria[0].points: found -3; "),
    ("points = 3", "points = nan", "20: criteria[0].points: found NaN; "),
    ("points = 3", "points = true", "20: criteria[0].points: found true; "),
    (
        "points = 3",
        "points = 0.333",
        "20: criteria[0].points: found 0.333; points have at most 2 dec",
    ),
    ("points = 3\n", "", "16: criteria[0].points: is missing"),
    (
        'needs = ["inputs"]',
        'needs = ["input"]',
        "28: criteria[1].needs: no criterion further up is",
    ),
    ('needs = ["inputs"]', 'needs = ["no-leakage"]', '28: criteria[1].needs: "no-leakage" is this'),
    (
        "words = 10000",
        "word = 10000",
        "21: criteria[0].params.word: check 'inputs.multi_hot' has no",
    ),
    (
        "words = 10000",
        "",
        "21: criteria[0].params: check 'inputs.multi_hot' needs the parameter 'wor",
    ),
    (
        "words = 10000",
        'words = "10000"',
        '21: criteria[0].params.words: found "10000"; expected int',
    ),
    (
        "words = 10000",
        "words = 10000.5",
        "21: criteria[0].params.words: found 10000.5; expected int",
    ),
    ("words = 10000", "words = true", "21: criteria[0].params.words: found true; expected int"),
    (
        "words = 10000",
        "words = 1, kinds = [1]",
        "21: criteria[0].params.kinds: found [1]; expected",
    ),
    (
        "after_due_date",
        "after_due",
        '29: criteria[1].visibility: found "after_due"; did you mean \'af',
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_line_field_and_what_was_found(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    text = SOUND.replace(old, new, 1)
    assert text != SOUND
    assert [line for line in refused(tmp_path, text) if line.startswith(expected)]


def test_a_need_further_down_is_refused_so_that_no_cycle_can_arise(tmp_path: Path) -> None:
    text = replaced("points = 3\n", 'points = 3\nneeds = ["no-leakage"]\n')
    assert refused(tmp_path, text) == [
        '21: criteria[0].needs: "no-leakage" comes further down; move it above this criterion'
    ]


def test_all_mistakes_are_told_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = replaced("floor = 1.5", "floor = 99").replace("no_leakage", "leak").replace("imdb", "imbd")
    lines = [int(line.split(":")[0]) for line in refused(tmp_path, text)]
    assert lines == [3, 7, 26]


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, MINIMAL.replace('id = "runs"', 'id = "It runs"'))) == 1


def test_an_assignment_without_criteria_is_refused(tmp_path: Path) -> None:
    text = SOUND.split("[[criteria]]", maxsplit=1)[0]
    assert any("criteria: is missing" in line for line in refused(tmp_path, text))
    text = "criteria = []\n" + text.replace("pass = 4", "").replace("floor = 1.5", "")
    assert any(line.startswith("1: criteria: found []") for line in refused(tmp_path, text))


@pytest.mark.parametrize("text", ["criteria = 3", "criteria = [1, 'x']", "limits = 3", "", "[[limits]]"])
def test_a_file_of_another_shape_is_refused_in_words(tmp_path: Path, text: str) -> None:
    assert "1: title: is missing" in refused(tmp_path, text)


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, replaced("classes = 2", "classes 2"))
    assert line.startswith("5: not valid TOML: ")


@pytest.mark.parametrize("text", ['title = """', "a = " + "[" * 5000, "title = 'x"])
def test_toml_that_ends_too_early_is_refused(tmp_path: Path, text: str) -> None:
    (line,) = refused(tmp_path, text)
    assert re.match(r"\d+: not valid TOML: ", line)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_bytes(b'title = "H\xe4user"')
    with pytest.raises(AssignmentInvalid, match="not UTF-8"):
        load(tmp_path, checks=CHECKS)


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=r"assignment\.toml: can't be read"):
        load(tmp_path, checks=CHECKS)


# --- parameters ---------------------------------------------------------------------------------


def test_a_whole_number_is_accepted_where_a_check_wants_a_fraction(tmp_path: Path) -> None:
    text = replaced("inputs.multi_hot", "scores.accuracy").replace("words = 10000", "band = 1")
    assert load(write(tmp_path, text), checks=CHECKS).criteria[0].params == {"band": 1}


def test_a_parameter_with_choices_names_them_and_the_nearest(tmp_path: Path) -> None:
    text = replaced("inputs.multi_hot", "scores.accuracy")
    (line,) = refused(tmp_path, text.replace("words = 10000", 'band = 1, metric = "acuracy"'))
    assert line.startswith('21: criteria[0].params.metric: found "acuracy"; ')
    assert line.endswith("did you mean 'accuracy'? Choices: accuracy, top-k")


def test_a_type_known_to_type_checkers_only_does_not_hide_the_others(tmp_path: Path) -> None:
    def known(*, words: int, ratio: Fraction | None = None) -> Fraction:
        raise NotImplementedError

    (line,) = refused(
        tmp_path,
        replaced("words = 10000", "words = 'x', ratio = 'y'"),
        checks={**CHECKS, "inputs.multi_hot": known},
    )
    assert line == '21: criteria[0].params.words: found "x"; expected int'


def test_a_check_that_takes_anything_gets_anything(tmp_path: Path) -> None:
    def anything(**params: object) -> object:
        return params

    checks = {**CHECKS, "inputs.multi_hot": anything}
    assert load(write(tmp_path, SOUND), checks=checks).criteria[0].params == {"words": 10000}


def test_a_parameter_of_a_type_that_toml_has_not_is_left_to_the_check(tmp_path: Path) -> None:
    class Words:
        pass

    def odd(*, words: Words) -> object:
        return words

    odd.__annotations__["words"] = Words
    checks = {**CHECKS, "inputs.multi_hot": odd}
    assert load(write(tmp_path, SOUND), checks=checks).criteria[0].params == {"words": 10000}


def test_parameters_may_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    text = replaced("params = { words = 10000 }", "[criteria.params]\nwords = 'x'")
    assert refused(tmp_path, text) == ['22: criteria[0].params.words: found "x"; expected int']


# --- finding ------------------------------------------------------------------------------------


def test_an_assignment_is_found_by_name_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    write(tmp_path / "packaged" / "imdb", SOUND)
    own = write(tmp_path / "own" / "imdb", SOUND)
    assert find("imdb", folders=[tmp_path / "own", tmp_path / "packaged"]) == own


def test_an_assignment_is_found_by_its_folder_or_its_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "deep" / "mine", SOUND)
    assert find(str(folder), folders=[]) == folder
    assert find(str(folder / "assignment.toml"), folders=[]) == folder


def test_the_callers_own_assignments_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "assignments" / "imdb", SOUND)
    monkeypatch.chdir(tmp_path)
    assert find("imdb").resolve() == tmp_path / "assignments" / "imdb"


def test_an_unknown_name_is_answered_with_the_nearest_and_all_choices(tmp_path: Path) -> None:
    for name in ("imdb", "reuters"):
        write(tmp_path / name, SOUND)
    with pytest.raises(AssignmentInvalid) as caught:
        find("ruters", folders=[tmp_path])
    expected = "no assignment is called 'ruters'; did you mean 'reuters'? Choices: imdb, reuters"
    assert str(caught.value) == expected


def test_the_nearest_name_may_have_its_words_in_another_order(tmp_path: Path) -> None:
    for name in ("california-housing", "housing"):
        write(tmp_path / name, SOUND)
    with pytest.raises(AssignmentInvalid, match="did you mean 'california-housing'"):
        find("housing-california", folders=[tmp_path])


def test_a_name_never_leads_out_of_the_folders(tmp_path: Path) -> None:
    write(tmp_path / "secret", SOUND)
    (tmp_path / "assignments").mkdir()
    with pytest.raises(AssignmentInvalid):
        find("../secret", folders=[tmp_path / "assignments"])


def test_a_folder_that_is_no_assignment_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=r"has no assignment\.toml"):
        find(str(tmp_path), folders=[])


# --- lines --------------------------------------------------------------------------------------


def test_lines_are_right_after_strings_arrays_and_comments_that_look_like_toml() -> None:
    text = '''\
# [[criteria]]
a = """
[[criteria]]
b = 1
"""
c = [  # [
  "]", 'x # y',
  ["z"],
]
"quoted key".d = "# no"
[t.u]
v = { w = 1 }
[[criteria]]
id = 1
[criteria.params]
e = 2
[[criteria]]
id = 2
'''
    lines = locate(text)
    assert (lines["a",], lines["c",], lines["quoted key", "d"]) == (2, 6, 10)
    assert (lines["t", "u"], lines["t", "u", "v"]) == (11, 12)
    assert lines["criteria", 0, "params", "e"] == 16
    assert lines["criteria", 1, "id"] == 18
    assert ("b",) not in lines
    assert line_of(("t", "u", "v", "w"), lines) == 12
    assert line_of(("nowhere",), lines) == 1


@given(st.lists(st.sampled_from(["# x", "", "x = '''\n[[criteria]]\n'''", "y = [\n1]", 'z = "\\""'])))
def test_a_key_is_found_on_its_line_whatever_stands_above(above: list[str]) -> None:
    text = "\n".join([*above, "[[criteria]]", "id = 1"])
    assert locate(text)["criteria", 0, "id"] == text.count("\n") + 1
