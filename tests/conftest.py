"""Data folders and loaded assignments that tests share."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader import assignment
from grader.assignment import Assignment
from grader.checks import CHECKS
from grader.data import DataFolder, open_folder
from grader.sandbox.probing import choose
from grader.sandbox.session import Sandbox

REAL = os.environ.get("GRADER_REAL_DATA")
HOUSES = "cal_housing_py3.pkz"
BEGUN = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a suite that has only so much time run as far as that allows, other tests each day."""
    parser.addoption("--within", type=float, metavar="MINUTES", help="start no test later than so many minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order tests by the day where not all may have their turn."""
    if config.getoption("--within") is not None:
        random.Random(datetime.now(UTC).date().toordinal()).shuffle(items)  # noqa: S311 - an order, no secret


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what would start too late, in so many words."""
    minutes = item.config.getoption("--within")
    if minutes is not None and time.monotonic() - BEGUN > minutes * 60:
        pytest.skip(f"not run: {minutes:.0f} minutes were over")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session", autouse=True)
def _own_cache(shared_folder: Path) -> None:
    """Keep derived data of tests out of the user's own cache."""
    os.environ.setdefault("GRADER_CACHE", str(shared_folder / "grader-cache"))


@pytest.fixture(scope="session")
def sandbox(_own_cache: None) -> Iterator[Sandbox]:
    """A sandbox of the strongest level there is, warm for all tests of a worker."""
    with Sandbox(choose("auto", own_work=True).level) as opened:
        yield opened


@pytest.fixture(scope="session")
def standin(shared_folder: Path) -> Path:
    """Small stand-in data, generated once for all workers."""
    folder = shared_folder / "standin-small"
    if not folder.is_dir():
        scratch = shared_folder / f"standin-{os.getpid()}"
        command = [
            sys.executable,
            "-m",
            "reference.standin",
            "--out",
            str(scratch),
            "--size",
            "small",
        ]
        subprocess.run(command, check=True, capture_output=True)
        try:
            scratch.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(scratch)
    return folder


@pytest.fixture(scope="session")
def real_data(shared_folder: Path) -> DataFolder:
    """The real data sets, of Keras and of scikit-learn; skipped where GRADER_REAL_DATA doesn't say where they are."""
    if REAL is None:
        pytest.skip("GRADER_REAL_DATA is not set")
    theirs = Path(REAL).parent / "scikit_learn" / HOUSES
    if (open_folder(Path(REAL)).folder / HOUSES).is_file() or not theirs.is_file():
        return open_folder(Path(REAL))
    folder, scratch = shared_folder / "real", shared_folder / f"real-{os.getpid()}"
    if not folder.is_dir():  # one folder with both, as 'grader data fetch' makes it
        shutil.copytree(open_folder(Path(REAL)).folder, scratch / "datasets", copy_function=shutil.copyfile)
        (scratch / "datasets").chmod(0o755)
        shutil.copyfile(theirs, scratch / "datasets" / HOUSES)
        try:
            scratch.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(scratch)
    return open_folder(folder)


@pytest.fixture(scope="session", params=["standin", pytest.param("real", marks=pytest.mark.real_data)])
def data(request: pytest.FixtureRequest, standin: Path) -> DataFolder:
    """Each data source in turn; the real one only where GRADER_REAL_DATA says where it is."""
    if request.param == "real":
        return request.getfixturevalue("real_data")  # type: ignore[no-any-return]
    return open_folder(standin)


@pytest.fixture(scope="session")
def load() -> Callable[[str], Assignment]:
    """Load one of the packaged assignments by name."""
    return lambda name: assignment.load(assignment.find(name), checks=CHECKS)
