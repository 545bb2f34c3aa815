"""Write docs/figures.md: every calibrated variant with the book's figure and ours, on each data source.

    python docs/figures.py > docs/figures.md

Ours are the values in ``assignments/*/calibration.json`` and in ``docs/figures.json`` (docs/measure.py); the book's
are those that the reference names.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Figures: the book's and ours

The last model of each variant, trained from scratch and measured on the test rows: mean ± standard deviation over
seeds (their number). Written by `python docs/figures.py` from the calibrations; a calibration is measured again with
`grader calibrate ASSIGNMENT --data DIR`. One run of the book's proves nothing about its spread: a difference of less
than two or three of our deviations is none.

| task | variant | the book's | real data | stand-in, full | stand-in, small |
|---|---|---:|---:|---:|---:|"""
SOURCES = (("keras", "scikit-learn"), ("standin-full",), ("standin-small",))
WHOLE = """
## Whole solutions

Every figure that the texts give, beside whole solutions on the real data with a seed after another (validation,
K-fold, final training), and how many of our standard deviations lie between. Measured by `python docs/measure.py`.

| solution | figure | the book's | ours | apart |
|---|---|---:|---:|---:|"""
EXERCISES = {"reuters": {"bottleneck": {"validation_accuracy": 0.71}}}
"""What a text says of an exercise, in figures."""


def main() -> None:
    """Print the page."""
    sys.path.insert(0, str(ROOT))
    from reference.experiments import TASKS  # noqa: PLC0415

    lines = [HEAD]
    for file in sorted(ROOT.glob("assignments/*/calibration.json")):
        task = importlib.import_module(TASKS[file.parent.name])
        found = json.loads(file.read_text(encoding="utf-8"))
        columns = [_values(found["sources"], names) for names in SOURCES]
        for variant in dict.fromkeys(name for column in columns for name in column):
            cells = [_told(column.get(variant)) for column in columns]
            lines.append(f"| {file.parent.name} | {variant} | {_book(task, variant, found)} | {' | '.join(cells)} |")
    sys.stdout.write("\n".join([*lines, WHOLE, *_whole(TASKS)]) + "\n")


def _whole(tasks: dict[str, str]) -> list[str]:
    """Return a row for each figure of the texts, beside the solutions in docs/figures.json."""
    measured = json.loads((ROOT / "docs" / "figures.json").read_text(encoding="utf-8"))
    lines = []
    for name, solution in measured.items():
        task, edition, *exercise = name.split(", ")
        told = importlib.import_module(tasks[task]).BOOK.get(edition.removeprefix("edition "), {})
        book = EXERCISES.get(task, {}).get(exercise[0], {}) if exercise else told
        for figure, value in book.items():
            ours = [run[figure] for run in solution["runs"] if figure in run]
            if ours:
                lines.append(
                    f"| {name} | {figure.replace('_', ' ')} | {value:g} | {_told(ours)} | {_apart(value, ours)} |"
                )
    return lines


def _apart(book: float, ours: list[float]) -> str:
    spread = statistics.stdev(ours) if len(ours) > 1 else 0.0
    return f"{(book - statistics.fmean(ours)) / spread:+.1f}" if spread else "—"


def _values(sources: dict[str, dict[str, object]], names: tuple[str, ...]) -> dict[str, list[float]]:
    source = next((sources[name] for name in names if name in sources), {"values": {}})
    wrong = {f"{name} (wrong)": series for name, series in source.get("wrong", {}).items()}
    return {**source["values"], **wrong}


def _book(task: object, variant: str, found: dict[str, object]) -> str:
    edition, _, experiment = variant.removeprefix("edition ").partition(", ")
    if experiment:
        return "—"
    figure = task.BOOK.get(edition, {}).get(f"test_{found['metric']}")
    largest = max(max(series) for source in found["sources"].values() for series in source["values"].values())
    unit = task.UNIT if largest > 1000 else 1  # measured in dollars, told by the book in 100,000 of them
    return "—" if figure is None else f"{figure * unit:g}"


def _told(series: list[float] | None) -> str:
    if not series:
        return "—"
    digits = 0 if series[0] > 1000 else 3
    spread = f" ± {statistics.stdev(series):.{digits}f}" if len(series) > 1 else ""
    return f"{statistics.fmean(series):.{digits}f}{spread} ({len(series)})"


if __name__ == "__main__":
    main()
