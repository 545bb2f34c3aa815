"""What pointing Keras at a folder promises: nothing is downloaded, errors name the remedy."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import joblib
import keras
import numpy as np
import pytest

from reference import california_full, data
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


def test_changed_pictures_are_refused(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "datasets" / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    data.use(copy, task="fashion-mnist")
    with pytest.raises(DataError, match="not the file that its hash promises"):
        keras.datasets.fashion_mnist.load_data()


def test_pictures_without_a_manifest_are_held_to_the_real_ones_hash(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small / "datasets", tmp_path / "datasets")
    data.use(tmp_path, task="fashion-mnist")
    with pytest.raises(DataError, match="not the file that its hash promises"):
        keras.datasets.fashion_mnist.load_data()


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    with pytest.raises(DataError, match=re.escape("ubyte.gz is missing")):
        data.use(tmp_path, task="fashion-mnist")


@pytest.mark.parametrize("place", ["datasets", "scikit_learn", "datasets/scikit_learn", "../scikit_learn"])
def test_the_houses_of_scikit_learn_are_found_in_or_beside_the_cache(small: Path, tmp_path: Path, place: str) -> None:
    cache = tmp_path / "keras"
    (cache / "datasets").mkdir(parents=True)
    (cache / place).mkdir(exist_ok=True)
    shutil.copy(small / "datasets" / data.HOUSES, cache / place)
    assert data.use(cache, task="california-housing-full") == {"source": "scikit-learn"}
    assert california_full.load().x_train.shape == (16_512, 8)


def test_the_users_own_folder_of_scikit_learn_is_used_last(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "OWN_HOME", str(small / "datasets"))
    assert data.use(tmp_path / "no-cache", task="california-housing-full") == {"source": "scikit-learn"}
    assert california_full.load().x_test.shape == (4_128, 8)


def test_missing_houses_of_scikit_learn_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "OWN_HOME", str(tmp_path / "nothing"))
    with pytest.raises(DataError, match=re.escape("cal_housing_py3.pkz is missing")):
        data.use(tmp_path, task="california-housing-full")


def test_changed_houses_of_scikit_learn_are_refused_unread(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "datasets" / data.HOUSES).write_bytes(b"!")
    with pytest.raises(DataError, match="not the file that its hash promises"):
        data.use(copy, task="california-housing-full")


def test_houses_of_another_shape_are_refused(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    joblib.dump(np.ones((5, 9)), tmp_path / "datasets" / data.HOUSES)
    data.use(tmp_path, task="california-housing-full")
    with pytest.raises(DataError, match=re.escape("shape (5, 8) instead of (20640, 8)")):
        california_full.load()


def test_houses_that_are_no_pickle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / data.HOUSES).write_bytes(b"!")
    data.use(tmp_path, task="california-housing-full")
    with pytest.raises(DataError, match="can't be read"):
        california_full.load()


def test_tumours_need_no_folder(tmp_path: Path) -> None:
    assert data.use(tmp_path / "nowhere", task="breast-cancer") == {"source": "scikit-learn"}
