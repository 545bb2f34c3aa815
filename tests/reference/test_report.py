"""What the per-class report promises, checked against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as expected_matrix
from sklearn.metrics import precision_recall_fscore_support

from reference.report import ClassReport, confusion_matrix, most_common
from reference.tables import experiments_table, figures_table, report_table

TRUTH, ANSWERS = [1, 1, 1, 0, 0, 1], [1, 0, 1, 0, 1, 1]


def test_rows_are_the_truth_and_columns_the_answers() -> None:
    assert confusion_matrix(TRUTH, ANSWERS, classes=(1, 0)).tolist() == [[3, 1], [1, 1]]


def test_the_report_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, answers = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    report = ClassReport.of(truth, answers, range(5))
    precision, recall, f1, support = precision_recall_fscore_support(truth, answers)
    assert np.array_equal(report.confusion, expected_matrix(truth, answers))
    assert np.allclose([report.precision, report.recall, report.f1], [precision, recall, f1])
    assert np.array_equal(report.support, support)


def test_a_class_that_never_occurs_counts_as_zero() -> None:
    report = ClassReport.of([0, 0], [0, 0], classes=(0, 1))
    assert (report.precision[1], report.recall[1], report.f1[1], report.support[1]) == (0, 0, 0, 0)


def test_the_commonest_class_is_that_of_the_training_labels() -> None:
    assert most_common([0, 0, 1], [0, 1, 1, 1]) == pytest.approx(0.25)


def test_a_few_classes_are_shown_with_their_matrix() -> None:
    text = report_table(ClassReport.of(TRUTH, ANSWERS, (1, 0), ("benign", "malignant")))
    assert [line.split() for line in text.splitlines()[-2:]] == [["benign", "3", "1"], ["malignant", "1", "1"]]
    assert "precision" in text


def test_many_classes_are_shown_without_their_matrix() -> None:
    assert "answered" not in report_table(ClassReport.of([0], [0], range(46)))


def test_experiments_stand_below_the_figures_and_beside_the_words_of_the_book() -> None:
    measured = {"base": {"test_accuracy": 0.79}, "bottleneck": {"test_accuracy": float("nan")}}
    lines = experiments_table(measured, {"test_accuracy": 0.797}, {"bottleneck": "lower"}).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["book", "0.797"],
        ["base", "0.790", "-"],
        ["bottleneck", "nan", "lower"],
    ]


def test_a_figure_without_a_book_has_a_dash() -> None:
    table = figures_table({"test_mae": 2.5}, {"mean_price": 6.0}, {})
    assert table.splitlines()[-1].split() == ["baseline", "mean", "price", "6", "-"]
