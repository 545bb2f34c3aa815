"""A student's code, read and never run: syntax trees of the cells, and the line of it that a diagnosis shows."""

from __future__ import annotations

import ast
import bisect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader import syntax
from grader.records import Cell

MOST_LINES = 4  # of one statement that are shown
WIDEST = 300  # characters of a line that are shown
LIKE_TARGETS = ("target", "label", "price")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of a cell, from 1; None where only the cell is known."""

    cell: int
    line: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Position in the submission, to compare places by."""
        return self.cell, self.line or 1


@dataclass(frozen=True)
class Source:
    """The cells of one submission."""

    cells: Sequence[Cell]

    @cached_property
    def trees(self) -> dict[int, ast.Module]:
        """Syntax trees of code cells by index; a cell that is no Python is left out, magics are blanked."""
        return syntax.trees(self.cells)

    @cached_property
    def nodes(self) -> tuple[tuple[Place, ast.AST], ...]:
        """All nodes that have a line, with their places, in reading order of their beginnings."""
        found = [
            (Place(cell=index, line=node.lineno), node)
            for index, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, (ast.expr, ast.stmt))
        ]
        return tuple(sorted(found, key=lambda pair: (*pair[0].order, pair[1].col_offset)))

    def calls(self, *names: str) -> Iterator[tuple[Place, ast.Call]]:
        """Yield calls of functions or methods with one of these names."""
        for place, node in self.nodes:
            if isinstance(node, ast.Call) and called(node) in names:
                yield place, node

    def assigned(self, name: str, before: Place) -> ast.expr | None:
        """Return what a variable was last assigned before a place, in reading order, or None."""
        given = self._assignments.get(name, [])
        place = bisect.bisect_left(given, before.order, key=lambda pair: pair[0])
        return given[place - 1][1] if place else None

    @cached_property
    def _assignments(self) -> dict[str, list[tuple[tuple[int, int], ast.expr]]]:
        found: dict[str, list[tuple[tuple[int, int], ast.expr]]] = {}
        for place, node in self.nodes:
            for target, value in _pairs(node) if isinstance(node, ast.Assign) else ():
                found.setdefault(target, []).append((place.order, value))
        return found

    def call_at(self, place: Place | None, name: str) -> ast.Call | None:
        """Return the call of a method that spans a place."""
        if place is None or place.line is None:
            return None
        spans = [
            node
            for at, node in self.calls(name)
            if at.cell == place.cell and node.lineno <= place.line <= (node.end_lineno or node.lineno)
        ]
        return spans[-1] if spans else None

    def names_at(self, place: Place) -> list[str]:
        """Return what is called in a line."""
        calls = [node for at, node in self.nodes if at == place and isinstance(node, ast.Call)]
        return [called(call) for call in calls]

    def calls_in(self, function: str, name: str) -> list[tuple[Place, ast.Call]]:
        """Return the calls of a method inside of the function, or class, of a name, in reading order."""
        return [(place, call) for place, call in self._inner_calls.get(function, []) if called(call) == name]

    @cached_property
    def _inner_calls(self) -> dict[str, list[tuple[Place, ast.Call]]]:
        """Calls by the two innermost functions or classes around them, so that nesting makes no more of them."""
        found: dict[str, list[tuple[Place, ast.Call]]] = {}
        waiting: list[tuple[int, ast.AST, tuple[str, ...]]] = [(index, tree, ()) for index, tree in self.trees.items()]
        waiting.reverse()
        while waiting:
            index, node, around = waiting.pop()
            if isinstance(node, ast.Call):
                for name in dict.fromkeys(around):
                    found.setdefault(name, []).append((Place(cell=index, line=node.lineno), node))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                around = (*around[-1:], node.name)
            waiting += [(index, child, around) for child in reversed(list(ast.iter_child_nodes(node)))]
        return found

    def text(self, place: Place) -> str:
        """Return the student's own line at a place: the whole statement where that is only a few lines."""
        lines = self._lines(place.cell)
        if place.line is None or not 1 <= place.line <= len(lines):
            return ""
        start, end = self._span(place)
        shown = textwrap.dedent("\n".join(lines[start - 1 : end])).strip().split("\n")
        return "\n".join(line if len(line) <= WIDEST else f"{line[:WIDEST]}…" for line in shown)

    def number(self, place: Place) -> int | None:
        """Return the line's number as a reader counts it: in a notebook within the cell, in a module in the file."""
        if place.line is None or not 0 <= place.cell < len(self.cells):
            return None
        return self.cells[place.cell].line + place.line - 1

    def _lines(self, cell: int) -> list[str]:
        return self.cells[cell].source.split("\n") if 0 <= cell < len(self.cells) else []

    def _span(self, place: Place) -> tuple[int, int]:
        line = place.line or 1
        tree = self.trees.get(place.cell)
        simple = [
            node
            for node in (ast.walk(tree) if tree else ())
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return))
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        if not simple:
            return line, line
        start, end = simple[-1].lineno, simple[-1].end_lineno or simple[-1].lineno
        return (start, end) if end - start < MOST_LINES else (line, line)


def _pairs(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """Yield the variables of an assignment with what each was given: ``a, b = 1, 2`` are two."""
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            names, values = target.elts, node.value.elts
        else:
            names, values = [target], [node.value]
        yield from ((each.id, value) for each, value in zip(names, values, strict=False) if isinstance(each, ast.Name))


def called(call: ast.Call) -> str:
    """Return the last name of what is called: ``load_data`` of ``imdb.load_data(...)``."""
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def root(node: ast.AST | None) -> str:
    """Return the variable that an expression starts from: ``x`` of ``x[:100].astype("float32")``, or ''."""
    while node is not None:
        if isinstance(node, ast.Name):
            return node.id
        node = (
            node.func if isinstance(node, ast.Call)
            else node.value if isinstance(node, (ast.Attribute, ast.Subscript))
            else None
        )  # fmt: skip
    return ""


def names_targets(node: ast.AST) -> bool:
    """Say whether an expression names targets, by how variables for them are called."""
    names = [each.id.lower() for each in ast.walk(node) if isinstance(each, ast.Name)]
    return any(name.startswith("y") or any(word in name for word in LIKE_TARGETS) for name in names)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a keyword argument, or None."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """Return an argument given by position or by name, or None."""
    return call.args[position] if len(call.args) > position else keyword(call, name)


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal, or None."""
    return node.value if isinstance(node, ast.Constant) else None
