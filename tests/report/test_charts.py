"""What the charts of a feedback page draw, and what they do with numbers that can't be drawn."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.axes import Axis, span_of, tick_label, tick_step
from grader.report.charts import Series, line_chart, points_bar, scale_strip
from grader.report.curves import best_epoch, curve_set, data_table, omissions, reading
from grader.report.folds import fold_mean
from grader.report.html import variants

from . import builders

WILD = st.floats(allow_nan=True, allow_infinity=True)


def drawn(*values: float, part: str = "validation", **options: object) -> ET.Element:
    series = Series(name="validation", values=values, part=part)  # type: ignore[arg-type]
    svg = line_chart(
        series=[series], quantity="Loss", name="n", description="d", ident="i",
        **options,  # type: ignore[arg-type]
    )  # fmt: skip
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def of_class(drawing: ET.Element, *classes: str) -> list[ET.Element]:
    return [one for one in drawing.iter() if set(classes) <= set(one.get("class", "").split())]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.27, 0.58, ["0.3", "0.4", "0.5"]),
        (60_000, 500_000, ["100,000", "200,000", "300,000", "400,000", "500,000"]),
        (-0.01, 0.01, ["-0.010", "-0.005", "0", "0.005", "0.010"]),
    ],
)
def test_ticks_are_round_numbers_with_just_their_decimals(low: float, high: float, expected: list[str]) -> None:
    axis = Axis(low=low, high=high, start=0, end=1)
    step = tick_step(high - low, most=5)
    assert [tick_label(value, step=step) for value in axis.ticks()] == expected


@given(values=st.lists(st.floats(min_value=-1e30, max_value=1e30), min_size=1))
def test_any_range_of_values_gets_a_scale_that_holds_them(values: list[float]) -> None:
    low, high = span_of(values)
    axis = Axis(low=low, high=high, start=0, end=100)
    assert len(axis.ticks()) <= 12
    assert all(-1e-6 <= axis.at(value) <= 100 + 1e-6 for value in values)


@given(values=st.lists(WILD, min_size=1, max_size=60), best=st.none() | st.integers(1, 80))
def test_no_history_breaks_the_curve(values: list[float], best: int | None) -> None:
    series = [Series(name="training", values=tuple(values), part="training")]
    svg = line_chart(series=series, quantity="Loss", name="n", description="d", ident="i", best=best)
    assert "nan" not in svg
    assert "inf" not in svg
    assert not svg or ET.fromstring(svg).tag == "svg"  # noqa: S314 - our own drawing


def test_a_value_that_is_no_number_leaves_a_gap() -> None:
    assert len(of_class(drawn(1.0, 0.9, math.nan, 0.8, 0.7), "line", "validation")) == 3
    assert len(of_class(drawn(1.0, 0.9, 0.85, 0.8, 0.7), "line", "validation")) == 2


def test_a_single_epoch_is_a_dot() -> None:
    assert len(of_class(drawn(0.5), "dot")) == 1


def test_a_constant_series_is_a_level_line_in_the_middle() -> None:
    heights = {one.get("cy") for one in of_class(drawn(0.5, 0.5, 0.5), "dot")}
    assert len(heights) == 1
    assert 100 < float(heights.pop() or 0) < 200


def test_nothing_finite_draws_nothing() -> None:
    series = [Series(name="training", values=(math.nan, math.inf), part="training")]
    assert line_chart(series=series, quantity="", name="", description="", ident="i") == ""


def test_the_best_epoch_is_marked_and_overfitting_shaded() -> None:
    chart = drawn(0.5, 0.3, 0.4, 0.6, best=2, overfits=True)
    assert [one.text for one in of_class(chart, "note")] == ["best: epoch 2"]
    assert len(of_class(chart, "after-best")) == 1
    assert not of_class(drawn(0.5, 0.3, 0.4, 0.6), "note")


def test_a_steep_start_leaves_the_chart_and_is_told() -> None:
    values = (500.0, 90.0, *([0.3, 0.31] * 30))
    series = Series(name="validation", values=values, part="validation")
    top = max(_number(one.text) for one in of_class(drawn(*values), "tick", "end"))
    assert top < 1
    assert omissions([(series,)]) == ("Up to epoch 2 the start is so high that it is left off the chart.",)


def _number(text: str | None) -> float:
    return float((text or "0").replace(",", ""))


def test_text_in_a_drawing_is_escaped() -> None:
    attack = '"><script>alert(1)</script>'
    series = [Series(name=attack, values=(1.0, 2.0), part="training")]
    svg = line_chart(series=series, quantity=attack, name=attack, description=attack, ident="i")
    assert "<script" not in svg


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ((0.5, 0.3, 0.4, 0.6), "Overfitting starts after epoch 2"),
        ((0.5, 0.3, 0.302), "hardly changes"),
        ((0.5, 0.4, 0.3), "no overfitting yet"),
        ((0.5,), "One epoch only"),
        ((math.nan, math.nan), "no best epoch can be told"),
        ((0.3, math.inf), "reaches infinite by epoch 2"),
        ((), "Trained without validation rows"),
    ],
)
def test_curves_are_read_for_the_student(losses: tuple[float, ...], sentence: str) -> None:
    history = {"loss": (0.5,) * 4, "val_loss": losses}
    assert sentence in reading(builders.run(1, history=history, best_epoch=None))


def test_a_best_epoch_outside_the_history_is_not_believed() -> None:
    history = {"val_loss": (0.5, 0.3, 0.4)}
    assert best_epoch(builders.run(1, history=history, best_epoch=99)) == 2


def test_the_graded_run_comes_first_and_the_many_are_folded_away() -> None:
    runs = (*(builders.run(n) for n in range(1, 30)), builders.retrained(30))
    graded = builders.full_marks().graded_model
    assert graded is not None
    curves = curve_set(builders.result(runs=runs, graded_model=graded.model_copy(update={"run": 30})))
    assert [one.run.run for one in curves.first] == [30, 29]
    assert len(curves.first) + len(curves.others) + curves.undrawn == 30


def test_folds_are_averaged_epoch_by_epoch() -> None:
    runs = [
        builders.run(n, role=f"fold {n} of 2", history={"val_loss": losses})
        for n, losses in ((1, (0.4, 0.2, 0.4)), (2, (0.6, 0.4, 0.2)))
    ]
    mean = fold_mean(runs)
    assert mean is not None
    assert mean.history["val_loss"] == pytest.approx((0.5, 0.3, 0.3))
    assert mean.best_epoch in {2, 3}


@pytest.mark.parametrize("roles", [("fold 1 of 2",), ("fold 1 of 3", "fold 3 of 3"), ("", "")])
def test_an_incomplete_round_has_no_average(roles: tuple[str, ...]) -> None:
    assert fold_mean([builders.run(n, role=role) for n, role in enumerate(roles, 1)]) is None


def test_a_long_history_keeps_its_first_best_and_last_epoch_in_the_table() -> None:
    table = data_table({"val_loss": tuple(float(n) for n in range(500))}, best=7)
    epochs = [int(row[0]) for row in table.rows]
    assert {1, 7, 500} <= set(epochs)
    assert len(epochs) < 45


def test_the_strip_marks_you_the_thresholds_and_every_reference() -> None:
    scale = builders.scale(0.842)
    strip = ET.fromstring(scale_strip(scale, description="d"))  # noqa: S314 - our own drawing
    assert len(of_class(strip, "reference")) == len(scale.values)
    words = [one.text for one in strip.iter("text")]
    assert words == ["no points: 50.0%", "full points: 86.9%", "you: 84.2%"]


@given(value=WILD, full=WILD, baseline=WILD, reference=st.lists(WILD, max_size=30))
def test_no_score_breaks_the_strip(value: float, full: float, baseline: float, reference: list[float]) -> None:
    scale = builders.scale().model_copy(
        update={"value": value, "full": full, "baseline": baseline, "reference": {"edition 3": tuple(reference)}}
    )
    svg = scale_strip(scale, description="d")
    assert not svg or ET.fromstring(svg).tag == "svg"  # noqa: S314 - our own drawing


def test_each_kind_of_correct_solution_has_a_row_with_a_dot_for_each_seed() -> None:
    scale = builders.scale(0.842)
    for drawing in variants(scale):
        parsed = ET.fromstring(drawing)  # noqa: S314 - our own drawing
        rows = of_class(parsed, "variant")
        assert [len(of_class(row, "seed")) for row in rows] == [len(series) for series in scale.reference.values()]
        assert [one.text for one in parsed.iter("text")] == [
            "full points: 86.9%", "you: 84.2%", "edition 3", "edition 3, one-layer",
        ]  # fmt: skip


def test_the_bar_is_filled_as_far_as_points_were_earned() -> None:
    half = builders.finding("a", "A", 4, points=1.0, credit=0.25, verdict="partial")
    bar = ET.fromstring(points_bar([half]))  # noqa: S314 - our own drawing
    whole, earned = (float(one.get("width") or 0) for one in bar.iter("rect"))
    assert earned == pytest.approx(whole / 4)
    assert [one.text for one in bar.iter("desc")] == ["A: partial, 1 of 4"]
