"""The mutated solutions are Python, and each mistake changes its solution in every style."""

from __future__ import annotations

import ast

import pytest

from grader import assignment
from grader.checks import CHECKS
from grader.diagnose import DETECTORS
from tests.mutations.recipes import cases
from tests.mutations.styles import STYLES
from tests.mutations.tasks import MISTAKES


@pytest.mark.parametrize("name", sorted(MISTAKES))
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_each_mistake_is_another_program_that_parses(name: str, style: object) -> None:
    programs = ["\n".join(recipe.source(style)) for _, recipe in cases(name)]  # type: ignore[arg-type]
    for program in programs:
        ast.parse(program)
    assert len(set(programs)) == len(programs)


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_mistakes_name_criteria_that_the_assignment_has(name: str) -> None:
    known = {each.id for each in assignment.load(assignment.find(name), checks=CHECKS).criteria}
    for one, _ in cases(name):
        assert one is None or one.lost <= known


def test_mistakes_name_diagnoses_that_there_are() -> None:
    promised = {one.diagnosis for listed in MISTAKES.values() for one in listed if one.diagnosis}
    assert promised <= {detector.name for detector in DETECTORS}
