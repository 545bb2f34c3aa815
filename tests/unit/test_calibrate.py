"""Claims about calibration: thresholds follow from measured values by published factors, never by feeling."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import nctdtrit

from grader.calibrate import baseline, tolerance_factor
from grader.checks.scores import credit_for
from grader.errors import UsageError

from .builders import FACTS, houses, reviews


@pytest.mark.parametrize(
    ("n", "probability", "published"),
    [
        (10, 0.99, 3.981),
        (20, 0.99, 3.295),
        (30, 0.99, 3.064),
        (20, 0.999, 4.319),
        (50, 0.999, 3.766),
        (100, 0.999, 3.509),
    ],
)  # one-sided factors at 95 % confidence: Natrella, NBS Handbook 91, table A-7
def test_factors_agree_with_published_tables(n: int, probability: float, published: float) -> None:
    assert tolerance_factor(n, probability=probability, confidence=0.95) == pytest.approx(published, rel=0.015)


@pytest.mark.parametrize("n", [15, 20, 40, 60, 200])
@pytest.mark.parametrize("probability", [0.9, 0.99, 0.999])
def test_factors_agree_with_the_noncentral_t_distribution_they_approximate(n: int, probability: float) -> None:
    shift = NormalDist().inv_cdf(probability) * math.sqrt(n)
    exact = float(nctdtrit(n - 1, shift, 0.95)) / math.sqrt(n)
    assert tolerance_factor(n, probability=probability, confidence=0.95) == pytest.approx(exact, rel=0.012)


def test_more_values_need_a_smaller_margin() -> None:
    factors = [tolerance_factor(n) for n in (5, 10, 20, 60, 10_000)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(NormalDist().inv_cdf(0.999), rel=0.02)


def test_too_few_values_are_refused() -> None:
    for n in range(5):
        with pytest.raises(UsageError, match="too few"):
            tolerance_factor(n)


def test_nearly_all_correct_solutions_reach_the_threshold_they_set() -> None:
    random = np.random.default_rng(0)
    values = random.normal(0.88, 0.004, (2000, 20))
    bounds = values.mean(axis=1) - tolerance_factor(20) * values.std(axis=1, ddof=1)
    share_above = 1 - np.vectorize(NormalDist(0.88, 0.004).cdf)(bounds)
    assert (share_above >= 0.999).mean() == pytest.approx(0.95, abs=0.02)


def test_the_naive_guess_is_the_commonest_class_of_the_training_rows() -> None:
    raw = reviews(classes=5)
    commonest = np.bincount(raw.y_train).argmax()
    assert baseline(raw, "accuracy") == pytest.approx(float((raw.y_test == commonest).mean()))


def test_the_naive_price_is_the_mean_of_the_training_rows() -> None:
    raw = houses()
    assert baseline(raw, "mae") == pytest.approx(float(np.abs(raw.y_test - raw.y_train.mean()).mean()))


@pytest.mark.parametrize(("value", "credit"), [(0.2, 0), (0.5, 0), (0.675, 0.5), (0.85, 1), (0.99, 1)])
def test_credit_grows_from_the_baseline_to_the_threshold(value: float, credit: float) -> None:
    assert FACTS.calibration is not None
    assert credit_for(value, FACTS.calibration, higher=True) == pytest.approx(credit)


@pytest.mark.parametrize(("value", "credit"), [(90_000, 0), (60_000, 0), (45_000, 0.5), (30_000, 1), (1, 1)])
def test_of_an_error_less_is_better(value: float, credit: float) -> None:
    assert FACTS.calibration is not None
    measured = FACTS.calibration.model_copy(update={"metric": "mae", "full": 30_000.0, "baseline": 60_000.0})
    assert credit_for(value, measured, higher=False) == pytest.approx(credit)
