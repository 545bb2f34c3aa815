"""What the stand-ins promise: Keras's own loaders read them, and the bytes never change."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest
from sklearn.datasets import fetch_california_housing

from reference import data, encoding, standin
from reference.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "boston_housing.npz",
    "cal_housing_py3.pkz",
    "california_housing.npz",
    "fashion-mnist/t10k-images-idx3-ubyte.gz",
    "fashion-mnist/t10k-labels-idx1-ubyte.gz",
    "fashion-mnist/train-images-idx3-ubyte.gz",
    "fashion-mnist/train-labels-idx1-ubyte.gz",
    "imdb.npz",
    "imdb_word_index.json",
    "reuters.npz",
    "reuters_word_index.json",
]

# Calibrations were measured on these bytes.
CALIBRATED = {
    "california_housing.npz": "2ddda085a21fd1fc70a75d29ccb62f17040f54fc557ade34ca8a197bd02ef6ef",
    "imdb.npz": "14b28d6a1713bdfc8d7517bd6f73d41a11033b5f3244ab75fcd8785714b87850",
    "reuters.npz": "37d342b3ddcde1f60ac52c67772fbb403b5ab8c99fdc9522e4ae0394f0e19238",
}


def test_the_manifest_lists_every_file_with_its_hash(small: Path) -> None:
    manifest = json.loads((small / "standin.json").read_text(encoding="utf-8"))
    assert (manifest["standin"], manifest["size"], manifest["seed"]) == (1, "small", 0)
    assert sorted(manifest["files"]) == NAMES
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((small / "datasets" / name).read_bytes()).hexdigest() == digest


def test_what_calibrations_were_measured_on_never_changes(small: Path) -> None:
    manifest = json.loads((small / "standin.json").read_text(encoding="utf-8"))
    assert {name: manifest["files"][name] for name in CALIBRATED} == CALIBRATED


def test_two_generations_are_identical(small: Path, tmp_path: Path) -> None:
    standin.write(tmp_path, size="small")
    for path in [small / "standin.json", *(small / "datasets" / name for name in NAMES)]:
        assert (tmp_path / path.relative_to(small)).read_bytes() == path.read_bytes()


def test_another_seed_gives_other_data(small: Path, tmp_path: Path) -> None:
    first = json.loads((small / "standin.json").read_text(encoding="utf-8"))["files"]
    second = standin.write(tmp_path, size="small", seed=1)["files"]
    assert all(first[name] != second[name] for name in NAMES if not name.endswith(".json"))


def test_reviews_load_like_the_real_ones(small: Path) -> None:
    data.use(small)
    (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=10_000)
    assert (x_train.shape, x_test.shape) == ((12_000,), (2_000,))
    assert x_train.dtype == object
    assert isinstance(x_train[0], list)
    assert type(x_train[0][0]) is int
    assert y_train.dtype == np.int64
    assert (y_train.mean(), y_test.mean()) == (0.5, 0.5)
    assert max(max(text) for text in x_train) == 9_999


def test_reviews_have_more_words_than_the_course_uses(small: Path) -> None:
    data.use(small)
    (x_train, _), _ = keras.datasets.imdb.load_data()
    assert max(max(text) for text in x_train) > 10_000
    assert 100 < np.median([len(text) for text in x_train]) < 180


def test_newswires_load_like_the_real_ones(small: Path) -> None:
    data.use(small)
    (x_train, y_train), (x_test, y_test) = keras.datasets.reuters.load_data(num_words=10_000)
    assert (x_train.shape, x_test.shape) == ((1_800,), (450,))
    assert y_train.dtype == np.int64
    assert set(y_train.tolist()) == set(range(46))
    assert np.bincount(y_train).min() >= 10
    assert set(y_test.tolist()) == set(range(46))
    assert np.bincount(y_train).argmax() == 3
    assert max(max(text) for text in x_train) == 9_999


def test_houses_load_like_the_real_ones(small: Path) -> None:
    data.use(small)
    load = keras.datasets.california_housing.load_data
    (x_train, y_train), (x_test, y_test) = load(version="small")
    assert (x_train.shape, x_test.shape) == ((480, 8), (120, 8))
    assert (x_train.dtype, y_train.dtype) == (np.float32, np.float32)
    prices = np.concatenate([y_train, y_test])
    assert (prices.min(), prices.max()) >= (60_000, 400_000)
    assert prices.max() <= 500_000
    (x_train, _), (x_test, _) = load(version="large")
    assert len(x_train) + len(x_test) == 20_640


def test_boston_houses_load_like_the_real_ones(small: Path) -> None:
    data.use(small)
    (x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()
    assert (x_train.shape, x_test.shape) == ((404, 13), (102, 13))
    assert (x_train.dtype, y_train.dtype) == (np.float64, np.float64)
    assert (min(y_train.min(), y_test.min()), max(y_train.max(), y_test.max())) >= (5, 40)
    assert max(y_train.max(), y_test.max()) <= 50


def test_the_column_built_on_race_means_nothing_in_the_stand_in(small: Path) -> None:
    with np.load(small / "datasets" / "boston_housing.npz") as file:
        correlations = np.corrcoef(np.column_stack([file["x"], file["y"]]), rowvar=False)[11]
    assert np.abs(np.delete(correlations, 11)).max() < 0.15


def test_pictures_load_like_the_real_ones(small: Path) -> None:
    data.use(small)
    (x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((6_000, 28, 28), (1_000, 28, 28))
    assert (x_train.dtype, y_train.dtype) == (np.uint8, np.uint8)
    assert (x_train.min(), x_train.max()) == (0, 255)
    assert np.bincount(y_train).tolist() == [600] * 10
    assert np.bincount(y_test).tolist() == [100] * 10


def test_compressed_pictures_bear_no_date_and_no_name(small: Path) -> None:
    for path in (small / "datasets" / "fashion-mnist").iterdir():
        assert path.read_bytes()[3:8] == bytes(5)


def test_all_houses_load_through_scikit_learn(small: Path) -> None:
    data.use(small)
    x, y = fetch_california_housing(return_X_y=True, download_if_missing=False)
    assert (x.shape, y.shape) == ((20_640, 8), (20_640,))
    assert (x.dtype, y.dtype) == (np.float64, np.float64)
    income, rooms, latitude, longitude = x[:, 0], x[:, 2], x[:, 6], x[:, 7]
    assert 0.3 < income.min() < income.max() <= 15
    assert 3 < np.median(rooms) < 8
    assert 32 < latitude.min() < latitude.max() < 42.5
    assert -125 < longitude.min() < longitude.max() < -114
    assert np.corrcoef(income, y)[0, 1] > 0.5


def test_every_word_can_be_decoded(small: Path) -> None:
    data.use(small)
    (x_train, _), _ = keras.datasets.imdb.load_data()
    words = keras.datasets.imdb.get_word_index()
    assert len(set(words.values())) == len(words)
    decoded = encoding.decode(x_train[0], words).split()
    assert len(decoded) == len(x_train[0])
    assert decoded[0] == "?"
    assert all(word.isalpha() for word in decoded[1:])


def test_a_folder_with_real_data_is_never_written_over(tmp_path: Path) -> None:
    real = tmp_path / "datasets" / "imdb.npz"
    real.parent.mkdir()
    real.write_bytes(b"real")
    with pytest.raises(UsageError, match="no stand-ins"):
        standin.write(tmp_path, size="small")
    assert real.read_bytes() == b"real"


def test_an_unknown_size_is_answered_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown size 'huge'; choose one of: full, small"):
        standin.write(tmp_path, size="huge")


def test_generating_needs_no_keras() -> None:
    code = "import sys, reference.standin; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
