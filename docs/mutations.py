"""Put every mistake into correct solutions of five styles, grade them all, and write docs/mutations.md.

    python docs/mutations.py --data DIR [--only ASSIGNMENT ...] [--jobs 2] > docs/mutations.md

The solutions are those of ``tests/mutations``. What was graded with the same code before is kept beside the cache of
the grader, so that it can be stopped and gone on with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import nbformat  # noqa: E402

from grader import assignment, intake  # noqa: E402
from grader.checks import CHECKS  # noqa: E402
from grader.data import cache_folder, open_folder  # noqa: E402
from grader.pipeline import grade, prepare  # noqa: E402
from grader.records import Result, Verdict  # noqa: E402
from grader.sandbox.probing import choose  # noqa: E402
from grader.sandbox.session import Sandbox  # noqa: E402
from grader.scratch import scratch  # noqa: E402
from tests.mutations.recipes import Mistake, cases  # noqa: E402
from tests.mutations.styles import STYLES, Style  # noqa: E402
from tests.mutations.tasks import MISTAKES  # noqa: E402

NOT_PASSED = {Verdict.FAILED, Verdict.ERRORED}
HEAD = """# Mutations: every mistake in every style

Correct solutions of {assignments} tasks, each written in five styles ({styles}), and every mistake put into
each of them; {runs} submissions run and judged on {source} data. Written by `python docs/mutations.py --data DIR`.

- A correct solution loses no point: **{right} of {rights}**.
- A mistake loses points where it should, and nowhere it should not: **{caught} of {mistakes}**.
- A mistake that has a name is named: **{named} of {names}** ({share:.1%}); diagnoses of correct solutions: **{false}**.

Each cell tells in how many of the five styles it was so.

| assignment | mistake | criteria it loses | kept | diagnosis | named | others named |
|---|---|---|---:|---|---:|---|"""


def main() -> None:
    """Grade what isn't known yet, then print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets (a Keras cache)")
    parser.add_argument("--only", action="append", choices=sorted(MISTAKES), help="this assignment; may be repeated")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names = options.only or list(MISTAKES)
    wanted = [(name, number) for name in names for number in range(len(STYLES))]
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = [row for part in pool.map(partial(_graded, options.data), wanted) for row in part]
    sys.stdout.write("\n".join(_page(rows, open_folder(options.data).source("imdb").source)) + "\n")


def _graded(data: Path, wanted: tuple[str, int]) -> list[dict[str, Any]]:
    """Return what became of every case of one assignment in one style."""
    name, style = wanted[0], STYLES[wanted[1]]
    rows: list[dict[str, Any]] = []
    kept = cache_folder() / "mutations"
    kept.mkdir(parents=True, exist_ok=True)
    folder = open_folder(data)
    with scratch() as place, Sandbox(choose("auto", own_work=True).level) as sandbox:
        judged = assignment.load(assignment.find(name), checks=CHECKS)
        prepared = prepare([judged], folder, sandbox, scratch=place / "facts")
        for number, (mistake, recipe) in enumerate(cases(name)):
            cells = recipe.source(style)
            known = kept / f"{_key(cells, folder.source(judged.loader).digests)}.json"
            if not known.is_file():
                file = _written(place, number, cells, style)
                graded = grade(intake.read(file), prepared, folder, sandbox, folder=place / f"run-{number}")
                known.write_text(graded.results[name].to_json(), encoding="utf-8")
            row = _row(Result.model_validate_json(known.read_text(encoding="utf-8")), mistake)
            rows.append({"assignment": name, "style": style.name, **row})
            sys.stderr.write(f"{name}, {style.name}, {row['mistake']}: {row['complaint'] or 'as promised'}\n")
    return rows


def _key(cells: tuple[str, ...], digests: dict[str, str]) -> str:
    code = [path.read_bytes() for path in sorted((ROOT / "grader").rglob("*.py"))]
    whole = hashlib.sha256(json.dumps([cells, digests]).encode())
    for text in code:
        whole.update(text)
    return whole.hexdigest()[:24]


def _written(place: Path, number: int, cells: tuple[str, ...], style: Style) -> Path:
    if style.module:
        file = place / f"case-{number}.py"
        file.write_text("\n\n".join(cells), encoding="utf-8")
        return file
    file = place / f"case-{number}.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, file)
    return file


def _row(result: Result, mistake: Mistake | None) -> dict[str, Any]:
    lost = {one.criterion for one in result.findings if one.possible and one.points != one.possible}
    lost |= {one.criterion for one in result.findings if not one.possible and one.verdict in NOT_PASSED}
    must, may = (mistake.lost, mistake.lost | mistake.may_lose) if mistake else (frozenset(), frozenset())
    wrong = [f"kept {each}" for each in sorted(must - lost)] + [f"lost {each}" for each in sorted(lost - may)]
    diagnoses = [one.name for one in result.diagnoses]
    return {
        "mistake": mistake.name if mistake else "",
        "lost": sorted(must),
        "complaint": ", ".join([*wrong, *(["withheld"] if result.withheld else [])]),
        "promised": mistake.diagnosis if mistake else "",
        "diagnoses": diagnoses,
    }


def _page(rows: list[dict[str, Any]], source: str) -> Iterator[str]:
    right = [row for row in rows if not row["mistake"]]
    wrong = [row for row in rows if row["mistake"]]
    named = [row["promised"] in row["diagnoses"] for row in wrong if row["promised"]]
    yield HEAD.format(
        assignments=len({row["assignment"] for row in rows}), styles=", ".join(style.name for style in STYLES),
        runs=len(rows), source=source, right=sum(not row["complaint"] for row in right), rights=len(right),
        caught=sum(not row["complaint"] for row in wrong), mistakes=len(wrong), named=sum(named), names=len(named),
        share=sum(named) / max(1, len(named)), false=sum(len(row["diagnoses"]) for row in right),
    )  # fmt: skip
    for assignment_name, mistake in dict.fromkeys((row["assignment"], row["mistake"]) for row in rows):
        same = [row for row in rows if (row["assignment"], row["mistake"]) == (assignment_name, mistake)]
        yield _line(assignment_name, mistake, same)


def _line(name: str, mistake: str, same: list[dict[str, Any]]) -> str:
    promised = same[0]["promised"]
    complaints = sorted({row["complaint"] for row in same if row["complaint"]})
    kept = f"{sum(not row['complaint'] for row in same)} of {len(same)}" + (
        f" ({'; '.join(complaints)})" if complaints else ""
    )
    named = f"{sum(promised in row['diagnoses'] for row in same)} of {len(same)}" if promised else ""
    others = sorted({each for row in same for each in row["diagnoses"] if each != promised})
    shown = mistake or "**none: the correct solution**"
    return f"| {name} | {shown} | {', '.join(same[0]['lost'])} | {kept} | {promised} | {named} | {', '.join(others)} |"


if __name__ == "__main__":
    main()
