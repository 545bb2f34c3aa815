"""Solve every task in every edition, seed after seed, and keep all figures in docs/figures.json.

    python docs/measure.py --data DIR --seeds 3 [--task NAME ...]

What was measured on the same files before is kept, so that it can be stopped and gone on with. 'python docs/figures.py'
makes the page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "docs" / "figures.json"
WITH_EXERCISES = {"imdb": ("mse", "tanh"), "reuters": ("bottleneck", "integer-labels")}  # not calibrated, or in words


def main() -> None:
    """Measure what is missing; the file is complete after each run."""
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets (a Keras cache)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--task", action="append", help="only this one; may be repeated")
    options = parser.parse_args()
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    for seed in range(options.seeds):
        for name, task, command in _wanted(options.task):
            known = kept.get(name, {}).get("runs", [])
            if seed in [run["seed"] for run in known]:
                continue
            sys.stderr.write(f"{name}, seed {seed}\n")
            record = _solve(task, [*command, "--seed", str(seed), "--data", str(options.data.resolve())])
            if name in kept and record["data"] != kept[name]["data"]:
                sys.exit(f"{KEPT}: {name} was measured on other data; remove it there to measure it again")
            about = {key: record[key] for key in ("data", "versions", "device")}
            kept[name] = {**about, "runs": [*known, {"seed": seed, **_numbers(record)}]}
            KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _wanted(tasks: list[str] | None) -> list[tuple[str, str, list[str]]]:
    """Return name, task and options of each solution."""
    import importlib  # noqa: PLC0415

    from reference.experiments import TASKS  # noqa: PLC0415

    wanted = []
    for task, module in TASKS.items():
        if tasks and task not in tasks:
            continue
        editions = list(importlib.import_module(module).EDITIONS)
        wanted += [(f"{task}, edition {each}", task, ["--edition", each]) for each in editions]
        for exercise in WITH_EXERCISES.get(task, ()):
            wanted.append((f"{task}, edition {editions[-1]}, {exercise}", task, ["--experiment", exercise]))
    return wanted


def _solve(task: str, options: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report, plot = Path(folder, "figures.json"), Path(folder, "curves.png")
        command = [sys.executable, "-m", "reference", task, *options, "--json", str(report), "--plot", str(plot)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own code
        return json.loads(report.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _numbers(record: dict[str, Any]) -> dict[str, float]:
    baselines = {f"baseline_{name}": value for name, value in record["baselines"].items()}
    return {name: value for name, value in {**record["figures"], **baselines}.items() if isinstance(value, int | float)}


if __name__ == "__main__":
    main()
