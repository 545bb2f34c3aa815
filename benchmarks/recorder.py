"""What the recorder costs: the IMDb notebook's cells in two processes side by side, recorded and bare.

    python benchmarks/recorder.py --data DIR [--rounds 3] [--notebook FILE]

Prints, for each round, seconds and peak memory of both, the ratio, and the recorder's own clock.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "tests" / "submissions" / "imdb" / "edition-3" / "submission.ipynb"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a Keras cache or stand-ins")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebook", type=Path, default=NOTEBOOK)
    parser.add_argument("--inside", choices=["bare", "recorded"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_run(options.notebook, options.data, recorded=options.inside == "recorded")))
        return
    rounds = [_round(options, number) for number in range(options.rounds)]
    print(f"\n{'':10} {'bare s':>8} {'recorded s':>11} {'ratio':>6} {'own clock s':>12} {'share':>6} {'more MiB':>9}")
    for number, (bare, recorded) in enumerate(rounds, start=1):
        print(_line(f"round {number}", bare, recorded))
    ratio = statistics.median(recorded["seconds"] / bare["seconds"] for bare, recorded in rounds)
    share = statistics.median(recorded["spent"] / recorded["seconds"] for _, recorded in rounds)
    print(f"median ratio {ratio:.3f}, median share of the recorder by its own clock {share:.1%}")


def _round(options: argparse.Namespace, number: int) -> tuple[dict[str, float], dict[str, float]]:
    """Run both, in turns which goes first, each in a fresh process."""
    order = ["bare", "recorded"] if number % 2 == 0 else ["recorded", "bare"]
    done = {}
    for inside in order:
        command = [sys.executable, __file__, "--data", str(options.data), "--notebook", str(options.notebook)]
        text = subprocess.run([*command, "--inside", inside], check=True, capture_output=True, text=True).stdout
        done[inside] = json.loads(text.splitlines()[-1])
    return done["bare"], done["recorded"]


def _line(name: str, bare: dict[str, float], recorded: dict[str, float]) -> str:
    ratio, share = recorded["seconds"] / bare["seconds"], recorded["spent"] / recorded["seconds"]
    more = recorded["peak_mib"] - bare["peak_mib"]
    return (
        f"{name:10} {bare['seconds']:8.1f} {recorded['seconds']:11.1f} {ratio:6.3f} {recorded['spent']:12.2f} "
        f"{share:6.1%} {more:9.0f}"
    )


def _run(notebook: Path, data: Path, *, recorded: bool) -> dict[str, float]:
    """Execute the cells in this process, after imports, and return seconds, peak memory and the recorder's clock."""
    import os

    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", MPLBACKEND="agg")
    folder = data / "datasets" if (data / "datasets").is_dir() else data
    trusted = any((place / "standin.json").is_file() for place in (data, folder, folder.parent))
    with tempfile.TemporaryDirectory() as scratch:
        sys.path.insert(0, str(ROOT))
        from grader.inside import datasets

        datasets.prepare(Path(scratch) / "keras", folder)
        import keras  # noqa: F401
        import matplotlib.pyplot as plt  # noqa: F401

        datasets.redirect(folder, trusted=trusted)
        recorder = None
        if recorded:
            from grader.inside.recorder import Recorder

            recorder = Recorder(Path(scratch) / "capture")
            recorder.install()
        begin = time.perf_counter()
        _cells(notebook)
        seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak_mib": peak, "spent": recorder.spent if recorder else 0.0}


def _cells(notebook: Path) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.system = lambda command: None  # noqa: ARG005 - installers are skipped
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            result = shell.run_cell(source.replace('"jax"', '"tensorflow"'), store_history=False)
            result.raise_error()


if __name__ == "__main__":
    main()
