"""One process of student code under the recorder, run once for all tests that ask about it (see `recorded`)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.capture import Capture, FitRecord, UseRecord, read_capture
from grader.events import Event

INSIDE = Path(grader.__file__).parent / "inside"
SECONDS = 300


@dataclass(frozen=True)
class Recorded:
    """What the process left behind: the capture, and what its student saw."""

    capture: Capture
    facts: dict[str, Any]

    def events(self, scenario: str, kind: type[Event] = Event) -> list[Any]:
        """Return a scenario's events of one kind."""
        cell = self.facts["order"].index(scenario) + 1
        return [event for event in self.capture.events if event.cell == cell and isinstance(event, kind)]

    def uses(self, scenario: str) -> list[UseRecord]:
        """Return a scenario's uses."""
        cell = self.facts["order"].index(scenario)
        return [use for use in self.capture.uses if use.cell == cell]

    def fits(self, scenario: str) -> list[FitRecord]:
        """Return a scenario's fits, joined as the grader joins them."""
        cell = self.facts["order"].index(scenario)
        return [fit for fit in self.capture.fits if fit.cell == cell]


@pytest.fixture(scope="module")
def recorded(shared_folder: Path) -> Recorded:
    """Run the scenarios once for all workers of a test run: the first comer runs them, the others wait."""
    out = shared_folder / "recorded"
    try:
        out.mkdir()
    except FileExistsError:
        _wait_for(out / "facts.json")
    else:
        command = [sys.executable, "-P", Path(__file__).with_name("recorded.py"), INSIDE, out]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        (out / "errors").write_text(done.stderr)
        assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads((out / "facts.json").read_text())
    return Recorded(read_capture(out, tuple(range(len(facts["order"]) + 1))), facts)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not path.is_file() and not path.with_name("errors").is_file() and time.monotonic() < deadline:
        time.sleep(0.2)
