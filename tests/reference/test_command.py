"""What ``python -m reference`` promises: a table, a file, curves; clear lines when it can't."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import reference
from reference.__main__ import main
from reference.curves import draw
from reference.records import Panel

if TYPE_CHECKING:
    from pathlib import Path


def test_exports_are_sorted_and_importable() -> None:
    assert list(reference.__all__) == sorted(reference.__all__)
    for name in reference.__all__:
        importlib.import_module(f"reference.{name}")


def test_every_export_of_a_module_exists() -> None:
    for name in reference.__all__:
        module = importlib.import_module(f"reference.{name}")
        assert list(module.__all__) == sorted(module.__all__)
        assert all(hasattr(module, public) for public in module.__all__)


def test_reviews_are_solved_end_to_end(small: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference", "imdb", "--data", str(small), "--epochs", "1"]
    files = ["--json", str(tmp_path / "imdb.json"), "--plot", str(tmp_path / "imdb.png")]
    done = subprocess.run([*command, *files], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert "0.883" in done.stdout
    record = json.loads((tmp_path / "imdb.json").read_text(encoding="utf-8"))
    assert (record["task"], record["edition"], record["settings"]["final_epochs"]) == (
        "imdb",
        "3",
        1,
    )
    assert record["data"]["source"] == "standin"
    assert record["baselines"] == {"majority": 0.5}
    assert (tmp_path / "imdb.png").read_bytes().startswith(b"\x89PNG")


def test_the_final_training_is_repeated_over_seeds(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "runs.json"
    arguments = ["california-housing", "--data", str(small), "--json", str(target)]
    repeated = ["--final-only", "--seeds", "2", "--first-seed", "7", "--epochs", "1"]
    assert main([*arguments, *repeated]) == 0
    record = json.loads(target.read_text(encoding="utf-8"))
    assert [run["seed"] for run in record["runs"]] == [7, 8]
    assert set(record["runs"][0]) == {"seed", "test_loss", "test_mae", "test_mae_dollars"}
    assert {"keras", "backend", "numpy", "python"} <= set(record["versions"])
    assert "seed 7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["mnist"], "unknown task 'mnist'; choose one of: imdb, reuters, california-housing"),
        (["california-housing", "--edition", "1"], "unknown edition '1'; choose one of: 3"),
        (["imdb", "--experiment", "magic"], "unknown exercise 'magic'; choose one of: one-layer"),
        (["imdb", "--seeds", "3"], "add --final-only"),
    ],
)
def test_a_wrong_request_is_answered_in_one_line(
    arguments: list[str], line: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--data", str(small)]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


def test_missing_data_is_answered_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "datasets").mkdir()
    assert main(["imdb", "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "imdb.npz is missing" in error
    assert "grader data fetch" in error
    assert "grader data standin" in error


def test_curves_are_drawn_into_a_new_folder(tmp_path: Path) -> None:
    panel = Panel(title="Loss", label="mse", curves={"training": [2, 1], "validation": [2, 3]})
    draw([panel], tmp_path / "new" / "curves.svg")
    assert "<svg" in (tmp_path / "new" / "curves.svg").read_text(encoding="utf-8")
