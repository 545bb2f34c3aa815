"""Claims about calibration: thresholds follow from measured values by published factors, never by feeling."""

from __future__ import annotations

import math
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import nctdtrit

from grader.assignment import Assignment, load
from grader.calibrate import _refuse_overlap, _store, _summed_up, _twin, _versions, baseline, reaches
from grader.certificate import certificate, drawing, short_of_full
from grader.checks import CHECKS
from grader.checks.scores import credit_for
from grader.errors import AssignmentInvalid, UsageError
from grader.facts import CalibrationFile, SourceCalibration
from grader.records import DataSource
from grader.tolerance import threshold, tolerance_factor

from .builders import FACTS, houses, reviews

ROOT = Path(__file__).parents[2]


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


# --- several variants ---------------------------------------------------------------------------


def measured(*, wrong_mean: float = 0.7) -> SourceCalibration:
    random = np.random.default_rng(1)
    correct = {f"edition {number}": tuple(random.normal(0.88 + number / 500, 0.004, 20)) for number in (1, 2)}
    wrong = {"edition 2, bottleneck": tuple(random.normal(wrong_mean, 0.004, 20))}
    return _summed_up(correct, wrong, higher=True, naive=0.5, digests={})


def reuters() -> Assignment:
    return load(Path(__file__).parents[2] / "assignments" / "reuters", checks=CHECKS)


def test_full_credit_begins_where_the_least_favourable_correct_variant_reaches_it() -> None:
    found = measured()
    assert found.full < min(value for series in found.values.values() for value in series)
    assert short_of_full(found, higher=True) < 0.001


def test_a_wrong_variant_that_the_score_cannot_tell_from_correct_ones_is_refused() -> None:
    _refuse_overlap(reuters(), measured())
    with pytest.raises(AssignmentInvalid, match=r"bottleneck.*full credit in 20 of 20 seeds"):
        _refuse_overlap(reuters(), measured(wrong_mean=0.885))


def test_the_certificate_says_for_each_variant_what_it_reached_and_what_follows() -> None:
    found = measured()
    text = certificate("Newswires", "keras", "accuracy", found)
    for name, series in (*found.values.items(), *found.wrong.items()):
        row = next(line for line in text.splitlines() if line.startswith(name))
        assert f"{np.mean(series):.5g}" in row
    assert f"Full credit begins at {found.full:.5g}" in text
    assert "0.999" in text
    assert "bottleneck loses points in 20 of 20 seeds" in text


def test_the_drawn_certificate_has_a_dot_for_each_seed_within_the_drawing() -> None:
    root = ET.fromstring(drawing("Newswires & more", "keras", "accuracy", measured()))  # noqa: S314 - our own drawing
    space = "{http://www.w3.org/2000/svg}"
    dots = [float(dot.attrib["cx"]) for dot in root.iter(f"{space}circle")]
    assert len(dots) == 60
    assert all(0 < at < 760 for at in dots)
    assert root.find(f"{space}title") is not None


def test_a_source_with_the_very_same_files_shares_the_reference_run(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "assignments" / "reuters", tmp_path / "reuters")
    judged = load(tmp_path / "reuters", checks=CHECKS)
    _store(
        judged, "keras", measured().model_copy(update={"digests": {"reuters.npz": "a" * 64}, "versions": _versions()})
    )
    same = DataSource(source="standin-full", description="", digests={"reuters.npz": "a" * 64})
    shared = _twin(judged, same)
    assert shared is not None
    assert (shared[0].data, shared[1]) == ("keras", measured().baseline)
    assert _twin(judged, same.model_copy(update={"digests": {"reuters.npz": "b" * 64}})) is None


@pytest.mark.parametrize("folder", sorted(path.parent for path in ROOT.glob("assignments/*/calibration.json")))
def test_shipped_thresholds_let_every_correct_seed_pass_and_catch_wrong_variants(folder: Path) -> None:
    judged = load(folder, checks=CHECKS)
    file = CalibrationFile.model_validate_json((folder / "calibration.json").read_text(encoding="utf-8"))
    assert judged.calibration is not None
    assert any(name in {"keras", "scikit-learn"} for name in file.sources)
    for source in file.sources.values():
        assert source.full == pytest.approx(threshold(source.values, higher=judged.metric == "accuracy"))
        assert len(source.wrong) == len(judged.calibration.wrong)
        right = [
            reaches(value, source.full, higher=judged.metric == "accuracy")
            for s in source.values.values()
            for value in s
        ]
        assert all(right)
        _refuse_overlap(judged, source)
