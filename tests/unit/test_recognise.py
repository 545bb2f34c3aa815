"""Claims about recognising arrays: whatever rows in whatever encoding, the rows and the encoding are found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.data import RawData, Texts
from grader.recognise import Encoding, encode_test, recognise, recognise_targets
from grader.recognise.encodings import UNKNOWN_ROW
from grader.recognise.numbers import scaling
from grader.recognise.texts import match, pad

from . import builders
from .builders import clothes, counted, houses, multi_hot, reviews, table, tensor, texts, word_lists

Array = np.ndarray[Any, Any]
TEXTS = word_lists(90, seed=3)
REVIEWS = reviews(seed=3, train=60, test=30)
HOUSES = houses(seed=4)
RAW = table(HOUSES)
STATISTICS = {
    "standardised": lambda part: (part.mean(axis=0), part.std(axis=0)),
    "standardised, one degree of freedom less": lambda part: (part.mean(axis=0), part.std(axis=0, ddof=1)),
    "min_max": lambda part: (part.min(axis=0), np.ptp(part, axis=0)),
    "robust": lambda part: (np.median(part, axis=0), np.subtract(*np.percentile(part, [75, 25], axis=0))),
}


def rows_of(size: int) -> st.SearchStrategy[list[int]]:
    """Return strategies for any choice and order of some rows."""
    return st.lists(st.integers(0, size - 1), min_size=15, max_size=size, unique=True)


# --- texts --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(chosen=rows_of(90), width=st.integers(60, 260), dtype=st.sampled_from(["float32", "float64", "int8", "bool"]))
def test_multi_hot_rows_of_any_width_type_and_order_are_found(chosen: list[int], width: int, dtype: str) -> None:
    grid = multi_hot(TEXTS, width)[chosen].astype(dtype)
    seen = recognise(tensor(grid), REVIEWS)
    assert seen is not None
    assert (seen.encoding.kind, seen.encoding.width) == ("multi_hot", width)
    np.testing.assert_array_equal(multi_hot(TEXTS, width)[seen.positions], multi_hot(TEXTS, width)[chosen])


def test_rows_that_differ_are_found_at_their_own_places() -> None:
    order = np.random.default_rng(0).permutation(90)
    seen = recognise(tensor(multi_hot(TEXTS, 200)[order]), REVIEWS)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, order)


@settings(max_examples=20, deadline=None)
@given(chosen=rows_of(90))
def test_counts_are_told_from_multi_hot(chosen: list[int]) -> None:
    seen = recognise(tensor(counted(TEXTS, 200)[chosen]), REVIEWS)
    assert seen is not None
    assert seen.encoding.kind == "counts"
    np.testing.assert_array_equal(seen.positions, chosen)


@pytest.mark.parametrize(
    "weigh",
    [
        pytest.param(lambda grid: grid / np.maximum(grid.sum(axis=1, keepdims=True), 1), id="frequencies"),
        pytest.param(np.log1p, id="logarithms"),
        pytest.param(lambda grid: (grid > 0) * 255.0, id="0-and-255"),
        pytest.param(lambda grid: grid * np.linspace(0.5, 2, 200), id="weights"),
    ],
)
def test_word_vectors_with_other_values_are_not_taken_for_counts(weigh: Any) -> None:
    seen = recognise(tensor(weigh(counted(TEXTS, 200))), REVIEWS)
    assert seen is not None
    assert seen.encoding.kind not in {"counts", "multi_hot"}
    assert encode_test(seen.encoding, REVIEWS) is None
    np.testing.assert_array_equal(seen.positions, np.arange(90))


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("width", [12, 25, 60])
def test_padded_texts_are_found_with_the_way_they_were_padded(
    width: int, truncating: str, padding: str, dtype: str
) -> None:
    grid = _padded(TEXTS, width, padding=padding, truncating=truncating)
    order = np.random.default_rng(1).permutation(90)
    seen = recognise(tensor(grid[order].astype(dtype)), REVIEWS)
    assert seen is not None
    assert seen.encoding.kind == "padded"
    np.testing.assert_array_equal(seen.positions, order)
    whole = pad(texts(TEXTS), seen.encoding)
    np.testing.assert_array_equal(whole, grid)


def _padded(rows: list[list[int]], width: int, *, padding: str, truncating: str) -> Array:
    grid = np.zeros((len(rows), width), np.int32)
    for number, row in enumerate(rows):
        cut = row[-width:] if truncating == "pre" else row[:width]
        place = slice(width - len(cut), None) if padding == "pre" else slice(0, len(cut))
        grid[number, place] = cut
    return grid


def test_of_equal_rows_a_training_row_is_preferred_to_a_test_row() -> None:
    rows = word_lists(40, seed=5)
    raw = _with_texts(rows[:30], [*rows[:10], *rows[30:]])
    seen = recognise(tensor(multi_hot(rows, 200)[:10]), raw)
    assert seen is not None
    assert (seen.positions < raw.train_rows).all()


def test_equal_rows_in_the_loaders_order_are_found_in_that_order() -> None:
    rows = word_lists(20, seed=6)
    raw = _with_texts([*rows, *rows], word_lists(5, seed=7))
    seen = recognise(tensor(multi_hot([*rows, *rows], 200)), raw)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, np.arange(40))


def _with_texts(train: list[list[int]], test: list[list[int]]) -> RawData:
    return RawData(
        loader="imdb", arguments={}, x_train=texts(train), y_train=np.zeros(len(train), np.int64), x_test=texts(test),
        y_test=np.zeros(len(test), np.int64),
    )  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(multi_hot(word_lists(50, seed=99), 200), id="other-texts"),
        pytest.param(np.random.default_rng(0).normal(size=(50, 200)), id="noise"),
        pytest.param(np.zeros((50, 200)), id="zeros"),
        pytest.param(np.full((50, 20), np.nan), id="nan"),
        pytest.param(np.full((50, 20), np.inf), id="infinite"),
        pytest.param(np.where(np.eye(50, 20), np.nan, 3.0), id="some-nan"),
        pytest.param(np.where(np.eye(50, 20), np.inf, 3.0), id="some-infinite"),
        pytest.param(np.arange(50.0), id="one-dimension"),
        pytest.param(np.zeros((5, 6, 7)), id="three-dimensions"),
        pytest.param(np.zeros((0, 200)), id="no-rows"),
        pytest.param(np.zeros((50, 0)), id="no-columns"),
        pytest.param(RAW, id="houses"),
    ],
)
def test_an_array_that_holds_nothing_of_the_texts_is_not_recognised(values: Array) -> None:
    assert recognise(tensor(values), REVIEWS) is None


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding(kind="multi_hot", width=150),
        Encoding(kind="counts", width=150),
        Encoding(kind="padded", width=20, padding="post", truncating="pre"),
    ],
    ids=lambda one: one.kind,
)
def test_test_rows_are_encoded_as_the_students_own_code_encodes_them(encoding: Encoding) -> None:
    encoded = encode_test(encoding, REVIEWS)
    assert encoded is not None
    assert (encoded["rows"], encoded["row_items"]) == (30, encoding.width)
    mine = {
        "multi_hot": lambda: multi_hot(TEXTS[60:], 150),
        "counts": lambda: counted(TEXTS[60:], 150),
        "padded": lambda: _padded(TEXTS[60:], 20, padding="post", truncating="pre"),
    }[encoding.kind]()
    np.testing.assert_array_equal(_grid(encoded), mine)


def _grid(encoded: dict[str, Any]) -> Array:
    if encoded["kind"] == "dense":
        return np.asarray(encoded["values"])
    grid = np.zeros((encoded["rows"], encoded["row_items"]))
    rows = np.repeat(np.arange(len(grid)), np.diff(encoded["starts"]))
    grid[rows, encoded["columns"]] = encoded.get("values", 1)
    return grid


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_a_match_is_an_equal_row_or_none(mine: list[int], raw: list[int]) -> None:
    found = match(np.array(mine, np.uint64), np.array(raw, np.uint64))
    for value, position in zip(mine, found, strict=True):
        assert raw[position] == value if position != UNKNOWN_ROW else value not in raw


# --- numbers ------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(chosen=rows_of(len(RAW)), data=st.data())
def test_any_rows_in_any_order_under_any_scaling_are_found(chosen: list[int], data: st.DataObject) -> None:
    positive = st.floats(1e-4, 1e4)
    scale = np.array([data.draw(positive) for _ in range(4)])
    shift = np.array([data.draw(st.floats(-10, 10)) for _ in range(4)]) * scale * RAW.std(axis=0)
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    grid = (RAW[chosen].astype(np.float64) * scale + shift).astype(dtype)
    seen = recognise(tensor(grid), HOUSES)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, chosen)
    assert seen.encoding.scale is not None
    np.testing.assert_allclose(seen.encoding.scale, scale, rtol=2e-3)


@pytest.mark.parametrize("rows", ["train", "fit", "test", "all"])
@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_the_statistics_of_a_scaling_and_their_rows_are_named(statistic: str, rows: str, shuffled: bool) -> None:  # noqa: FBT001
    sets = {"train": RAW[:120], "fit": RAW[30:120], "all": RAW, "test": RAW[120:]}
    centre, spread = STATISTICS[statistic](sets[rows].astype(np.float64))
    order = np.random.default_rng(0).permutation(120) if shuffled else np.arange(120)
    seen = recognise(tensor(((RAW[:120][order] - centre) / spread).astype(np.float32)), HOUSES)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, order)
    named = scaling(seen.encoding, sets)
    assert (named.kind, named.rows) == (statistic.split(",", maxsplit=1)[0], rows)


def test_raw_rows_are_named_raw() -> None:
    for grid in (RAW[:120], RAW[120:], RAW[5:60][::-1], RAW.astype(np.float64)):
        seen = recognise(tensor(grid), HOUSES)
        assert seen is not None
        assert seen.encoding.kind == "raw"
        assert scaling(seen.encoding, {"train": RAW[:120]}).kind == "none"


def test_a_division_by_constants_is_a_scaling_by_no_statistics() -> None:
    seen = recognise(tensor(RAW[:120] / [100, 50, 1000, 3]), HOUSES)
    assert seen is not None
    assert seen.encoding.kind == "columns"
    assert scaling(seen.encoding, {"train": RAW[:120], "test": RAW[120:], "all": RAW}).kind == "other"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(table(houses(seed=77)), id="other-houses"),
        pytest.param(table(houses(seed=77))[:90], id="other-houses-in-another-number"),
        pytest.param(np.random.default_rng(0).normal(size=(120, 4)), id="noise"),
        pytest.param(np.zeros((120, 4)), id="zeros"),
        pytest.param(np.full((120, 4), np.nan), id="nan"),
        pytest.param(RAW[:, :3], id="a-column-less"),
        pytest.param(RAW[:, ::-1], id="columns-reversed"),
        pytest.param(np.log1p(np.abs(RAW)), id="logarithms"),
        pytest.param(RAW[:2], id="two-rows"),
        pytest.param(RAW[0], id="one-row"),
    ],
)
def test_an_array_that_holds_nothing_of_the_table_is_not_recognised(values: Array) -> None:
    assert recognise(tensor(values), HOUSES) is None


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_test_rows_encoded_by_the_grader_are_those_the_student_would_have_made(seed: int) -> None:
    random = np.random.default_rng(seed)
    scale, shift = random.uniform(0.01, 3, 4), random.normal(size=4)
    order = random.permutation(120)[:80]
    seen = recognise(tensor(RAW[order] * scale + shift), HOUSES)
    assert seen is not None
    encoded = encode_test(seen.encoding, HOUSES)
    assert encoded is not None
    span = np.ptp(RAW * scale, axis=0)
    assert (np.abs(encoded["values"] - (RAW[120:] * scale + shift)) <= 1e-3 * span).all()


# --- targets ------------------------------------------------------------------------------------

LABELS = np.random.default_rng(2).integers(0, 5, 80)
PRICES = np.random.default_rng(2).lognormal(12, 0.4, 80)
ORDER = np.random.default_rng(3).permutation(80)[:50]


@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64"])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_class_numbers_of_any_type_are_integers(dtype: str, shape: tuple[int, ...]) -> None:
    values = LABELS[ORDER].astype(dtype).reshape(shape)
    assert recognise_targets(values, ORDER, LABELS, classes=5).kind == "integers"


@pytest.mark.parametrize(("wrong", "kind"), [(1, "integers"), (5, "unknown")])
def test_one_label_in_fifty_may_differ_and_one_in_ten_may_not(wrong: int, kind: str) -> None:
    values = LABELS[ORDER].copy()
    values[:wrong] = 7
    assert recognise_targets(values, ORDER, LABELS, classes=5).kind == kind


def test_truth_values_are_class_numbers() -> None:
    labels = LABELS % 2
    assert recognise_targets(labels[ORDER].astype(bool), ORDER, labels, classes=2).kind == "integers"


@pytest.mark.parametrize("width", [5, 8])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_one_hot_vectors_are_found_with_their_width(width: int, dtype: str) -> None:
    found = recognise_targets(np.eye(width, dtype=dtype)[LABELS[ORDER]], ORDER, LABELS, classes=5)
    assert (found.kind, found.width) == ("one_hot", width)


@pytest.mark.parametrize(
    "encode", [lambda labels: labels, lambda labels: np.eye(5)[labels]], ids=["integers", "one-hot"]
)
def test_the_right_labels_on_the_wrong_rows_are_shuffled(encode: Any) -> None:
    shuffled = np.random.default_rng(0).permutation(LABELS[ORDER])
    assert recognise_targets(encode(shuffled), ORDER, LABELS, classes=5).kind == "shuffled"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros(50), id="zeros"),
        pytest.param(LABELS[ORDER] + 1, id="shifted"),
        pytest.param(np.random.default_rng(0).random((50, 5)), id="probabilities"),
        pytest.param(np.zeros((50, 5)), id="no-place-set"),
        pytest.param(np.ones((50, 5)), id="all-places-set"),
        pytest.param(np.full(50, np.nan), id="nan"),
        pytest.param(np.zeros((50, 5, 2)), id="three-dimensions"),
        pytest.param(LABELS[ORDER][:-1], id="a-row-less"),
    ],
)
def test_labels_that_are_not_those_of_the_rows_are_unknown(values: Array) -> None:
    assert recognise_targets(values, ORDER, LABELS, classes=5).kind == "unknown"


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(1e-6, 1e3),
    shift=st.floats(-3, 3),
    sign=st.sampled_from([1, -1]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_prices_times_a_factor_plus_a_constant_are_scaled_by_those(
    scale: float, shift: float, sign: int, dtype: Any
) -> None:
    assume(abs(sign * scale - 1) > 0.01)
    moved = shift * scale * PRICES.std()
    values = (PRICES[ORDER] * sign * scale + moved).astype(dtype)
    found = recognise_targets(values, ORDER, PRICES, classes=None)
    assert found.kind == "scaled"
    assert found.scale == pytest.approx(sign * scale, rel=1e-3)
    np.testing.assert_allclose((values - found.shift) / found.scale, PRICES[ORDER], rtol=1e-2)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_prices_as_loaded_are_raw(shape: tuple[int, ...]) -> None:
    assert recognise_targets(PRICES[ORDER].reshape(shape), ORDER, PRICES, classes=None).kind == "raw"


def test_prices_on_the_wrong_rows_are_shuffled_scaled_or_not() -> None:
    shuffled = np.random.default_rng(0).permutation(PRICES[ORDER])
    for values in (shuffled, shuffled / 100_000):
        assert recognise_targets(values, ORDER, PRICES, classes=None).kind == "shuffled"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.zeros(50), id="zeros"),
        pytest.param(np.full(50, 7.0), id="all-the-same"),
        pytest.param(np.full(50, np.inf), id="infinite"),
        pytest.param(np.log(PRICES[ORDER]), id="logarithms"),
        pytest.param(np.random.default_rng(0).random(50), id="noise"),
        pytest.param(np.zeros((50, 3)), id="three-columns"),
    ],
)
def test_targets_that_are_not_the_prices_of_the_rows_are_unknown(values: Array) -> None:
    assert recognise_targets(values, ORDER, PRICES, classes=None).kind == "unknown"


def test_targets_of_rows_that_are_not_known_are_unknown() -> None:
    nowhere = np.full(50, UNKNOWN_ROW)
    assert recognise_targets(LABELS[:50], nowhere, LABELS, classes=5).kind == "unknown"


def test_the_builders_texts_are_what_they_were_made_of() -> None:
    made = builders.texts([[3, 1, 3], [], [2]])
    assert isinstance(made, Texts)
    assert len(made) == 3
    assert made.words.tolist() == [1, 3, 2]
    assert made.counts.tolist() == [1, 2, 1]


def skewed_houses(rows: int = 506) -> RawData:
    """Return a table like Boston's: most values of the column with most values lie close together near zero."""
    random = np.random.default_rng(13)
    x = np.stack(
        [
            random.lognormal(-1, 2.2, rows), random.choice([0, 0, 0, 12.5, 20, 80], rows), random.integers(1, 25, rows),
            np.round(random.normal(6.3, 0.7, rows), 3), np.round(random.uniform(3, 100, rows), 1),
            (random.random(rows) < 0.07) * 1.0,
        ],
        axis=1,
    )  # fmt: skip
    return RawData(
        loader="boston_housing", arguments={}, x_train=x[:404], y_train=np.arange(404.0), x_test=x[404:],
        y_test=np.arange(102.0),
    )  # fmt: skip


@pytest.mark.parametrize("folds", [3, 4, 5, 10])
@pytest.mark.parametrize("statistic", ["standardised", "min_max"])
def test_shuffled_folds_of_a_skewed_table_are_found_row_by_row(folds: int, statistic: str) -> None:
    raw = skewed_houses()
    centre, spread = STATISTICS[statistic](raw.x_train)
    grid = ((raw.x_train - centre) / spread).astype(np.float32)
    for held_out in np.array_split(np.random.default_rng(folds).permutation(404), folds):
        fitted = np.setdiff1d(np.arange(404), held_out)
        for rows in (held_out, fitted):
            seen = recognise(tensor(grid[rows]), raw)
            assert seen is not None
            np.testing.assert_array_equal(seen.positions, rows)


# --- many rows in any order ---------------------------------------------------------------------


def many_houses(rows: int = 6000) -> RawData:
    """Return a table like the full California set: heavy tails, whole numbers, a column of two values."""
    random = np.random.default_rng(5)
    x = np.stack(
        [
            random.lognormal(1.2, 0.5, rows), random.integers(1, 53, rows), random.lognormal(1.6, 1.2, rows),
            random.normal(35, 2, rows), (random.random(rows) < 0.07) * 1.0,
        ],
        axis=1,
    )  # fmt: skip
    cut = rows * 4 // 5
    y = random.lognormal(0, 0.5, rows)
    return RawData(
        loader="fetch_california_housing", arguments={}, x_train=x[:cut], y_train=y[:cut], x_test=x[cut:],
        y_test=y[cut:], split="assignment",
    )  # fmt: skip


@pytest.mark.parametrize("how", sorted(STATISTICS))
@pytest.mark.parametrize("share", [0.1, 0.64, 0.8])
def test_many_rows_in_any_order_are_found_under_any_column_wise_scaling(how: str, share: float) -> None:
    raw = many_houses()
    everything = table(raw)
    chosen = np.random.default_rng(7).permutation(len(everything))[: int(share * len(everything))]
    centre, spread = STATISTICS[how](everything[chosen])
    seen = recognise(tensor(((everything[chosen] - centre) / np.where(spread, spread, 1)).astype(np.float32)), raw)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, chosen)


def test_many_rows_of_something_else_are_no_data_of_ours() -> None:
    noise = np.random.default_rng(8).normal(size=(4000, 5))
    assert recognise(tensor(noise), many_houses()) is None


# --- images -------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    chosen=rows_of(120), layout=st.sampled_from([(8, 8), (64,), (8, 8, 1)]),
    scaling=st.sampled_from([(1.0, 0.0), (1 / 255, 0.0), (2 / 255, -1.0), (1 / 72.9, -0.81)]),
    dtype=st.sampled_from(["float32", "float64"]),
)  # fmt: skip
def test_images_of_any_scale_and_layout_are_found_and_test_images_put_through_the_same(
    chosen: list[int], layout: tuple[int, ...], scaling: tuple[float, float], dtype: str
) -> None:
    raw = clothes()
    images = (table(raw) * scaling[0] + scaling[1]).astype(dtype).reshape(-1, *layout)
    seen = recognise(tensor(images[chosen]), raw)
    assert seen is not None
    np.testing.assert_array_equal(seen.positions, chosen)
    encoded = encode_test(seen.encoding, raw)
    assert encoded is not None
    np.testing.assert_allclose(encoded["values"], images[90:], atol=1e-4)


def test_images_as_loaded_are_raw_ones() -> None:
    raw = clothes()
    seen = recognise(tensor(np.asarray(raw.x_train)), raw)
    assert seen is not None
    assert seen.encoding.kind == "raw"


@pytest.mark.parametrize("change", ["shuffled pixels", "inverted", "other images"])
def test_images_that_were_changed_otherwise_are_not_recognised(change: str) -> None:
    raw = clothes()
    images = np.asarray(raw.x_train).reshape(90, 64)
    changed = {
        "shuffled pixels": images[:, np.random.default_rng(0).permutation(64)],
        "inverted": 255 - images,
        "other images": np.asarray(clothes(seed=9).x_train).reshape(90, 64),
    }[change]
    assert recognise(tensor(changed), raw) is None


@pytest.mark.parametrize(
    "shorten", [lambda y: np.round(y / 1e5, 2), lambda y: np.floor(y / 1e3), lambda y: np.round(y, -3)]
)
def test_rounded_prices_are_prices_of_their_own_rows(shorten: Any) -> None:
    prices = np.random.default_rng(3).uniform(60_000, 500_000, 200)
    found = recognise_targets(shorten(prices), np.arange(200), prices, classes=None)
    assert found.kind in {"raw", "scaled"}


def test_logarithms_of_prices_are_not_taken_for_prices_of_other_rows() -> None:
    prices = np.random.default_rng(3).uniform(60_000, 500_000, 200)
    assert recognise_targets(np.log(prices), np.arange(200), prices, classes=None).kind == "unknown"
