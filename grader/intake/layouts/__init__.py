"""The forms in which uploads come, each recognised by its shape."""

from __future__ import annotations

from collections.abc import Iterator

from grader.intake.given import Layout, Reading, Tree
from grader.intake.layouts import blackboard, canvas, clones, folder, gradescope, moodle, nbgrader

LAYOUTS = (
    gradescope.LAYOUT,
    nbgrader.LAYOUT,
    moodle.LAYOUT,
    blackboard.LAYOUT,
    canvas.LAYOUT,
    clones.LAYOUT,
    folder.LAYOUT,
)
"""In order of how unmistakable they are."""

EXPORTS = LAYOUTS[:-1]


def named(name: str) -> Layout:
    """Return the layout of that name."""
    return next(layout for layout in LAYOUTS if layout.name == name)


def recognised(tree: Tree) -> tuple[Layout, Tree] | None:
    """Return which export a tree is, and where in it that begins; ``None`` for a folder like any other."""
    for place in _nested(tree):
        for layout in EXPORTS:
            if layout.recognise(place).convinces:
                return layout, place
    return None


def _nested(tree: Tree) -> Iterator[Tree]:
    """Yield a tree, and what lies in the only folder of it, and in the only one of that: archives are wrapped so."""
    place = tree
    for _ in range(3):
        yield place
        if not (sole := place.sole_folder()):
            return
        place = place.within(sole)


def read(layout: Layout, tree: Tree) -> Reading:
    """Return the uploads of a tree; where a layout finds none, those of the only folder in it."""
    readings = [layout.read(place) for place in _nested(tree)]
    return next((reading for reading in readings if reading.uploads), readings[0])
