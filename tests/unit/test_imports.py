"""Claims about the house: imports point one way, and what judges never imports what it judges."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader
import reference

GRADER, REFERENCE = Path(grader.__file__).parent, Path(reference.__file__).parent

# Each room with those it may import, directly: itself, and the rooms named in the rows before its own.
ROOMS = [
    {"errors", "records", "scratch"},
    {"sandbox", "trusted", "events", "tensors", "structure", "metrics", "syntax", "toml_lines"},
    {
        "data",
        "capture",
        "calls",
        "fed",
        "known",
        "loaders",
        "recognise",
        "runs",
        "splits",
        "task",
        "unobserved",
        "watch",
        "writing",
    },
    {"answers", "probes"},
    {"checks"},
    {"diagnose"},
    {"custom", "visibility", "scoring"},
    {"assignment_problems", "modern"},
    {"assignment", "intake", "execute", "verify", "summary"},
    {"facts", "rubric", "tolerance"},
    {"report", "exports", "batch"},
    {"pipeline"},
    {"store", "plan", "calibrate", "certificate", "demo", "doctor", "obtain", "schema"},
    {"cli", "__main__", "notebook", "pytest_plugin", "testing"},
]
ALONE = {
    "sandbox": {"errors", "records", "scratch", "sandbox", "inside"},  # it asks which of them work here
    "report": {"errors", "records"},
    "exports": {"errors", "records"},
    "records": set(),
    "errors": set(),
    "scoring": {"errors", "records"},
}


def modules(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(name: str, path: Path) -> Iterator[str]:
    """Return the modules that a file imports, anywhere in it, relative ones made whole."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            whole = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return [*module.split("."), ""][1]


def rooms_used(name: str) -> set[str]:
    """Return the rooms of the grader that one room imports."""
    return {
        room(target)
        for module, path in modules(GRADER)
        if room(module) == name
        for target in imported(module, path)
        if target.startswith("grader.")
    } - {name, "__version__"}


PRESENT = sorted({room(name) for name, _ in modules(GRADER)} - {"", "inside"})


def test_every_room_has_its_place_in_the_order() -> None:
    assert set(PRESENT) <= set.union(*ROOMS)


@pytest.mark.parametrize("name", PRESENT)
def test_a_room_imports_only_rooms_before_it(name: str) -> None:
    row = next(number for number, row in enumerate(ROOMS) if name in row)
    before = set.union(set(), *ROOMS[: row + 1])
    assert rooms_used(name) <= ALONE.get(name, before)


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    names = {name for name, _ in modules(GRADER)}
    uses = {
        name: {_module(target, names) for target in imported(name, path)} & names - {name}
        for name, path in modules(GRADER)
    }
    done: set[str] = set()
    while ready := {name for name, targets in uses.items() if name not in done and targets <= done}:
        done |= ready
    assert names - done == set()


def _module(target: str, names: set[str]) -> str:
    """Return the module of an import: the target itself, or the module that it is a name in."""
    return target if target in names else target.rpartition(".")[0]


def test_what_runs_inside_the_box_imports_nothing_of_ours_from_outside() -> None:
    for name, path in modules(GRADER / "inside"):
        ours = {
            target for target in imported(f"grader.{name}", path) if target.split(".")[0] in {"grader", "reference"}
        }
        assert all(target.startswith("grader.inside") for target in ours), path


def test_grader_and_reference_never_import_each_other() -> None:
    for folder, other in ((GRADER, "reference"), (REFERENCE, "grader")):
        for name, path in modules(folder):
            assert other not in {target.split(".")[0] for target in imported(name, path)}, path


def test_only_the_box_names_keras_or_tensorflow() -> None:
    for name, path in modules(GRADER):
        if room(name) != "inside":
            roots = {target.split(".")[0] for target in imported(name, path)}
            assert not roots & {"keras", "tensorflow", "pickle", "dill", "joblib", "h5py"}, path


def test_importing_everything_that_judges_leaves_keras_and_the_reference_out() -> None:
    names = [name for name, path in modules(GRADER) if room(name) != "inside" and path.name != "__main__.py"]
    code = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'keras', 'tensorflow', 'reference'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
