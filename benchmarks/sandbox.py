"""What the sandbox costs and saves: warm kernels beside cold ones, whole runs beside the same cells without a grader.

    python benchmarks/sandbox.py --data DIR [--rounds 3] [--isolation bubblewrap] [--notebook FILE] [--skip-notebook]

Three comparisons, each side by side in turns, medians of all rounds:

* start: from asking for a kernel to the end of a first cell, ``import keras``, in a warm and in a cold kernel;
* overhead: a small notebook, executed, recorded and read out, beside the same cells bare: ``exec`` in a fork of a
  process that has imported the same packages and data with the same environment;
* notebook: the IMDb notebook in the same three ways: by plain ``python`` (imports included), bare, and executed here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "tests" / "submissions" / "imdb" / "edition-3" / "submission.ipynb"
THREADS = 1  # as the assignments have it
CALL = {"loader": "imdb", "arguments": {"num_words": 10_000}}
SMALL = (
    "import keras, numpy as np",
    "model = keras.Sequential([keras.layers.Dense(16, activation='relu'), keras.layers.Dense(1)])",
    "model.compile(loss='mse', optimizer='rmsprop', metrics=['mae'])",
    "x, y = np.random.default_rng(0).normal(size=(2000, 8)), np.arange(2000.0)",
    "history = model.fit(x, y, epochs=5, validation_split=0.2, verbose=0)",
    "model.evaluate(x, y, verbose=0), model.predict(x, verbose=0).shape",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a Keras cache or stand-ins; needed for the notebook")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isolation", default="auto")
    parser.add_argument("--notebook", type=Path, default=NOTEBOOK)
    parser.add_argument("--skip-notebook", action="store_true")
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        _serve_bare(options.bare)
        return
    sys.path.insert(0, str(ROOT))
    from grader.sandbox.probing import choose

    level = choose(options.isolation, own_work=True).level
    print(f"isolation {level}, {os.cpu_count()} cores, {options.rounds} rounds")
    _start(level, options.rounds)
    _overhead("small notebook", SMALL, level, None, options.rounds)
    if options.data and not options.skip_notebook:
        _overhead("IMDb notebook", _cells(options.notebook), level, options.data, options.rounds, plain=True)


def _cells(notebook: Path) -> tuple[str, ...]:
    """Return the code cells without lines that only a notebook's shell understands."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    kept = ["\n".join(line for line in source.splitlines() if line[:1] not in "!%") for source in sources]
    return tuple(source for source in kept if source.strip() and "KERAS_BACKEND" not in source)


# --- ways to run the same cells -------------------------------------------------------------------


def _executed(sandbox: object, cells: Sequence[str], data: Path | None) -> float:
    """Return the seconds that a whole run takes: box, kernel, cells, recorder, copying what came out."""
    from grader.data import open_folder
    from grader.execute import Setup, execute
    from grader.records import Cell, Exit, Submission
    from grader.sandbox.limits import Limits

    listed = tuple(Cell(index=index, kind="code", source=source) for index, source in enumerate(cells))
    submission = Submission(file=Path("work.ipynb"), sha256="0" * 64, student="x", kind="notebook", cells=listed)
    folder = open_folder(data) if data else None
    with tempfile.TemporaryDirectory() as scratch:
        setup = Setup(
            sandbox=sandbox, folder=Path(scratch), data=folder.folder.resolve() if folder else None,
            trusted_data=bool(folder and folder.trusted), limits=Limits(threads=THREADS),
        )  # fmt: skip
        begin = time.perf_counter()
        done, _ = execute(submission, setup)
        seconds = time.perf_counter() - begin
    if done.exit is not Exit.OK:
        sys.exit(f"the cells did not run: {done.stopped}")
    return seconds


class Bare:
    """A warm process of its own, which runs cells in forks of itself."""

    def __init__(self, data: Path | None) -> None:
        from grader.sandbox.environment import environment

        self._scratch = tempfile.TemporaryDirectory()
        job = Path(self._scratch.name) / "job.json"
        job.write_text(json.dumps({"data": str(data) if data else None, "home": self._scratch.name}))
        command = [sys.executable, __file__, "--bare", str(job)]
        threads = {"TF_NUM_INTRAOP_THREADS": str(THREADS)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**environment(), "HOME": self._scratch.name, "MPLBACKEND": "agg", **threads},
        )  # fmt: skip
        self._process.stdout.readline()

    def run(self, cells: Sequence[str]) -> float:
        self._process.stdin.write(json.dumps(cells) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._scratch.cleanup()


def _serve_bare(job: Path) -> None:
    """Import what a warm parent imports, then run lists of cells, each in a fork, and print its seconds."""
    from grader.inside import datasets, parent
    from grader.inside.places import variables

    content = json.loads(job.read_text())
    os.environ.update(variables({"home": content["home"], "tmp": content["home"], "run": content["home"]}))
    _use_data(content["data"], Path(content["home"]))
    for name in parent.PRELOADED:
        importlib.import_module(name)
    if content["data"]:
        folder, trusted = _folder(Path(content["data"]))
        datasets.preload(folder, [CALL])
        datasets.redirect(folder, trusted=trusted)
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            begin, namespace, out = time.perf_counter(), {"__name__": "__main__"}, os.dup(1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            for number, source in enumerate(json.loads(line)):
                exec(compile(source, f"cell {number}", "exec"), namespace)  # noqa: S102 - that is the comparison
            os.write(out, f"{time.perf_counter() - begin}\n".encode())
            os._exit(0)
        os.waitpid(process, 0)


def _folder(data: Path) -> tuple[Path, bool]:
    from grader.data import open_folder

    opened = open_folder(data)
    return opened.folder, opened.trusted


def _use_data(data: str | None, home: Path) -> None:
    from grader.inside import datasets

    datasets.prepare(home / "keras", _folder(Path(data))[0] if data else None)


def _plain(cells: Sequence[str], data: Path) -> float:
    """Return the seconds that plain ``python`` takes for the cells as a script, start and imports included."""
    with tempfile.TemporaryDirectory() as scratch:
        script, home = Path(scratch) / "work.py", Path(scratch) / "keras"
        script.write_text("\n".join(cells))
        home.mkdir()
        (home / "datasets").symlink_to(_folder(data)[0].resolve())
        variables = {"KERAS_HOME": str(home), "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        begin = time.perf_counter()
        subprocess.run([sys.executable, str(script)], check=True, capture_output=True, env={**kept, **variables})
        return time.perf_counter() - begin


# --- comparisons ----------------------------------------------------------------------------------


def _start(level: object, rounds: int) -> None:
    from grader.sandbox.session import Sandbox

    cells = ("import keras",)
    with Sandbox(level) as warm, Sandbox(level, warm=False) as cold:
        for sandbox in (warm, cold):
            _executed(sandbox, cells, None)
        first, second = _turns(rounds * 2, lambda: _executed(warm, cells, None), lambda: _executed(cold, cells, None))
    print(f"\nfirst cell done: warm {first:.3f} s, cold {second:.3f} s: {second / first:.1f} times faster")


def _overhead(
    name: str, cells: Sequence[str], level: object, data: Path | None, rounds: int, *, plain: bool = False
) -> None:
    from grader.sandbox.parent import LoaderCall
    from grader.sandbox.session import Sandbox

    bare = Bare(data)
    with Sandbox(level) as sandbox:
        sandbox.preload((LoaderCall(**CALL),) if data else ())
        _executed(sandbox, SMALL, data)
        ways: list[Callable[[], float]] = [lambda: _executed(sandbox, cells, data), lambda: bare.run(cells)]
        if plain and data:
            ways.append(lambda: _plain(cells, data))
        executed, alone, *scripted = _turns(rounds, *ways, touch=plain)
    bare.close()
    print(
        f"\n{name}: executed and recorded {executed:.2f} s, bare {alone:.2f} s: overhead {executed - alone:.2f} s, "
        f"{executed / alone - 1:.1%}"
    )
    for seconds in scripted:
        print(f"{name}: plain python {seconds:.2f} s: executed and recorded takes {executed / seconds:.2f} of it")


def _touch_memory(share: float = 0.5) -> None:
    """Touch and free half of the free memory: a virtual machine's host takes freed memory back, seconds per GiB."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with mmap.mmap(-1, int(free * share)) as memory:
        for place in range(0, len(memory), mmap.PAGESIZE):
            memory[place] = 1


def _turns(rounds: int, *ways: Callable[[], float], touch: bool = False) -> list[float]:
    """Run each way in turns, forwards and backwards; return the medians."""
    times: list[list[float]] = [[] for _ in ways]
    for number in range(rounds):
        order = range(len(ways)) if number % 2 == 0 else reversed(range(len(ways)))
        for way in order:
            if touch:
                _touch_memory()
            times[way].append(ways[way]())
    return [statistics.median(series) for series in times]


if __name__ == "__main__":
    main()
