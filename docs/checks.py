"""Write docs/checks.md: every check with its parameters, what it accepts, and what students read.

    python docs/checks.py > docs/checks.md

Parameters and meanings come from the checks' own signatures and docstrings; the examples are judged here, on the
submissions that tests/unit/check_examples.py builds in memory.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Checks

What a criterion of an `assignment.toml` can ask, by family. A check's answer is a credit from 0 to 1; points are that
share of the criterion's. Written by `python docs/checks.py` from the checks themselves: under each, what it gives and
says to example submissions (built in code), judged when this page was made. What functions are called with:
[functions.md](functions.md). Checks of your own: [custom-checks.md](custom-checks.md).

A check that builds on a trained model asks about the *graded model*: of those trained on this data and used on test
rows, the one that earns most. Where nothing was trained, nothing is judged; where training could not be observed, a
person is asked.
"""
CHOICES = {"Activation", "Kind", "Task"}  # names of types with few values, which the meaning lists


def main() -> None:
    """Print the page."""
    sys.stdout.write(page())


def page() -> str:
    """Return the page."""
    sys.path.insert(0, str(ROOT))
    try:
        from grader.checks import CHECKS  # noqa: PLC0415
        from tests.unit.check_examples import SHOWN  # noqa: PLC0415
    finally:
        sys.path.remove(str(ROOT))
    lines = [HEAD]
    family = ""
    for name in sorted(CHECKS):
        if name.partition(".")[0] != family:
            family = name.partition(".")[0]
            lines += [f"## {family}", ""]
        lines += _check(name, CHECKS[name], SHOWN[name])
    return "\n".join(lines).rstrip() + "\n"


def _check(name: str, factory: Callable[..., object], shown: Any) -> Iterator[str]:  # noqa: ANN401 - a test's record
    text, meanings = _documented(factory)
    yield from (f"### {name}", "", text, "")
    parameters = inspect.signature(factory).parameters.values()
    if parameters:
        yield from ("| parameter | type | default | meaning |", "|---|---|---|---|")
        yield from (_parameter(each, meanings[each.name]) for each in parameters)
        yield ""
    params = ", ".join(f"{key} = {_toml(value)}" for key, value in shown.params.items())
    yield from ("```toml", f'check = "{name}"', *([f"params = {{ {params} }}"] if params else []), "```", "")
    yield from ("| submission | verdict | credit | what the student reads |", "|---|---|---:|---|")
    yield from (_row(name, shown, each) for each in shown.examples)
    yield ""


def _documented(factory: Callable[..., object]) -> tuple[str, Mapping[str, str]]:
    """Return a check's description, and the meaning of each parameter, as its docstring has them."""
    described, _, listed = (inspect.getdoc(factory) or "").partition("\nArgs:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", listed, re.MULTILINE)
    paragraphs = [" ".join(each.split()) for each in described.strip().split("\n\n")]
    meanings = {name: _code(" ".join(meaning.split())) for name, meaning in entries}
    return _code("\n\n".join(paragraphs)), meanings


def _code(text: str) -> str:
    return text.replace("``", "`")


def _parameter(parameter: inspect.Parameter, meaning: str) -> str:
    default = "needed" if parameter.default is parameter.empty else f"`{_toml(parameter.default)}`"
    return f"| `{parameter.name}` | {_cell(_type(parameter.annotation))} | {default} | {_cell(meaning)} |"


def _type(annotation: object) -> str:
    """Return a type as one who writes TOML knows it."""
    text = str(annotation)
    names = {"str": "text", "int": "whole number", "float": "number", "tuple[str, ...]": "list of texts"}
    plain = text.removesuffix(" | None")
    return names.get(plain, "one of those named" if plain in CHOICES else plain)


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return "none" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def _row(name: str, shown: Any, one: Any) -> str:  # noqa: ANN401
    from grader.assignment import Assignment, Criterion  # noqa: PLC0415
    from grader.rubric import findings  # noqa: PLC0415

    criterion = Criterion(id="it", title="It", check=name, points=1, params=dict(shown.params))
    rubric = Assignment(
        name="example", folder=ROOT / "docs" / "nowhere", title="Example", loader="imdb", task="binary",
        metric="accuracy", criteria=(criterion,),
    )  # fmt: skip
    (found,) = findings(rubric, one.submitted, shown.facts)
    verdict = "open" if found.by_hand else found.verdict.value
    credit = "—" if found.credit is None else f"{found.credit:.2g}"
    said = f"{found.rationale} *{found.help}*" if found.help else found.rationale
    return f"| {_cell(one.what)} | {verdict} | {credit} | {_cell(said)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
