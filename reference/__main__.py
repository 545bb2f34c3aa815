"""Solve a task from the command line and print what it measured beside the book's figures."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference import data as data_folder
from reference.editions import choose, limit_epochs, vary
from reference.errors import UnknownChoiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from _typeshed import DataclassInstance

    from reference.records import Data, Panel

TASKS = {
    "imdb": "reference.imdb",
    "reuters": "reference.reuters",
    "california-housing": "reference.california_housing",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m reference TASK``; return the exit code: 0, or 2 for a wrong request."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reference", description=__doc__)
    add = parser.add_argument
    add("task", help=f"one of: {', '.join(TASKS)}")
    add("--edition", default="3", help="of the book: 1, 2 or 3 (default)")
    add("--experiment", metavar="NAME", help="one of the book's exercises, such as one-layer")
    add("--seed", type=_count, default=0, metavar="N", help="of a whole solution; default: 0")
    add("--epochs", type=_positive, metavar="N", help="train no longer than this, for a quick look")
    add("--data", type=Path, metavar="DIR", help="a Keras cache or stand-ins; default: your cache")
    add("--json", type=Path, metavar="FILE", help="write all figures to this file")
    add("--plot", type=Path, metavar="FILE", help="default: figures/TASK.png")
    add("--final-only", action="store_true", help="only the last training and its test score")
    add("--seeds", type=_positive, default=1, metavar="K", help="repeat the last training K times")
    add("--first-seed", type=_count, metavar="N", help="of the repetitions; default: --seed")
    return parser


def _count(text: str, least: int = 0) -> int:
    if not text.isdecimal() or int(text) < least:
        message = f"'{text}' is no whole number from {least} on"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _positive(text: str) -> int:
    return _count(text, least=1)


def _run(options: argparse.Namespace) -> None:
    if options.task not in TASKS:
        raise UnknownChoiceError(kind="task", name=options.task, choices=TASKS)
    if options.seeds > 1 and not options.final_only:
        message = "--seeds repeats the last training only; add --final-only"
        raise UsageError(message)
    source = data_folder.use(options.data or data_folder.keras_cache(), task=options.task)
    task = importlib.import_module(TASKS[options.task])  # imports Keras
    settings = _settings(task, options)
    data = task.load(settings)
    record = _record(options, settings, source) | {"baselines": task.baselines(data)}

    if options.final_only:
        record["runs"] = _final_runs(task, settings, data, options)
    else:
        result = task.solve(settings, data)
        record["figures"] = result.figures
        record["curves"] = [dataclasses.asdict(panel) for panel in result.panels]
        _print_table(result.figures, record["baselines"], task.BOOK[options.edition])
        _draw(result.panels, options)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _settings(task: ModuleType, options: argparse.Namespace) -> DataclassInstance:
    """Return the edition's settings with what the command line changes."""
    settings: DataclassInstance = choose(task.EDITIONS, options.edition)
    if options.experiment:
        settings = vary(settings, task.EXERCISES, options.experiment)
    if options.epochs:
        settings = limit_epochs(settings, options.epochs)
    return _seeded(settings, options.seed)


def _seeded(settings: DataclassInstance, seed: int) -> DataclassInstance:
    changes: dict[str, Any] = {"seed": seed}  # every task's settings have one
    return dataclasses.replace(settings, **changes)


def _final_runs(
    task: ModuleType, settings: DataclassInstance, data: Data, options: argparse.Namespace
) -> list[dict[str, float]]:
    """Repeat the last training with one seed after another, on data that is encoded once."""
    first = options.seed if options.first_seed is None else options.first_seed
    runs = []
    for seed in range(first, first + options.seeds):
        _, scores = task.train_final(_seeded(settings, seed), data)
        runs.append({"seed": seed, **scores})
        print(f"seed {seed}: " + ", ".join(f"{k} {v:.4g}" for k, v in scores.items()), flush=True)
    return runs


def _record(options: argparse.Namespace, settings: DataclassInstance, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return what determined the figures."""
    from reference.training import device, versions  # noqa: PLC0415  imports Keras

    return {
        "task": options.task,
        "edition": options.edition,
        "experiment": options.experiment,
        "settings": dataclasses.asdict(settings),
        "data": dict(source),
        "versions": versions(),
        "device": device(),
    }


def _print_table(figures: Mapping[str, float], baselines: Mapping[str, float], book: Mapping[str, float]) -> None:
    rows = dict(figures) | {f"baseline_{name}": value for name, value in baselines.items()}
    width = max(map(len, rows))
    print(f"{'':{width}}  {'measured':>9}  {'book':>7}")
    for name, value in rows.items():
        expected = f"{book[name]:.3g}" if name in book else "-"
        shown = f"{value:.0f}" if value == int(value) or value > 1000 else f"{value:.3f}"
        print(f"{name.replace('_', ' '):{width}}  {shown:>9}  {expected:>7}")


def _draw(panels: Sequence[Panel], options: argparse.Namespace) -> None:
    from reference.curves import draw  # noqa: PLC0415  imports matplotlib

    path = options.plot or Path("figures") / f"{options.task}.png"
    draw(panels, path)
    print(f"curves: {path}")


if __name__ == "__main__":
    raise SystemExit(main())
