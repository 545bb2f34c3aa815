"""Folder → Assignment: finds an assignment, reads its file and names every mistake in it."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.assignment_problems import Problem, field_problems, nearest, rubric_problems
from grader.custom import own_checks
from grader.errors import AssignmentInvalid
from grader.loaders import LOADERS
from grader.records import Record, Visibility
from grader.sandbox.limits import Limits
from grader.sandbox.parent import LoaderCall
from grader.toml_lines import Location, line_of, locate

FILE = "assignment.toml"
HERE = Path(__file__).parent
FOLDERS = (Path("assignments"), HERE.parent / "assignments", HERE / "_assignments")
"""Where assignments are found by name: the caller's own, a checkout's, an installed wheel's."""

Checks = Mapping[str, Callable[..., object]]


def _in_hundredths(points: float) -> float:
    # Scoring rounds to 2 decimals, so that a third of a point could never be earned in full.
    if round(points, 2) != points:
        message = "points have at most 2 decimals"
        raise ValueError(message)
    return points


Points = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False), AfterValidator(_in_hundredths)]
Text = Annotated[str, Field(min_length=1)]


class Calibrated(Record):
    """How ``grader calibrate`` measures what correct solutions reach."""

    task: Text = Field(description="Task of ``python -m reference``.")
    editions: tuple[str, ...] = Field(min_length=1, description="Its editions, all of them correct.")
    experiments: tuple[str, ...] = Field(default=(), description="Variations of the last edition, correct too.")
    wrong: tuple[str, ...] = Field(default=(), description="Variations that have to lose points for their score.")
    figure: str = Field(default="", description="The task's figure that is the metric; default: test_METRIC.")


class Split(Record):
    """How scikit-learn's ``train_test_split`` shares out the rows; students may do it in another way."""

    test_size: float = Field(gt=0, lt=1)
    random_state: int = Field(ge=0)
    stratify: bool = Field(default=False, description="Whether by class.")


class Criterion(Record):
    """One line of the rubric: which check is asked, with which parameters, for how many points."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: Text
    check: str
    points: Points
    needs: tuple[str, ...] = Field(default=(), description="Ids of criteria further up.")
    visibility: Visibility = Visibility.VISIBLE
    hint: str = Field(default="", description="Shown as help in place of the check's own.")
    section: str = Field(default="", description="Where the book explains it.")
    params: dict[str, object] = Field(default_factory=dict)


def _all_points(fields: dict[str, tuple[Criterion, ...]]) -> float:
    return possible(fields["criteria"])


class AssignmentFile(Record):
    """What ``assignment.toml`` says."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    title: Text
    text: str = Field(default="", description="The book and chapter it belongs to.")
    loader: Literal[
        "imdb", "reuters", "california_housing", "boston_housing", "fashion_mnist",
        "load_breast_cancer", "fetch_california_housing",
    ]  # fmt: skip
    arguments: dict[str, int | str] = Field(default_factory=dict, description="Of the loader's call in the text.")
    split: Split | None = Field(default=None, description="For a loader that returns all rows together.")
    task: Literal["binary", "multiclass", "regression"]
    classes: int | None = Field(default=None, ge=2, description="Number of classes.")
    metric: Literal["accuracy", "mae"]
    floor: Points = Field(default=0.0, description="Points that the starter earns.")
    on_error: Literal["continue", "stop"] = "continue"
    compat: bool = Field(default=False, description="Whether code for older versions is run in its modern spelling.")
    due_date: AwareDatetime | None = None
    published_at: AwareDatetime | None = None
    limits: Limits = Limits()
    calibration: Calibrated | None = None
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    pass_points: Points = Field(alias="pass", default_factory=_all_points)

    @model_validator(mode="after")
    def _split_where_needed(self) -> Self:
        package = LOADERS[self.loader].package
        if (self.split is not None) != (package == "scikit-learn"):
            message = (
                f"loader {self.loader!r} returns training and test rows apart: remove the table [split]"
                if self.split
                else f"loader {self.loader!r} returns all rows together: add a table [split]"
            )
            raise ValueError(message)
        return self


class Assignment(AssignmentFile):
    """A rubric with the facts and limits of its task, read and checked."""

    name: str = Field(description="The folder's name.")
    folder: Path

    @property
    def call(self) -> LoaderCall:
        """The loader's call as the text has it."""
        return LoaderCall(loader=self.loader, arguments=self.arguments)

    @property
    def possible(self) -> float:
        """Points that all criteria give together."""
        return possible(self.criteria)


def possible(criteria: Sequence[Criterion]) -> float:
    """Return the points that ``criteria`` give together, to 2 decimals."""
    return round(math.fsum(criterion.points for criterion in criteria), 2)


TABLES: dict[str, type[BaseModel]] = {
    "": AssignmentFile,
    "limits": Limits,
    "calibration": Calibrated,
    "split": Split,
    "criteria": Criterion,
}


# --- find ---------------------------------------------------------------------------------------


def find(name: str, *, folders: Sequence[Path] | None = None) -> Path:
    """Return the folder of an assignment, given by its path or by its name.

    Names are looked up in ``folders``, by default ``./assignments`` and then the assignments
    packaged with the grader. Raises `AssignmentInvalid` with the choices and the nearest spelling.
    """
    places = FOLDERS if folders is None else folders
    own = Path(name).parent if Path(name).name == FILE else Path(name)
    found = own if name and (own / FILE).is_file() else named(name, folders=places)
    if found is not None:
        return found
    if own.is_dir() and Path(name).name != name:
        message = f"{name}: this folder has no {FILE}; an assignment needs one"
        raise AssignmentInvalid(message)
    message = f"no assignment is called {name!r}{nearest(name, _names(places))}"
    raise AssignmentInvalid(message)


def named(name: str, *, folders: Sequence[Path] = FOLDERS) -> Path | None:
    """Return the folder of an assignment that is looked up by its name alone, or None: no path leads to one."""
    single = name and Path(name).name == name  # "../x" is a path, never a name
    return next((place / name for place in folders if single and (place / name / FILE).is_file()), None)


def _names(places: Sequence[Path]) -> list[str]:
    return sorted({file.parent.name for place in places for file in place.glob(f"*/{FILE}")})


# --- load ---------------------------------------------------------------------------------------


def load(path: Path, *, checks: Checks) -> Assignment:
    """Read the assignment in folder ``path``; its checks are those in ``checks`` and in its own ``checks.py``.

    Raises `AssignmentInvalid` with one line for each mistake: file, line, field, what was found,
    the choices and the nearest spelling.
    """
    file = path / FILE
    text = _text(file)
    raw = _parse(text, file)
    problems = [*rubric_problems(raw, {**checks, **own_checks(path)}, path)]
    try:
        # TOML has JSON's types and dates. Strict JSON: "3" is not 3, but a list is a tuple.
        fields = AssignmentFile.model_validate_json(
            json.dumps(raw, default=str), strict=True, by_alias=True, by_name=False
        )
    except ValidationError as invalid:
        problems += field_problems(invalid, TABLES)
    if problems:
        raise AssignmentInvalid(_told(problems, file, locate(text)))
    return Assignment(name=path.resolve().name, folder=path.absolute(), **dict(fields))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8"
        raise AssignmentInvalid(message) from error
    except OSError as error:
        message = f"{file}: can't be read ({error.strerror}); an assignment folder needs this file"
        raise AssignmentInvalid(message) from error


def _parse(text: str, file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = at[1] if at else text.count("\n") + 1
        message = f"{file}:{line}: not valid TOML: {error}"
        raise AssignmentInvalid(message) from error


def _told(problems: Sequence[Problem], file: Path, lines: Mapping[Location, int]) -> str:
    told = [(line_of(problem.location, lines), _field(problem.location), problem.text) for problem in problems]
    return "\n".join(f"{file}:{line}: {field}{text}" for line, field, text in sorted(told))


def _field(location: Location) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".") + ": " if location else ""
