"""What pointing Keras at a folder promises: nothing is downloaded, errors name the remedy."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import keras
import pytest

from reference import data
from reference.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_cache_and_its_datasets_folder_are_both_accepted(small: Path) -> None:
    assert data.use(small) == data.use(small / "datasets")


def test_a_stand_in_says_that_it_is_one(small: Path) -> None:
    found = data.describe(small)
    assert (found["source"], found["size"], found["seed"]) == ("standin", "small", 0)


def test_other_files_count_as_keras_data(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    assert data.describe(tmp_path) == {"source": "keras"}


def test_a_missing_folder_is_named_with_both_remedies(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere") as error:
        data.use(tmp_path / "nowhere")
    assert "grader data fetch" in str(error.value)
    assert "grader data standin" in str(error.value)


def test_a_missing_file_of_the_task_is_named(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    with pytest.raises(DataError, match=re.escape("reuters.npz is missing")):
        data.use(tmp_path, task="reuters")


def test_a_file_missing_when_it_is_loaded_is_not_downloaded(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    data.use(tmp_path)
    with pytest.raises(DataError, match=re.escape("imdb.npz is missing")):
        keras.datasets.imdb.load_data()


def test_a_changed_stand_in_is_refused(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    with (copy / "datasets" / "california_housing.npz").open("ab") as file:
        file.write(b"!")
    data.use(copy)
    with pytest.raises(DataError, match="not the file that its hash promises"):
        keras.datasets.california_housing.load_data()


def test_a_stand_in_without_its_manifest_is_not_taken_for_real(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small / "datasets", tmp_path / "datasets")
    data.use(tmp_path)
    with pytest.raises(DataError, match="not the file that its hash promises"):
        keras.datasets.reuters.load_data()


def test_a_broken_manifest_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "standin.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="no manifest of stand-ins"):
        data.use(tmp_path)
