"""Solve a task from the command line and print what it measured beside the book's figures."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference import data as data_folder
from reference import devices
from reference.editions import default
from reference.errors import UnknownChoiceError, UsageError
from reference.experiments import BASE, TASKS, Plan, Shelf, as_record, final_runs
from reference.tables import experiments_table, figures_table, report_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from reference.records import Panel

ALL = "all"
QUICK_EPOCHS, QUICK_ROWS = 2, 6_000
FIGURES = Path("figures")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m reference TASK``; return the exit code: 0, or 2 for a wrong request."""
    options = _parser().parse_args(arguments)
    try:
        _refuse_what_does_not_go_together(options)
        devices.choose_backend(options.backend, device=options.device, deterministic=options.deterministic)
        devices.choose_device(options.device, deterministic=options.deterministic)
        if options.task != ALL:
            _say_where(_write(options, _run(options.task, options)))
            return 0
        return _run_all(options)
    except UsageError as error:
        return _say(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reference", description=__doc__)
    add = parser.add_argument
    add("task", help=f"{ALL}, or one of: {', '.join(TASKS)}")
    add("--edition", help="1, 2, 3, geron or lecture; default: the task's last")
    add("--experiment", metavar="NAME", help=f"one of the exercises, such as one-layer; {ALL}: a table of them")
    add("--seed", type=_count, default=0, metavar="N", help="of a whole solution; default: 0")
    add("--epochs", type=_positive, metavar="N", help="train no longer than this, for a quick look")
    add("--quick", action="store_true", help=f"{QUICK_EPOCHS} epochs, {QUICK_ROWS} rows at most: does it run?")
    add("--data", type=Path, metavar="DIR", help="a Keras cache or stand-ins; default: your cache")
    add("--json", type=Path, metavar="FILE", help="write all figures to this file")
    add("--plot", type=Path, metavar="FILE", help=f"default: {FIGURES}/TASK.png")
    add("--final-only", action="store_true", help="only the last training and its test score")
    add("--seeds", type=_positive, default=1, metavar="K", help="repeat the last training K times")
    add("--first-seed", type=_count, metavar="N", help="of the repetitions; default: --seed")
    add("--backend", help=f"one of: {', '.join(devices.BACKENDS)}; default: KERAS_BACKEND")
    add("--device", help=f"one of: {', '.join(devices.DEVICES)}; default: a GPU if there is one")
    add("--deterministic", action="store_true", help="the same seed, the same figures; slower on a GPU")
    return parser


def _count(text: str, least: int = 0) -> int:
    if not text.isdecimal() or int(text) < least:
        message = f"'{text}' is no whole number from {least} on"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _positive(text: str) -> int:
    return _count(text, least=1)


def _refuse_what_does_not_go_together(options: argparse.Namespace) -> None:
    message = None
    if options.task not in (ALL, *TASKS):
        raise UnknownChoiceError(kind="task", name=options.task, choices=(*TASKS, ALL))
    if options.seeds > 1 and not options.final_only:
        message = "--seeds repeats the last training only; add --final-only"
    elif options.final_only and ALL in (options.task, options.experiment):
        message = f"--final-only repeats one training; name a task and an experiment instead of '{ALL}'"
    elif options.task == ALL and (options.edition or options.experiment not in (None, ALL)):
        message = f"editions and experiments differ from task to task; name a task instead of '{ALL}'"
    if message:
        raise UsageError(message)


def _run_all(options: argparse.Namespace) -> int:
    """Run every task; one whose data is missing is named and passed over."""
    code, records = 0, []
    for name in TASKS:
        print(f"== {name}", flush=True)
        try:
            records.append(_run(name, options))
        except UsageError as error:
            code = _say(error)
    _say_where(_write(options, {"tasks": records}))
    return code


def _run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run what is asked for of one task; print it and return it."""
    source = data_folder.use(options.data or data_folder.keras_cache(), task=name)
    plan = _plan(name, options)
    task = plan.module()
    edition = plan.edition or default(task.EDITIONS)
    experiment = None if options.experiment == ALL else options.experiment
    settings = plan.settings(experiment)
    shelf = Shelf(task, plan.most_rows)
    record: dict[str, Any] = {
        "task": name,
        "edition": edition,
        "experiment": options.experiment,
        "quick": options.quick,
        "settings": dataclasses.asdict(settings),
        "data": dict(source),
        "versions": devices.versions(),
        "device": devices.device(),
        "baselines": task.baselines(shelf.data(settings)),
    }
    if options.quick:
        print(f"quick: {QUICK_EPOCHS} epochs, {QUICK_ROWS} rows at most; the book's figures need all of them")
    if options.final_only:
        return _final_runs(task, plan, shelf, options, record)
    if options.experiment == ALL:
        return record | {"experiments": _experiments(task, plan, shelf, options, task.BOOK[edition])}
    result = task.solve(settings, shelf.data(settings))
    print(figures_table(result.figures, record["baselines"], task.BOOK[edition]))
    if experiment in task.WORDS:
        print(f"the book's words: {task.WORDS[experiment]}")
    if result.report:
        print(f"\n{report_table(result.report)}\n")
    _draw(result.panels, _plot(name, options))
    return record | as_record(result)


def _plan(name: str, options: argparse.Namespace) -> Plan:
    epochs = [limit for limit in (options.epochs, QUICK_EPOCHS if options.quick else None) if limit]
    return Plan(
        name=name,
        edition=options.edition,
        seed=options.seed,
        most_epochs=min(epochs, default=None),
        most_rows=QUICK_ROWS if options.quick else None,
    )


def _final_runs(
    task: ModuleType, plan: Plan, shelf: Shelf, options: argparse.Namespace, record: dict[str, Any]
) -> dict[str, Any]:
    """Repeat the last training, say how each went, and add them to the record; its file is complete after each."""
    first = options.seed if options.first_seed is None else options.first_seed
    settings = plan.settings(options.experiment)
    runs: list[dict[str, float]] = []
    for run in final_runs(task, settings, shelf, first_seed=first, seeds=options.seeds):
        runs.append(run)
        _write(options, record | {"runs": runs})
        scores = ", ".join(f"{name} {value:.4g}" for name, value in run.items() if name != "seed")
        print(f"seed {run['seed']}: {scores}", flush=True)
    return record | {"runs": runs}


def _experiments(
    task: ModuleType, plan: Plan, shelf: Shelf, options: argparse.Namespace, book: dict[str, float]
) -> dict[str, Any]:
    """Run the edition's own model and every exercise; print one table of them all."""
    records = {}
    for experiment in (BASE, *task.EXERCISES):
        settings = plan.settings(experiment)
        data = shelf.data(settings)
        result = task.solve(settings, data)
        result.figures.update({f"baseline_{name}": value for name, value in task.baselines(data).items()})
        records[experiment] = {"settings": dataclasses.asdict(settings)} | as_record(result)
        _draw(result.panels, _plot(plan.name, options, experiment))
    print(experiments_table({name: record["figures"] for name, record in records.items()}, book, task.WORDS))
    return records


def _plot(name: str, options: argparse.Namespace, experiment: str | None = None) -> Path:
    """Return where a task's curves are drawn; experiments and tasks that share a file's name are told apart in it."""
    path = options.plot or FIGURES / f"{name}.png"
    parts = [
        path.stem,
        *([name] if options.plot and options.task == ALL else []),
        *([experiment] if experiment else []),
    ]
    return Path(path.with_name("-".join(parts) + path.suffix))


def _draw(panels: Sequence[Panel], path: Path) -> None:
    from reference.curves import draw  # noqa: PLC0415  imports matplotlib

    draw(panels, path)
    print(f"curves: {path}", flush=True)


def _write(options: argparse.Namespace, record: dict[str, Any]) -> Path | None:
    """Write the figures where they are asked for; a table of experiments always leaves a file."""
    path = options.json or (FIGURES / f"{options.task}.json" if options.experiment == ALL else None)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)  # whoever is interrupted keeps the last whole one
    return path


def _say_where(path: Path | None) -> None:
    if path:
        print(f"figures: {path}")


def _say(error: UsageError) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
