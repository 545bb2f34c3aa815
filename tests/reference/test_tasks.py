"""What every task promises, however short its training: the same steps, figures, shapes, experiments."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from reference import breast_cancer, california_full, data, fashion_mnist
from reference.editions import default
from reference.experiments import TASKS, Plan, Shelf, as_record, final_runs

if TYPE_CHECKING:
    from pathlib import Path

    from reference.records import Result

# Keras 3.15 reads variables in a way that numpy 2 warns of, when a model is saved.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

SCORES = {
    "boston-housing": {"test_loss", "test_mae", "test_mae_dollars"},
    "california-housing-full": {"test_loss", "test_mse", "test_mae", "test_mae_dollars", "test_r2"},
    "fashion-mnist": {"test_loss", "test_accuracy"},
    "breast-cancer": {"test_loss", "test_accuracy"},
}
SHAPES = {
    "boston-housing": (102, 1),
    "california-housing-full": (600, 1),
    "fashion-mnist": (600, 10),
    "breast-cancer": (114, 1),
}


def solved(folder: Path, name: str, *, edition: str | None = None, experiment: str | None = None) -> Result:
    data.use(folder, task=name)
    plan = Plan(name=name, edition=edition, most_epochs=1, most_rows=600)
    task, settings = plan.module(), plan.settings(experiment)
    if hasattr(settings, "folds"):
        settings = dataclasses.replace(settings, folds=2)  # type: ignore[type-var]
    return task.solve(settings, Shelf(task, plan.most_rows).data(settings))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", SCORES)
def test_every_new_task_is_solved(small: Path, name: str) -> None:
    result = solved(small, name)
    assert set(result.figures) >= SCORES[name]
    assert all(math.isfinite(value) for value in result.figures.values())
    assert result.predictions.shape == SHAPES[name]
    assert len(result.panels) == 2
    assert json.loads(json.dumps(as_record(result)))["figures"] == result.figures


def test_the_other_authors_edition_is_solved(small: Path) -> None:
    assert solved(small, "fashion-mnist", edition="geron").predictions.shape == (600, 10)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_what_the_command_needs(name: str) -> None:
    task = importlib.import_module(TASKS[name])
    assert set(task.BOOK) == set(task.EDITIONS)
    assert set(task.WORDS) <= {"base", *task.EXERCISES}
    for settings in task.EDITIONS.values():
        assert all(hasattr(settings, field) for field in task.READS)
        assert task.build_model(settings).compiled


@pytest.mark.parametrize("name", SCORES)
def test_every_exercise_builds_a_model(name: str) -> None:
    task = importlib.import_module(TASKS[name])
    for exercise in task.EXERCISES:
        assert task.build_model(Plan(name=name).settings(exercise)).compiled


def test_the_newest_edition_is_the_default() -> None:
    newest = {name: default(importlib.import_module(module).EDITIONS) for name, module in TASKS.items()}
    assert newest == {
        "imdb": "3",
        "reuters": "3",
        "california-housing": "3",
        "boston-housing": "2",
        "california-housing-full": "lecture",
        "fashion-mnist": "lecture",
        "breast-cancer": "lecture",
    }


@pytest.mark.parametrize("api", ["functional", "sequential", "subclassing"])
def test_the_three_ways_to_write_a_model_give_the_same_network(api: str) -> None:
    keras.utils.set_random_seed(0)
    model = breast_cancer.build_model(breast_cancer.Settings(api=api))
    assert model.count_params() == 1_411
    rows = np.random.default_rng(0).random((4, 30)).astype("float32")
    model.fit(rows, np.ones(4), verbose=0)
    expected = model.predict(rows, verbose=0)
    assert np.array_equal(breast_cancer.reloaded(model).predict(rows, verbose=0), expected)


def test_tumours_are_told_apart_as_well_as_in_the_lecture() -> None:
    result = breast_cancer.solve(breast_cancer.Settings(validation_epochs=1, final_epochs=60))
    assert result.figures["test_accuracy"] >= 0.92
    assert result.figures["reloaded_accuracy"] == result.figures["test_accuracy"]
    assert [result.figures[f"confusion_1_{answer}"] for answer in (1, 0)] == result.report.confusion[0].tolist()  # type: ignore[union-attr]
    assert sum(value for name, value in result.figures.items() if name.startswith("confusion")) == 114


def test_tumours_are_split_as_in_the_lecture() -> None:
    tumours = breast_cancer.load()
    assert (tumours.x_train.shape, tumours.x_test.shape) == ((455, 30), (114, 30))
    assert (tumours.x_train.min(), tumours.x_train.max()) == pytest.approx((0, 1))
    assert int(tumours.y_test.sum()) == 72


def test_all_houses_are_split_as_in_the_lecture(small: Path) -> None:
    data.use(small, task="california-housing-full")
    houses = california_full.load()
    assert (houses.x_train.shape, houses.x_test.shape) == ((16_512, 8), (4_128, 8))
    assert 0.1 < houses.y_train.min() < houses.y_train.max() <= 5.00001


def test_explained_variance_follows_from_the_squared_error(small: Path) -> None:
    data.use(small, task="california-housing-full")
    houses = california_full.load().first(200)
    settings = Plan(name="california-housing-full", most_epochs=1).settings()
    _, scores = california_full.train_final(settings, houses)
    assert scores["test_r2"] == pytest.approx(1 - scores["test_mse"] / houses.y_test.var())


def test_pictures_are_rows_or_squares_of_brightness_up_to_1(small: Path) -> None:
    data.use(small, task="fashion-mnist")
    rows = fashion_mnist.load()
    squares = fashion_mnist.load(fashion_mnist.EDITIONS["geron"])
    assert (rows.x_train.shape, squares.x_train.shape) == ((6_000, 784), (6_000, 28, 28))
    assert (rows.x_train.dtype, rows.x_train.max()) == (np.float32, 1)
    assert fashion_mnist.baselines(rows) == {"majority": pytest.approx(0.1)}


def test_pictures_are_told_apart_as_well_as_in_the_lecture(small: Path) -> None:
    data.use(small, task="fashion-mnist")
    _, scores = fashion_mnist.train_final(fashion_mnist.EDITIONS["lecture"], fashion_mnist.load())
    assert 0.84 <= scores["test_accuracy"] <= 0.90


def test_a_split_that_follows_the_seed_is_loaded_anew_for_each_seed() -> None:
    loads: list[int] = []

    class Counted:
        READS = breast_cancer.READS
        train_final = staticmethod(lambda settings, rows: (None, {"rows": len(rows.y_test), "of": settings.split_seed}))

        @staticmethod
        def load(settings: breast_cancer.Settings) -> Any:
            loads.append(settings.split_seed)
            return breast_cancer.load(settings)

    for experiment, expected in (("other-split", [1_003, 1_004]), (None, [42])):
        loads.clear()
        settings = Plan(name="breast-cancer").settings(experiment)
        runs = list(final_runs(Counted, settings, Shelf(Counted), first_seed=3, seeds=2))  # type: ignore[arg-type]
        assert [run["seed"] for run in runs] == [3, 4]
        assert loads == expected


def test_other_splits_have_other_test_rows() -> None:
    usual, other = (breast_cancer.load(breast_cancer.Settings(split_seed=seed)) for seed in (42, 1_000))
    assert not np.array_equal(usual.x_test, other.x_test)


@pytest.mark.real_data
def test_real_pictures_have_the_shapes_of_the_text(real_cache: Path) -> None:
    data.use(real_cache, task="fashion-mnist")
    pictures = fashion_mnist.load()
    assert (pictures.x_train.shape, pictures.x_test.shape) == ((60_000, 784), (10_000, 784))


@pytest.mark.real_data
def test_real_houses_of_scikit_learn_are_found_beside_the_cache(real_cache: Path) -> None:
    assert data.use(real_cache, task="california-housing-full") == {"source": "scikit-learn"}
    assert california_full.load().x_train.shape == (16_512, 8)
