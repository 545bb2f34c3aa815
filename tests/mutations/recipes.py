"""A correct solution of each task in parts, and the mistakes: each replaces what it gets wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from string import Template
from typing import Any

from tests.mutations.styles import Compiled, Layers, Style

HELD_OUT = """
part = len($x) // 4
$first = $new()
watched = $first.fit($x[part:], $y[part:], epochs=$watch, batch_size=$batch, verbose=0,
                   validation_data=($x[:part], $y[:part]))
"""
FOLDS = """
size = len($x) // 4
found = []
for fold in range(4):
    held = np.arange(fold * size, (fold + 1) * size)
    others = np.setdiff1d(np.arange(len($x)), held)
    candidate = $new()
    watched = candidate.fit($x[others], $y[others], epochs=$watch, batch_size=$batch, verbose=0,
                            validation_data=($x[held], $y[held]))
    found.append(watched.history["val_mae"][-1])
print(np.mean(found))
"""
CURVES = """
plt.plot(watched.history["loss"], label="training")
plt.plot(watched.history.get("val_loss", []), label="validation")
plt.legend()
plt.show()
"""
FINAL = """
model = $new()
model.fit($x, $y, epochs=$epochs, batch_size=$batch, verbose=0)
"""
TEST = """
print(model.evaluate($xt, $yt, verbose=0))
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One solution in parts; ``$name`` is whatever a style calls it."""

    assignment: str
    load: str
    prepare: str
    layers: Layers
    width: int
    compiled: Compiled
    validate: str = HELD_OUT
    curves: str = CURVES
    final: str = FINAL
    test: str = TEST
    figures: Mapping[str, int] = field(default_factory=dict)  # epochs, batch size

    def source(self, style: Style) -> tuple[str, ...]:
        """Return the solution's cells as a style writes them."""
        parts = (self.load, self.prepare, self.validate, self.curves, self.final, self.test)
        names = {**style.names, **{name: str(value) for name, value in self.figures.items()}}
        load, *rest = (Template(part).substitute(names).strip() + "\n" for part in parts)
        return (style.imports + load, rest[0], style.build(self.layers, self.width, self.compiled), *rest[1:])


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What a student got wrong: the parts that differ, the criteria it costs, and the diagnosis that names it."""

    name: str
    diagnosis: str
    lost: frozenset[str]
    changes: Mapping[str, Any]
    may_lose: frozenset[str] = frozenset()  # what follows from it: a score, say

    def put_into(self, recipe: Recipe) -> Recipe:
        """Return the recipe with this mistake; compile's parts and layers are changed where they are named."""
        changes = dict(self.changes)
        compiled = {name: changes.pop(name) for name in ("loss", "metric", "from_logits") if name in changes}
        if "output" in changes:
            changes["layers"] = (*recipe.layers[:-1], changes.pop("output"))
        if "was" in changes:
            part, old, new = changes.pop("was")
            text = getattr(recipe, part)
            if old not in text:
                message = f"{recipe.assignment}, {self.name}: {old!r} is not in its {part}"
                raise ValueError(message)
            changes[part] = text.replace(old, new)
        return replace(recipe, compiled=replace(recipe.compiled, **compiled), **changes)


def mistake(name: str, diagnosis: str, lost: str, may_lose: str = "", **changes: Any) -> Mistake:
    """Return a mistake; ``lost`` and ``may_lose`` name criteria, separated by spaces."""
    return Mistake(
        name=name,
        diagnosis=diagnosis,
        lost=frozenset(lost.split()),
        may_lose=frozenset(may_lose.split()),
        changes=changes,
    )


def cases(assignment: str) -> Iterator[tuple[Mistake | None, Recipe]]:
    """Yield the correct solution (mistake None) and each mistake in it."""
    from tests.mutations.tasks import MISTAKES, RECIPES  # noqa: PLC0415 - they are made of what is above

    recipe = RECIPES[assignment]
    yield None, recipe
    for one in MISTAKES[assignment]:
        yield one, one.put_into(recipe)
