"""Claims about stored arrays: once each, sparse where sparse, views as rows, changes noticed, read without trust."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import CaptureInvalid
from grader.inside import tensors as inside
from grader.inside.tensors import Tensors, row_sums
from grader.tensors import Tensor

Array = np.ndarray[Any, Any]
Json = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Tensors:
    return Tensors(tmp_path)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat arrays from 4 KiB on as large ones, so that tests needn't make large ones."""
    monkeypatch.setattr(inside, "SPARSE_FROM_BYTES", 4096)
    monkeypatch.setattr(inside, "CHUNK_BYTES", 1024)


def back(folder: Path, note: Json | None) -> Array:
    """Return what a note leads to, as the grading process reads it."""
    assert note is not None
    stored = Tensor(folder, note["id"], note["kind"], tuple(note["shape"]), note["dtype"])
    whole = stored.values() if note["kind"] in {"dense", "levels"} else _dense(stored)
    return whole[slice(*note["rows"])]


def _dense(stored: Tensor) -> Array:
    parts = stored.sparse()
    assert parts is not None
    grid = np.zeros(stored.shape, stored.dtype)
    rows = np.repeat(np.arange(len(grid)), np.diff(parts["starts"].astype(np.int64)))
    grid[rows, parts["columns"]] = parts.get("values", 1)
    return grid


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def sparse_grid(rows: int = 100, width: int = 200, dtype: Any = np.float32) -> Array:
    grid = np.zeros((rows, width), dtype)
    random = np.random.default_rng(0)
    for row in range(rows):
        grid[row, random.choice(width, 8, replace=False)] = 1
    return grid


# --- what is stored -----------------------------------------------------------------------------

KINDS = ["float32", "float64", "int64", "int32", "uint8", "bool", "float16"]


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", KINDS)
def test_a_sparse_table_comes_back_as_it_was(tmp_path: Path, store: Tensors, dtype: str, order: Any) -> None:
    grid = np.asarray(sparse_grid(dtype=dtype), order=order)
    note = store.note(grid)
    assert note is not None
    assert note["kind"] == "sparse"
    np.testing.assert_array_equal(back(tmp_path, note), grid)
    assert len(files(tmp_path)) == 2  # columns and row starts; all values are 1


@pytest.mark.usefixtures("small_limit")
def test_values_other_than_one_are_kept(tmp_path: Path, store: Tensors) -> None:
    grid = sparse_grid() * np.linspace(0.5, 3, 200, dtype=np.float32)
    np.testing.assert_array_equal(back(tmp_path, store.note(grid)), grid)


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(50, 40), (2000,), (20, 10, 10), (1, 5000)])
def test_a_dense_array_comes_back_as_it_was(tmp_path: Path, store: Tensors, shape: tuple[int, ...], order: Any) -> None:
    array = np.asarray(np.random.default_rng(0).normal(size=shape), order=order)
    np.testing.assert_array_equal(back(tmp_path, store.note(array)), array)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_rows_of_a_view_come_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("t")
    base = np.arange(60, dtype=data.draw(st.sampled_from([np.float32, np.int16]))).reshape(20, 3).copy()
    for _ in range(data.draw(st.integers(0, 3))):
        base = base[data.draw(st.slices(len(base)))] if len(base) else base
    np.testing.assert_array_equal(back(folder, Tensors(folder).note(base)), base)


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(
    "rows", [slice(40, None), slice(None, 40), slice(10, 60, 3), slice(7, 8), slice(None)], ids=str
)
@pytest.mark.parametrize(
    "grid", [sparse_grid(), np.random.default_rng(0).normal(size=(100, 20)), np.arange(4000.0)], ids=str
)
def test_a_view_is_noted_as_rows_of_its_base_which_is_stored_once(
    tmp_path: Path, store: Tensors, grid: Array, rows: slice
) -> None:
    whole, view = store.note(grid), store.note(grid[rows])
    stored = files(tmp_path)
    assert whole is not None
    assert view is not None
    assert view["id"] == whole["id"]
    assert range(*view["rows"]) == range(*rows.indices(len(grid)))[::1]
    again = store.note(grid[rows])
    assert again == view
    assert files(tmp_path) == stored


@pytest.mark.usefixtures("small_limit")
def test_a_slice_of_a_slice_is_rows_of_the_first_array(tmp_path: Path, store: Tensors) -> None:
    base = sparse_grid()
    note = store.note(base[20:][10:50][::2])
    assert note is not None
    assert note["shape"] == [100, 200]
    assert range(*note["rows"]) == range(30, 70, 2)
    np.testing.assert_array_equal(back(tmp_path, note), base[30:70:2])


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[::-1],
        lambda x: x[:, 5:],
        lambda x: x.T,
        lambda x: x[[5, 3, 9]],
        lambda x: x[x[:, 0] == 0],
        lambda x: x[:, ::-1],
    ],
)
def test_what_is_no_run_of_whole_rows_is_an_array_of_its_own(tmp_path: Path, store: Tensors, change: Any) -> None:
    array = change(sparse_grid())
    np.testing.assert_array_equal(back(tmp_path, store.note(array)), array)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda a: a.tolist(), id="list"),
        pytest.param(pd.DataFrame, id="DataFrame"),
        pytest.param(lambda a: pd.Series(a[:, 0]), id="Series"),
        pytest.param(lambda a: list(a)[:1], id="list-of-one-array"),
        pytest.param(lambda a: (a[:, 0], a[:, 1])[0], id="column"),
    ],
)
def test_what_holds_an_array_is_stored_as_that_array(tmp_path: Path, store: Tensors, make: Any) -> None:
    array = np.random.default_rng(0).normal(size=(20, 3))
    value = make(array)
    expected = np.asarray(value[0] if isinstance(value, list) and isinstance(value[0], np.ndarray) else value)
    np.testing.assert_array_equal(back(tmp_path, store.note(value)), expected)


def test_generators_are_not_consumed_and_nothing_is_stored(tmp_path: Path, store: Tensors) -> None:
    def batches() -> Iterator[Array]:
        yield np.zeros(3)

    stream = batches()
    note = store.note(stream)
    assert note is not None
    assert note["kind"] == "stream"
    assert len(list(stream)) == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize("value", [[[1], [1, 2]], ["a", "b"], np.array([{}]), {"a": 1}, 3.5, np.array("a")], ids=str)
def test_what_is_no_table_of_numbers_is_noted_and_not_stored(tmp_path: Path, store: Tensors, value: object) -> None:
    note = store.note(value)
    assert note is not None
    assert note["kind"] in {"other", "stream"}
    assert files(tmp_path) == []


def test_nothing_given_is_nothing_noted(store: Tensors) -> None:
    assert store.note(None) is None


def test_equal_content_is_stored_once(tmp_path: Path, store: Tensors) -> None:
    first, second = store.note(np.arange(9.0)), store.note(np.arange(9.0))
    assert first == second
    assert len(files(tmp_path)) == 1


def test_the_same_bytes_of_another_shape_or_type_are_another_array(store: Tensors) -> None:
    array = np.arange(12, dtype=np.int64)
    notes = [store.note(array), store.note(array.reshape(3, 4).copy()), store.note(array.view(np.float64).copy())]
    assert len({note["id"] for note in notes if note}) == 3


def test_an_array_over_the_cap_is_kept_as_its_shape(
    tmp_path: Path, store: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "DENSE_CAP_BYTES", 1000)
    note = store.note(np.random.default_rng(0).normal(size=(200, 3)))
    assert note is not None
    assert (note["kind"], note["shape"]) == ("too_large", [200, 3])
    assert files(tmp_path) == []


# --- changes in place ---------------------------------------------------------------------------


def _scale(x: Array) -> None:
    x *= 2


def _one_value(x: Array) -> None:
    x[-1, 3] = 77


def _shuffle_rows(x: Array) -> None:
    np.random.default_rng(0).shuffle(x)


def _swap_columns(x: Array) -> None:
    x[:, [0, 8]] = x[:, [8, 0]]


def _move_ones(x: Array) -> None:
    x[:] = np.roll(x, 2, axis=1)


@pytest.mark.parametrize("change", [_scale, _one_value, _shuffle_rows, _swap_columns, _move_ones])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("limit", [1, 1 << 30], ids=["large", "small"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_changed_in_place_is_stored_anew(  # noqa: PLR0917
    tmp_path: Path, store: Tensors, monkeypatch: pytest.MonkeyPatch, change: Any, dtype: Any, limit: int, order: Any
) -> None:
    monkeypatch.setattr(inside, "SPARSE_FROM_BYTES", limit)
    array = np.asarray(np.random.default_rng(1).integers(0, 2, (60, 37)), dtype, order=order)
    before, was = store.note(array), array.copy()
    change(array)
    after = store.note(array)
    np.testing.assert_array_equal(back(tmp_path, before), was)
    np.testing.assert_array_equal(back(tmp_path, after), array)


def test_a_base_over_four_mebibytes_changed_between_two_views_of_it_is_noticed(tmp_path: Path, store: Tensors) -> None:
    base = np.zeros((1200, 1000), np.float32)
    base[:, ::50] = 1
    first = store.note(base[200:])
    base[200:] *= 3
    second = store.note(base[200:])
    untouched = store.note(base[:200])
    np.testing.assert_array_equal(back(tmp_path, second), base[200:])
    np.testing.assert_array_equal(back(tmp_path, first), base[200:] / 3)
    assert untouched is not None
    assert first is not None
    assert untouched["id"] == first["id"]


@pytest.mark.usefixtures("small_limit")
def test_an_array_at_the_address_of_one_deleted_is_stored_for_itself(tmp_path: Path, store: Tensors) -> None:
    for value in range(5):
        array = np.full((50, 40), float(value))
        np.testing.assert_array_equal(back(tmp_path, store.note(array[10:])), array[10:])
        del array


@pytest.mark.usefixtures("small_limit")
def test_over_budget_an_array_seen_before_is_trusted_to_be_unchanged(store: Tensors) -> None:
    array = sparse_grid()
    before = store.note(array)
    array *= 2
    assert store.note(array, check=False) == before


@pytest.mark.usefixtures("small_limit")
def test_over_budget_another_array_at_the_same_address_is_not_trusted(tmp_path: Path, store: Tensors) -> None:
    memory = bytearray(100 * 200 * 4)
    first = np.ndarray((100, 200), np.float32, memory)
    store.note(first)
    del first
    second = np.ndarray((100, 200), np.float32, memory)
    second += 3
    np.testing.assert_array_equal(back(tmp_path, store.note(second, check=False)), second)


def test_a_disk_that_was_full_once_leaves_no_half_file_behind(
    tmp_path: Path, store: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    array, save = np.arange(1000.0), np.save

    def full(path: Any, *_: Any, **__: Any) -> None:
        Path(path).write_bytes(b"\x93NUMPY half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space"):
        store.note(array)
    monkeypatch.setattr(np, "save", save)
    np.testing.assert_array_equal(back(tmp_path, store.note(array)), array)


@given(st.permutations(range(6)))
def test_row_sums_tell_any_order_of_rows_and_columns_apart(order: list[int]) -> None:
    grid = np.arange(36.0).reshape(6, 6)
    moved = order != list(range(6))
    assert np.array_equal(row_sums(grid), row_sums(grid[order])) is not moved
    assert np.array_equal(row_sums(grid), row_sums(grid[:, order])) is not moved


# --- reading without trust ----------------------------------------------------------------------

NAME = "0" * 32


def write(folder: Path, **parts: Array) -> None:
    for name, values in parts.items():
        np.save(folder / f"{NAME}.{name}.npy", values)


GOOD = {
    "columns": np.array([0, 2, 1], np.uint16),
    "starts": np.array([0, 2, 2, 3], np.int64),
    "values": np.array([1.0, 2.0, 3.0]),
}


def test_sparse_parts_that_agree_are_read(tmp_path: Path) -> None:
    write(tmp_path, **GOOD)
    stored = Tensor(tmp_path, NAME, "sparse", (3, 3), "float64")
    np.testing.assert_array_equal(_dense(stored), [[1, 0, 2], [0, 0, 0], [0, 3, 0]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": np.array([0, 2, 9], np.uint16)},
        {"columns": np.array([0, 2, -1], np.int32)},
        {"columns": np.array([[0, 2, 1]], np.uint16)},
        {"columns": np.array([0, 2], np.uint16)},
        {"starts": np.array([0, 2, 3], np.int64)},
        {"starts": np.array([1, 2, 2, 3], np.int64)},
        {"starts": np.array([0, 3, 2, 3], np.int64)},
        {"starts": np.array([0, 2, 2, 1 << 40], np.int64)},
        {"starts": np.array([0.0, 2, 2, 3])},
        {"starts": np.array([[0, 2, 2, 3]] * 4, np.int64)},
        {"starts": np.array(0, np.int64)},
        {"values": np.array([1.0])},
        {"values": np.array([["a"] * 3])},
    ],
    ids=str,
)
def test_sparse_parts_that_contradict_each_other_are_refused(tmp_path: Path, wrong: dict[str, Array]) -> None:
    write(tmp_path, **{**GOOD, **wrong})
    with pytest.raises(CaptureInvalid):
        Tensor(tmp_path, NAME, "sparse", (3, 3), "float64").sparse()


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1 << 40, 1 << 40)])
def test_values_of_another_shape_than_noted_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    write(tmp_path, values=np.zeros(3))
    with pytest.raises(CaptureInvalid, match="shape"):
        Tensor(tmp_path, NAME, "dense", shape, "float64").values()


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_an_array_whose_files_are_gone_is_refused(tmp_path: Path, kind: str) -> None:
    stored = Tensor(tmp_path, NAME, kind, (3, 3), "float64")
    with pytest.raises(CaptureInvalid):
        stored.values() if kind == "dense" else stored.sparse()


# --- few different values -----------------------------------------------------------------------


@pytest.mark.usefixtures("small_limit")
@settings(max_examples=40, deadline=None)
@given(
    scale=st.sampled_from([1 / 255, 2 / 255, 1.0, 0.01234]), shift=st.sampled_from([0.0, -1.0, -0.81, 3.5]),
    dtype=st.sampled_from(["float32", "float64", "float16"]),
    shape=st.sampled_from([(70, 8, 8), (70, 64), (70, 8, 8, 1)]),
)  # fmt: skip
def test_scaled_images_are_stored_a_byte_a_pixel_and_come_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, scale: float, shift: float, dtype: str, shape: tuple[int, ...]
) -> None:
    folder = tmp_path_factory.mktemp("levels")
    pixels = np.random.default_rng(0).integers(0, 256, shape)
    pixels.flat[:256] = np.arange(256)
    images = (pixels * scale + shift).astype(dtype)
    note = Tensors(folder).note(images)
    np.testing.assert_array_equal(back(folder, note), images)
    if dtype != "float16":  # neighbouring levels may be one number there
        assert note is not None
        assert note["kind"] == "levels"
        assert (folder / f"{note['id']}.codes.npy").stat().st_size < pixels.size + 200


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(
    "change", ["one pixel between two levels", "a level too many", "not a number", "below the rest"]
)
def test_an_array_that_is_not_of_even_levels_is_stored_as_it_is(store: Tensors, tmp_path: Path, change: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (70, 64)) / 255
    images[0] = np.arange(64) / 255
    images[69, 63] = {
        "one pixel between two levels": 0.5 / 255, "a level too many": 256 / 255,
        "not a number": np.nan, "below the rest": -3 / 255,
    }[change]  # fmt: skip
    note = store.note(images)
    assert note is not None
    assert note["kind"] == "dense"
    np.testing.assert_array_equal(back(tmp_path, note), images)


def test_levels_that_contradict_the_noted_shape_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.codes.npy", np.zeros((5, 4), np.uint8))
    np.save(tmp_path / "a.levels.npy", np.zeros(256))
    with pytest.raises(CaptureInvalid, match="contradict"):
        Tensor(tmp_path, "a", "levels", (6, 4), "float64").values()
