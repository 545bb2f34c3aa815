"""What ``python -m reference`` promises: a table, a file, curves; clear lines when it can't."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import reference
from reference import breast_cancer
from reference.__main__ import main
from reference.curves import draw
from reference.records import Panel

if TYPE_CHECKING:
    from pathlib import Path


# Keras 3.15 reads variables in a way that numpy 2 warns of, when a model is saved.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def test_exports_are_sorted_and_importable() -> None:
    assert list(reference.__all__) == sorted(reference.__all__)
    for name in reference.__all__:
        importlib.import_module(f"reference.{name}")


def constants_then_classes(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), not name[0].isupper(), name


def test_every_export_of_a_module_exists() -> None:
    for name in reference.__all__:
        module = importlib.import_module(f"reference.{name}")
        assert list(module.__all__) == sorted(module.__all__, key=constants_then_classes)
        assert all(hasattr(module, public) for public in module.__all__)


def test_reviews_are_solved_end_to_end(small: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference", "imdb", "--data", str(small), "--epochs", "1", "--quick"]
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
        (["boston-housing", "--edition", "3"], "unknown edition '3'; choose one of: 1, 2"),
        (["imdb", "--final-only", "--experiment", "all"], "name a task and an experiment"),
        (["all", "--edition", "3"], "name a task instead"),
        (["all", "--experiment", "one-layer"], "name a task instead"),
        (["imdb", "--device", "tpu"], "unknown device 'tpu'; choose one of: cpu, gpu"),
        (["imdb", "--backend", "theano"], "unknown backend 'theano'; choose one of: tensorflow, jax, torch"),
    ],
)
def test_a_wrong_request_is_answered_in_one_line(
    arguments: list[str], line: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--data", str(small)]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_all_experiments_give_one_table_one_file_and_a_plot_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"other-split": {"split_follows_seed": True}}
    monkeypatch.setattr(breast_cancer, "EXERCISES", few)
    files = ["--json", str(tmp_path / "all.json"), "--plot", str(tmp_path / "curves.png")]
    assert main(["breast-cancer", "--experiment", "all", "--epochs", "1", *files]) == 0
    record = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert list(record["experiments"]) == ["base", *few]
    assert record["experiments"]["other-split"]["settings"]["split_seed"] == 1_000
    assert record["experiments"]["base"]["report"]["classes"] == ["benign", "malignant"]
    assert {path.name for path in tmp_path.glob("*.png")} == {f"curves-{name}.png" for name in ("base", *few)}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-4:]] == ["book", "base", *few, "figures:"]


def test_a_quick_look_at_everything_says_that_it_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reference.__main__.TASKS", ["imdb", "breast-cancer"])
    empty = tmp_path / "datasets"
    empty.mkdir()
    files = ["--json", str(tmp_path / "all.json"), "--plot", str(tmp_path / "curves.png")]
    assert main(["all", "--quick", "--data", str(tmp_path), *files]) == 2
    shown = capsys.readouterr()
    assert "imdb.npz is missing" in shown.err
    assert "quick: 2 epochs, 6000 rows at most" in shown.out
    assert [task["task"] for task in json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["tasks"]] == [
        "breast-cancer"
    ]
    assert (tmp_path / "curves-breast-cancer.png").is_file()


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
