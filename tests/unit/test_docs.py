"""Claims of docs/checks.md: every check is there, with its parameters and with examples of the verdicts it gives."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from grader.assignment import Assignment, Criterion
from grader.assignment_problems import rubric_problems
from grader.checks import CHECKS
from grader.records import Verdict
from grader.rubric import findings

from .check_examples import SHOWN

DOCS = Path(__file__).parents[2] / "docs"
IN_PART = re.compile(r"earns? (half|part)|earns?\s+(its|their) share|[Hh]alf the credit|credit (grows|as for|begins)")
every_check = pytest.mark.parametrize("name", sorted(CHECKS))


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_checks", DOCS / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_checks_say_now() -> None:
    page = (DOCS / "checks.md").read_text(encoding="utf-8")
    assert page == script().page(), "run: python docs/checks.py > docs/checks.md"


@every_check
def test_every_check_says_what_it_asks_and_what_each_parameter_means(name: str) -> None:
    text, meanings = script()._documented(CHECKS[name])
    assert text.startswith("Ask ")
    assert set(meanings) == set(inspect.signature(CHECKS[name]).parameters)


@every_check
def test_every_check_has_examples_of_right_and_wrong_and_of_part_where_it_gives_any(name: str) -> None:
    verdicts = {one.verdict for one in SHOWN[name].examples}
    assert Verdict.FAILED in verdicts
    assert Verdict.PASSED in verdicts or name == "writing.present"  # a person says so
    assert (Verdict.PARTIAL in verdicts) == bool(IN_PART.search(CHECKS[name].__doc__ or ""))


@every_check
def test_every_example_leads_to_the_verdict_that_it_promises(name: str) -> None:
    shown = SHOWN[name]
    criterion = Criterion(id="it", title="It", check=name, points=1, params=dict(shown.params))
    rubric = Assignment(
        name="a", folder=DOCS / "nowhere", title="A", loader="imdb", task="binary", metric="accuracy",
        criteria=(criterion,),
    )  # fmt: skip
    for one in shown.examples:
        (found,) = findings(rubric, one.submitted, shown.facts)
        assert (found.verdict, found.help != "") == (one.verdict, one.verdict in {Verdict.PARTIAL, Verdict.FAILED}), (
            one.what
        )
        assert "{" not in found.rationale


@every_check
def test_the_parameters_of_the_examples_are_such_as_an_assignment_may_have(name: str) -> None:
    raw = {"criteria": [{"id": "it", "check": name, "params": dict(SHOWN[name].params), "points": 1}]}
    assert list(rubric_problems(raw, CHECKS, DOCS)) == []
