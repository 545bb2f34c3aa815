"""Find old spellings in a student's source: read, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.modern.construct import Construct

MOST_PARTS = 12  # of a dotted name: no construct asks about as many


def places(construct: Construct, source: str, tree: ast.Module | None) -> tuple[int, ...]:
    """Return the lines of a cell, from 1, on which a construct begins; its tree is None for what is no Python 3."""
    if construct.text:
        lines = enumerate(source.split("\n"), start=1)
        return tuple(number for number, line in lines if re.fullmatch(construct.text, line))
    if tree is None:
        return ()
    try:
        return tuple(sorted({line for node in ast.walk(tree) for line in _found(construct, node)}))
    except RecursionError:  # an argument nested more deeply than any person writes
        return ()


def _found(construct: Construct, node: ast.AST) -> Iterator[int]:
    """Yield the line of a node that is the old spelling."""
    if construct.uses and any(_ends(construct.uses, name) for name in _names(node)):
        yield node.lineno  # type: ignore[attr-defined] # all nodes with names have lines
    if construct.key and isinstance(node, ast.Subscript) and _text(construct.key, node.slice):
        yield node.slice.lineno
    if isinstance(node, ast.Call) and (not construct.of or _ends(construct.of, _dotted(node.func))):
        yield from _arguments(construct, node)


def _arguments(construct: Construct, call: ast.Call) -> Iterator[int]:
    """Yield the lines of a call's arguments that are the old spelling."""
    for keyword in call.keywords if construct.keyword else ():
        named = keyword.arg is not None and re.fullmatch(construct.keyword, keyword.arg)
        if named and (not construct.given or re.fullmatch(construct.given, ast.unparse(keyword.value))):
            yield keyword.value.lineno
    if construct.value:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        yield from (value.lineno for value in values if _text(construct.value, value))


def _text(pattern: str, node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.fullmatch(pattern, node.value))


def _ends(pattern: str, name: str) -> bool:
    return bool(re.search(rf"(?:^|\.)(?:{pattern})$", name))


def _names(node: ast.AST) -> list[str]:
    """Return the dotted names that a node uses or imports."""
    if isinstance(node, ast.Attribute | ast.Name):
        return [_dotted(node)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{alias.name}" for alias in node.names] + [node.module or ""]
    return []


def _dotted(node: ast.AST) -> str:
    """Return ``a.b.c``, or ``.b.c`` where something else than a name stands in front; of a long one, only its end."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < MOST_PARTS:
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))
