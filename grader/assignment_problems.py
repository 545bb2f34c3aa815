"""Puts mistakes in an assignment file in words: what was found, the choices, the nearest."""

from __future__ import annotations

import collections.abc
import difflib
import inspect
import json
import math
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, get_type_hints

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError

from grader import custom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from grader.toml_lines import Location

SHOWN = 60  # characters of a found value that a message repeats


class Problem(NamedTuple):
    """One mistake in an assignment file and where it lies."""

    location: Location
    text: str


def nearest(found: object, choices: Sequence[str]) -> str:
    """Return the end of a message: the nearest spelling, if one is near, and all choices."""
    spellings = {_spelling(choice): choice for choice in choices}
    near = difflib.get_close_matches(_spelling(str(found)), spellings, n=1, cutoff=0.5)
    guess = f"; did you mean {spellings[near[0]]!r}?" if near else "."
    return f"{guess} Choices: {', '.join(choices) or 'none'}"


def _spelling(name: str) -> str:
    # Sorted words, so that 'loss.compile' is near 'compile.loss'.
    return ".".join(sorted(re.split(r"[._\s-]", name.lower())))


def shown(value: object) -> str:
    """Return ``value`` as a message repeats it: as it is written in the file, and short."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


# --- fields: what pydantic refused ----------------------------------------------------------------


def field_problems(invalid: ValidationError, tables: Mapping[str, type[BaseModel]]) -> Iterator[Problem]:
    """Yield the mistakes in single fields; ``tables`` has the record of each table by its name."""
    for error in invalid.errors():
        if error["type"] != "default_factory_not_called":  # of criteria that are told already
            yield Problem(error["loc"], _words(error, tables))


def _words(error: ErrorDetails, tables: Mapping[str, type[BaseModel]]) -> str:
    """Word one error: https://docs.pydantic.dev/latest/errors/validation_errors/."""
    kind, where, found = error["type"], error["loc"], error["input"]
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"no such field{nearest(where[-1], _fields(where, tables))}"
    if kind in {"literal_error", "enum"}:
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"found {shown(found)}{nearest(found, choices)}"
    if kind == "string_pattern_mismatch":
        return f"found {shown(found)}; expected small letters, digits and single hyphens"
    if where[-1] in {"due_date", "published_at"}:
        return f"found {shown(found)}; expected a date, time and zone: 2026-12-01T23:59:00Z"
    said = error["msg"].removeprefix("Value error, ")
    return f"found {shown(found)}; {said[0].lower()}{said[1:]}"


def _fields(where: Location, tables: Mapping[str, type[BaseModel]]) -> list[str]:
    table = str(where[0]) if len(where) > 1 else ""
    return [field.alias or name for name, field in tables[table].model_fields.items()]


# --- rubric: what only the whole file shows -------------------------------------------------------


def rubric_problems(
    raw: Mapping[str, object], checks: Mapping[str, Callable[..., object]], folder: Path
) -> Iterator[Problem]:
    """Yield the mistakes between fields of a parsed file; wrong types it leaves alone."""
    criteria = _tables(raw.get("criteria"))
    yield from _metric_problems(raw)
    yield from _points_problems(raw, criteria)
    yield from _id_problems(criteria)
    for position, criterion in criteria:
        for problem in _check_problems(criterion, checks, folder):
            yield Problem(("criteria", position, *problem.location), problem.text)


def _tables(value: object) -> list[tuple[int, Mapping[str, object]]]:
    rows = value if isinstance(value, list) else []
    return [(position, row) for position, row in enumerate(rows) if isinstance(row, dict)]


def _metric_problems(raw: Mapping[str, object]) -> Iterator[Problem]:
    metrics = {"binary": "accuracy", "multiclass": "accuracy", "regression": "mae"}
    task, metric = raw.get("task"), raw.get("metric")
    fitting = metrics.get(task) if isinstance(task, str) else None
    if fitting and metric in metrics.values() and metric != fitting:
        yield Problem(("metric",), f"found {shown(metric)}; a {task} task has {shown(fitting)}")
    classes = raw.get("classes")
    if isinstance(classes, int) and task == "regression":
        yield Problem(("classes",), f"found {classes}; a regression task has no classes")
    if isinstance(classes, int) and task == "binary" and classes > 2:
        yield Problem(("classes",), f"found {classes}; a binary task has 2 classes")


def _points_problems(
    raw: Mapping[str, object], criteria: Sequence[tuple[int, Mapping[str, object]]]
) -> Iterator[Problem]:
    points = [criterion.get("points") for _, criterion in criteria]
    numbers = [value for value in points if isinstance(value, int | float)]
    possible = round(math.fsum(numbers), 2)
    for name in ("pass", "floor"):
        value = raw.get(name)
        if len(numbers) == len(points) and isinstance(value, int | float) and value > possible:
            text = f"found {value:g}; all criteria together give only {possible:g} points"
            yield Problem((name,), text)


def _id_problems(criteria: Sequence[tuple[int, Mapping[str, object]]]) -> Iterator[Problem]:
    """Yield ids used twice, and needs that are not further up: cycles can't arise otherwise."""
    ids = [str(criterion.get("id")) for _, criterion in criteria]
    for place, (position, criterion) in enumerate(criteria):
        if ids[place] in ids[:place]:
            text = f"found {shown(ids[place])} a second time; each criterion needs its own id"
            yield Problem(("criteria", position, "id"), text)
        needs = criterion.get("needs")
        for need in needs if isinstance(needs, list) else []:
            if need not in ids[:place]:
                text = _need_text(need, later=ids[place:], earlier=ids[:place])
                yield Problem(("criteria", position, "needs"), text)


def _need_text(need: object, *, later: Sequence[str], earlier: Sequence[str]) -> str:
    if need == later[0]:
        return f"{shown(need)} is this criterion itself; name criteria further up"
    if need in later:
        return f"{shown(need)} comes further down; move it above this criterion"
    return f"no criterion further up is called {shown(need)}{nearest(need, earlier)}"


# --- parameters: what a check's factory takes -----------------------------------------------------


def _check_problems(
    criterion: Mapping[str, object], checks: Mapping[str, Callable[..., object]], folder: Path
) -> Iterator[Problem]:
    name, params = criterion.get("check"), criterion.get("params", {})
    if not isinstance(name, str):
        return
    if name not in checks:
        absent = name.startswith(custom.FAMILY) and not any(each.startswith(custom.FAMILY) for each in checks)
        said = f": {custom.ABSENT}" if absent else nearest(name, sorted(checks))
        yield Problem(("check",), f"no check is called {name!r}{said}")
    elif isinstance(params, dict):
        problems = list(_param_problems(name, params, checks[name]))
        yield from problems or _refusals(name, params, checks[name], folder)


def _refusals(
    check: str, params: Mapping[str, object], factory: Callable[..., object], folder: Path
) -> Iterator[Problem]:
    """Yield what a check itself says of parameters whose names and types are right."""
    try:
        factory(**params)
    except Exception as error:  # noqa: BLE001 - whatever an instructor's own check raises
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        yield Problem(("params",), f"check {check!r} refuses: {said}{custom.place(error, folder)}")


def _param_problems(check: str, params: Mapping[str, object], factory: Callable[..., object]) -> Iterator[Problem]:
    parameters = inspect.signature(factory).parameters
    named = {name: p for name, p in parameters.items() if p.kind in _BY_NAME}
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name, value in params.items():
        if name in named:
            yield from _type_problems(name, value, _annotation(factory, named[name]))
        elif not open_ended:
            text = f"check {check!r} has no parameter {name!r}{nearest(name, sorted(named))}"
            yield Problem(("params", name), text)
    for name, parameter in named.items():
        if parameter.default is parameter.empty and name not in params:
            yield Problem(("params",), f"check {check!r} needs the parameter {name!r}")


_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _type_problems(name: str, value: object, annotation: type[object]) -> Iterator[Problem]:
    try:
        # As JSON and strictly: "3" and true are no numbers, a list is a tuple, 1 is a float.
        TypeAdapter(annotation).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        text = f"found {shown(value)}; expected {inspect.formatannotation(annotation)}"
        is_choice = first["type"] in {"literal_error", "enum"}
        yield Problem(("params", name), _words(first, {}) if is_choice else text)
    except PydanticUserError:
        return  # a type that can't be written in TOML: the factory itself will say


def _annotation(factory: Callable[..., object], parameter: inspect.Parameter) -> type[object]:
    """Return the type of a parameter, ``object`` if it is not told or can't be known here.

    Each by itself: of another annotation the names may be imported for type checkers only.
    """
    if parameter.annotation is parameter.empty:
        return object
    names = {**vars(collections.abc), **getattr(inspect.unwrap(factory), "__globals__", {})}
    holder = SimpleNamespace(__annotations__={"it": parameter.annotation})
    try:
        hint: type[object] = get_type_hints(holder, names, include_extras=True)["it"]
    except (AttributeError, NameError, SyntaxError, TypeError):
        return object
    return hint
