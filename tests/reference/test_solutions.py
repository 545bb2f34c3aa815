"""What the solutions reach: near the book's figures on stand-ins, and on the real data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from reference import california_housing, data, imdb, reuters

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def review_data(small: Path) -> imdb.Data:
    data.use(small)
    return imdb.load()


@pytest.fixture(scope="module")
def newswire_data(small: Path) -> reuters.Data:
    data.use(small)
    return reuters.load()


@pytest.fixture(scope="module")
def house_data(small: Path) -> california_housing.Data:
    data.use(small)
    return california_housing.load()


@pytest.mark.parametrize("edition", ["2", "3"])
def test_reviews_are_told_apart_as_well_as_in_the_book(review_data: imdb.Data, edition: str) -> None:
    _, scores = imdb.train_final(imdb.EDITIONS[edition], review_data)
    assert 0.86 <= scores["test_accuracy"] <= 0.90


def test_the_review_classifier_overfits_within_its_twenty_epochs(review_data: imdb.Data) -> None:
    result = imdb.solve(replace(imdb.EDITIONS["3"], final_epochs=1), review_data)
    assert 2 <= result.figures["overfits_after_epoch"] <= 15
    assert result.predictions.shape == (2_000, 1)
    assert [panel.title for panel in result.panels] == ["Loss", "Accuracy"]


@pytest.mark.parametrize("edition", ["1", "2", "3"])
def test_newswires_are_told_apart_as_well_as_in_the_book(newswire_data: reuters.Data, edition: str) -> None:
    _, scores = reuters.train_final(reuters.EDITIONS[edition], newswire_data)
    assert 0.76 <= scores["test_accuracy"] <= 0.84
    assert ("test_top_3_accuracy" in scores) == (edition == "3")


@pytest.mark.slow
def test_a_bottleneck_costs_accuracy(newswire_data: reuters.Data) -> None:
    narrow = replace(reuters.EDITIONS["3"], hidden=(64, 4), batch_size=128, final_epochs=20)
    _, wide = reuters.train_final(reuters.EDITIONS["3"], newswire_data)
    _, scores = reuters.train_final(narrow, newswire_data)
    assert scores["test_accuracy"] < wide["test_accuracy"] - 0.05


def test_integer_labels_learn_the_same_as_one_hot_ones(small: Path) -> None:
    data.use(small)
    settings = replace(reuters.EDITIONS["3"], integer_labels=True, final_epochs=1)
    _, scores = reuters.train_final(settings, reuters.load(settings))
    one_hot = replace(settings, integer_labels=False)
    _, expected = reuters.train_final(one_hot, reuters.load(one_hot))
    assert scores["test_accuracy"] == pytest.approx(expected["test_accuracy"], abs=0.01)


def test_guessing_newswires_scores_as_in_the_book(newswire_data: reuters.Data) -> None:
    baselines = reuters.baselines(newswire_data)
    assert baselines["shuffled"] == pytest.approx(0.187, abs=0.02)
    assert baselines["majority"] == pytest.approx(0.36, abs=0.03)


def test_each_newswire_gets_46_probabilities(newswire_data: reuters.Data) -> None:
    settings = replace(reuters.EDITIONS["1"], validation_epochs=2, final_epochs=1)
    result = reuters.solve(settings, newswire_data)
    assert result.predictions.shape == (450, 46)
    assert np.allclose(result.predictions.sum(axis=1), 1, atol=1e-4)


def test_house_features_are_standardised_by_the_training_rows(
    house_data: california_housing.Data,
) -> None:
    assert np.allclose(house_data.x_train.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(house_data.x_train.std(axis=0), 1, atol=1e-3)
    assert not np.allclose(house_data.x_test.mean(axis=0), 0, atol=1e-3)
    assert 0.6 <= house_data.y_train.min() <= house_data.y_train.max() <= 5


@pytest.mark.slow
def test_house_prices_are_predicted_as_well_as_in_the_book(
    house_data: california_housing.Data,
) -> None:
    _, scores = california_housing.train_final(california_housing.EDITIONS["3"], house_data)
    assert 0.26 <= scores["test_mae"] <= 0.36
    assert scores["test_mae_dollars"] == pytest.approx(100_000 * scores["test_mae"])
    assert scores["test_mae"] < 0.5 * california_housing.baselines(house_data)["mean_price"]


@pytest.mark.slow
def test_unscaled_features_cost_accuracy(small: Path) -> None:
    data.use(small)
    (x_train, y_train), (x_test, y_test) = keras.datasets.california_housing.load_data("small")
    unit = california_housing.UNIT
    raw = california_housing.Data(x_train=x_train, y_train=y_train / unit, x_test=x_test, y_test=y_test / unit)
    settings = replace(california_housing.EDITIONS["3"], final_epochs=40)
    _, scores = california_housing.train_final(settings, raw)
    assert scores["test_mae"] > 0.5


def test_houses_are_validated_in_folds_before_the_final_training(
    house_data: california_housing.Data,
) -> None:
    settings = replace(california_housing.EDITIONS["3"], folds=2, fold_epochs=1, long_epochs=11, final_epochs=1)
    result = california_housing.solve(settings, house_data)
    folds = [result.figures[f"fold_{number}_mae"] for number in (1, 2)]
    assert result.figures["mean_fold_mae"] == pytest.approx(np.mean(folds))
    assert len(result.panels[0].curves["validation"]) == 1
    assert result.panels[0].first_epoch == 11
    assert result.predictions.shape == (120, 1)


def test_the_same_seed_gives_the_same_scores(newswire_data: reuters.Data) -> None:
    settings = replace(reuters.EDITIONS["3"], final_epochs=1, seed=5)
    _, first = reuters.train_final(settings, newswire_data)
    _, second = reuters.train_final(settings, newswire_data)
    assert first["test_accuracy"] == pytest.approx(second["test_accuracy"], abs=0.005)


@pytest.mark.real_data
def test_real_reviews_reach_the_figure_of_the_book(real_cache: Path) -> None:
    data.use(real_cache, task="imdb")
    _, scores = imdb.train_final(imdb.EDITIONS["3"], imdb.load())
    assert scores["test_accuracy"] == pytest.approx(0.883, abs=0.015)


@pytest.mark.real_data
def test_real_newswires_reach_the_figure_of_the_book(real_cache: Path) -> None:
    data.use(real_cache, task="reuters")
    newswires = reuters.load()
    _, scores = reuters.train_final(reuters.EDITIONS["3"], newswires)
    assert scores["test_accuracy"] == pytest.approx(0.797, abs=0.02)
    assert reuters.baselines(newswires)["shuffled"] == pytest.approx(0.187, abs=0.005)


@pytest.mark.real_data
def test_real_houses_reach_the_figure_of_the_book(real_cache: Path) -> None:
    data.use(real_cache, task="california-housing")
    _, scores = california_housing.train_final(california_housing.EDITIONS["3"], california_housing.load())
    assert scores["test_mae"] == pytest.approx(0.31, abs=0.05)
