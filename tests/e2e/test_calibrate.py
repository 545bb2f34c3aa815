"""Claims about the command `calibrate`: interrupted it goes on, unfair it is refused, elsewhere it can be checked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ASSIGNMENT = Path(__file__).parents[2] / "assignments" / "breast-cancer"
EXPERIMENTS = 'experiments = ["one-layer", "three-layers", "standard", "other-split"]'
MAIN = "from grader.cli import main; main()"
SECONDS = 400
pytestmark = pytest.mark.slow


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the assignment that calibrates one variant only, and has not been calibrated."""
    folder = tmp_path / "breast-cancer"
    shutil.copytree(ASSIGNMENT, folder)
    (folder / "calibration.json").unlink()
    text = (folder / "assignment.toml").read_text()
    assert EXPERIMENTS in text
    (folder / "assignment.toml").write_text(text.replace(EXPERIMENTS, "experiments = []"))
    return folder


def calibrate(folder: Path, data: Path, *options: str, cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MAIN, "calibrate", str(folder), "--data", str(data), *options]
    environment = {**os.environ, "GRADER_CACHE": str(cache), "COLUMNS": "200"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def test_seeds_trained_before_a_kill_are_not_trained_again(own: Path, standin: Path, tmp_path: Path) -> None:
    first = calibrate(own, standin, "--seeds", "6", cache=tmp_path / "cache")
    assert first.stderr is not None
    for line in first.stderr:
        if "3 of 6" in line:
            break
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert not (own / "calibration.json").exists()

    again = calibrate(own, standin, "--seeds", "6", cache=tmp_path / "cache")
    said, progress = again.communicate(timeout=SECONDS)
    assert again.returncode == 0, progress
    assert "3 of 6: seed 2" not in progress
    assert "6 of 6: seed 5" in progress
    assert "Fairness certificate" in said
    stored = json.loads((own / "calibration.json").read_text())["sources"]["scikit-learn"]
    assert len(stored["values"]["edition lecture"]) == 6

    checked = calibrate(own, standin, "--check", "--seeds", "2", cache=tmp_path / "cache")
    said, progress = checked.communicate(timeout=SECONDS)
    assert checked.returncode == 0, progress
    assert "holds here" in said


def test_a_wrong_variant_that_scores_like_a_correct_one_is_refused(own: Path, standin: Path, tmp_path: Path) -> None:
    spec = own / "assignment.toml"
    spec.write_text(spec.read_text().replace("experiments = []", 'wrong = ["retrained"]'))
    process = calibrate(own, standin, "--seeds", "5", cache=tmp_path / "cache")
    _, progress = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "calibration.wrong: 'edition lecture, retrained' earns full credit" in progress
    assert not (own / "calibration.json").exists()
