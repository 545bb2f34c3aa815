"""What judging a stored capture costs: no execution, no prediction; what a class of 300 needs after a new rubric.

    python benchmarks/judging.py --data DIR [--rounds 5] [--only ASSIGNMENT ...]

Runs each reference solution once as a submission, then judges what it left behind again and again. Prints milliseconds
of each part, the median of the rounds after the first (which reads the raw data), and seconds for 300 submissions.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader import assignment, intake
from grader.capture import read_capture
from grader.checks import CHECKS
from grader.data import DataFolder, open_folder
from grader.execute import code_cells, execute
from grader.pipeline import Prepared, _setup, _task, prepare
from grader.records import Evidence, Execution
from grader.rubric import judge
from grader.sandbox.probing import choose
from grader.sandbox.session import Sandbox
from grader.scratch import scratch
from grader.summary import summaries

PARTS = ("read", "recognise", "judge", "summarise")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a Keras cache or stand-ins")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", help="this assignment; may be repeated")
    options = parser.parse_args()
    data = open_folder(options.data)
    names = options.only or ["breast-cancer", "california-housing", "reuters", "imdb"]
    print(f"{'milliseconds':20}" + "".join(f"{part:>11}" for part in PARTS) + f"{'all':>9}{'300 take, s':>13}")
    with scratch() as place, Sandbox(choose("auto", own_work=True).level) as sandbox:
        for name in names:
            judged = assignment.load(assignment.find(name), checks=CHECKS)
            (prepared,) = prepare([judged], data, sandbox, scratch=place / "facts")
            rounds = _rounds(prepared, data, sandbox, place / name, options.rounds)
            medians = {part: 1000 * statistics.median(each[part] for each in rounds[1:]) for part in PARTS}
            whole = sum(medians.values())
            row = "".join(f"{medians[part]:11.1f}" for part in PARTS)
            print(f"{name:20}{row}{whole:9.1f}{0.3 * whole:13.1f}", flush=True)


def _rounds(
    prepared: Prepared, data: DataFolder, sandbox: Sandbox, folder: Path, rounds: int
) -> list[dict[str, float]]:
    submission = intake.read(prepared.assignment.folder / "reference.py", student="reference")
    setup = _setup([prepared.assignment], data, sandbox, folder, reference=True)
    execution, _ = execute(submission, setup)
    cells = code_cells(submission.cells)
    return [_once(prepared, data, sandbox, setup.capture, cells, execution) for _ in range(rounds + 1)]


def _once(
    prepared: Prepared, data: DataFolder, sandbox: Sandbox, stored: Path, cells: tuple[int, ...], execution: Execution
) -> dict[str, float]:
    took: dict[str, float] = {}
    with _timed(took, "read"):
        capture = read_capture(stored, cells)
    with _timed(took, "recognise"):
        task, metric = _task(prepared.assignment, capture, data, sandbox, execution)
    scored = [replace(run, scores={metric.name: 0.8}, scores_evidence=Evidence.VERIFIED) for run in task.runs]
    task = replace(task, runs=tuple(scored))  # as the verified scores of the execution are kept
    with _timed(took, "judge"):
        judgement = judge(prepared.assignment, task, prepared.facts)
    with _timed(took, "summarise"):
        summaries(judgement.capture)
    return took


@contextmanager
def _timed(took: dict[str, float], part: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    took[part] = time.perf_counter() - begin


if __name__ == "__main__":
    main()
