"""Get data sets: download the real ones, or generate stand-ins; each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import UsageError

SIZES = ("full", "small")
FETCH = (
    "import os, keras, sklearn.datasets;"
    "keras.datasets.imdb.load_data(); keras.datasets.imdb.get_word_index();"
    "keras.datasets.reuters.load_data(); keras.datasets.reuters.get_word_index();"
    "keras.datasets.california_housing.load_data(version='small'); keras.datasets.boston_housing.load_data();"
    "keras.datasets.fashion_mnist.load_data();"
    "sklearn.datasets.fetch_california_housing(data_home=os.path.join(os.environ['KERAS_HOME'], 'datasets'))"
)


def fetch(home: Path) -> None:
    """Download the real data sets by Keras's and scikit-learn's own loaders, which verify their hashes."""
    home.mkdir(parents=True, exist_ok=True)
    where = {"KERAS_HOME": str(home.resolve()), "KERAS_BACKEND": "tensorflow"}
    _run(["-c", FETCH], environment=where, what="data fetch")


def standin(folder: Path, size: str, seed: int) -> None:
    """Generate stand-in data; UsageError for another size than ``full`` or ``small``, or a folder with real data."""
    if size not in SIZES:
        message = f"--size {size}: choose {' or '.join(SIZES)}"
        raise UsageError(message)
    options = ["--out", str(folder), "--size", size, "--seed", str(seed)]
    _run(["-m", "reference.standin", *options], environment={}, what="data standin")


def _run(arguments: Sequence[str], *, environment: Mapping[str, str], what: str) -> None:
    """Run our own Python code; its last line of complaint becomes ours."""
    done = subprocess.run(  # noqa: S603 - our own code, our own interpreter
        [sys.executable, *arguments], check=False, capture_output=True, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        complaint = (done.stderr.strip().splitlines() or ["no message"])[-1]
        message = f"{what}: {complaint}"
        raise UsageError(message)
