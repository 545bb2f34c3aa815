"""Write docs/old-code.md: every old spelling that is explained, its modern one, and whether ``compat`` maps it.

    python docs/old_code.py > docs/old-code.md

The table is the grader's own, in ``grader/modern``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Old code and its modern spelling

What real notebooks of Keras 1 and 2 have in them and today's versions don't take. Each is explained to the student,
with its place and the modern spelling: when it made a cell fail, or when it is silently without effect. An assignment
with `compat = true` runs those that are marked so as their modern spellings, notes each use, and shows it on the page.
Written by `python docs/old_code.py` from the grader's own table; every row is tried on the installed versions by
`tests/unit/test_old_code.py`.
"""
COLUMNS = "| old | modern | why | with `compat` |\n|---|---|---|---|"


def main() -> None:
    """Print the page."""
    sys.stdout.write(page())


def page() -> str:
    """Return the page's text."""
    sys.path.insert(0, str(ROOT))
    from grader.modern import CONSTRUCTS  # noqa: PLC0415

    parts = [HEAD]
    for group in dict.fromkeys(each.group for each in CONSTRUCTS):
        rows = [
            f"| `{each.old}` | {f'`{each.modern}`' if each.modern else 'leave it out'} | {each.why} | "
            f"{'runs' if each.mapped else 'explained'} |"
            for each in CONSTRUCTS
            if each.group == group
        ]
        parts.append("\n".join([f"## {group}\n", COLUMNS, *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    main()
