"""The forms in which uploads come, each recognised by its shape."""

from __future__ import annotations

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
    sole = tree.sole_folder()
    for place in (tree, tree.within(sole)) if sole else (tree,):
        for layout in EXPORTS:
            if layout.recognise(place).convinces:
                return layout, place
    return None


def read(layout: Layout, tree: Tree) -> Reading:
    """Return the uploads of a tree; where a layout finds none, those of the only folder in it."""
    found = layout.read(tree)
    sole = tree.sole_folder()
    return layout.read(tree.within(sole)) if not found.uploads and sole else found
