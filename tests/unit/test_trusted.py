"""Claims about files that came out of a box: nothing in them can fool, block or crash the grading process."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import CaptureInvalid
from grader.trusted import read_array, read_bytes

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file types")


def npy(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=array.dtype == object)
    return stream.getvalue()


def headed(description: str, body: bytes = b"") -> bytes:
    """Return a .npy file of version 1.0 with a header of our own."""
    text = description.encode() + b" " * (-(len(description) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def later(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(2, 0))
    return stream.getvalue()


def header(shape: str, *, descr: str = "'<f4'", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint16", "bool", ">i4"])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (5,), (4, 3), (2, 3, 4)])
def test_an_array_of_numbers_reads_back_as_it_was(
    tmp_path: Path, shape: tuple[int, ...], dtype: str, order: Any
) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype, order=order)
    (tmp_path / "a.npy").write_bytes(npy(array))
    back = read_array(tmp_path / "a.npy")
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@POSIX
def test_a_symbolic_link_is_refused_even_to_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy(np.zeros(3)))
    (tmp_path / "link.npy").symlink_to(tmp_path / "a.npy")
    with pytest.raises(CaptureInvalid, match=r"link\.npy"):
        read_array(tmp_path / "link.npy")


@POSIX
def test_a_hard_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy(np.zeros(3)))
    os.link(tmp_path / "a.npy", tmp_path / "b.npy")
    with pytest.raises(CaptureInvalid, match="not a regular file"):
        read_array(tmp_path / "b.npy")


@POSIX
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npy")
    said: list[str] = []

    def read() -> None:
        try:
            read_array(tmp_path / "a.npy")
        except CaptureInvalid as error:
            said.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(5)
    assert said
    assert "not a regular file" in said[0]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npy").mkdir()
    with pytest.raises(CaptureInvalid):
        read_array(tmp_path / "a.npy")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureInvalid, match="can't be read"):
        read_array(tmp_path / "none.npy")


def test_a_file_over_the_cap_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(80 << 30)  # sparse on disk: takes no space
    with pytest.raises(CaptureInvalid, match="at most 1000"):
        read_bytes(tmp_path / "huge", cap=1000)


def test_a_pickled_array_is_refused_and_not_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    (tmp_path / "a.npy").write_bytes(npy(np.array([Trap(), 1], dtype=object)))
    with pytest.raises(CaptureInvalid):
        read_array(tmp_path / "a.npy")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "content",
    [
        headed(header("(10000000, 1000)"), b"\0" * 100),  # promises 40 GB
        headed(header("(20000000000,)")),
        headed(header("(4611686018427387904, 4)")),  # the product overflows 64 bits to 0
        headed(header("(-1, -25)"), b"\0" * 100),
        headed(header("(0, -1)")),
        headed(header("(0, 10000000000000000000000000000000)")),
        headed(header("(5,)", descr="'|S0'")),
        headed(header("(5,)", descr="'|V0'")),
        headed(header("(2,)", descr="'|O'"), b"\0" * 16),
        headed(header("(2,)", descr="[('a', '|O')]"), b"\0" * 16),
        headed(header("(2,)", descr="()")),
        headed(header("(2,)", descr="(1, 2, 3)")),
        headed(header("(2,)", descr="'no such type'")),
        headed(header("(2.5,)")),
        headed(header("None")),
        headed("[" * 5000),
        headed("{'descr': '<f4'}"),
        headed("__import__('os')"),
        later(np.arange(10.0)),
        npy(np.arange(10.0))[:-1],
        npy(np.arange(10.0)) + b"x",
        npy(np.arange(10.0))[:40],
        b"\x93NUMPY\x02\x00" + b"\0" * 60,
        b"\x93NUMPY\x01\x00\xff\xff",
        b"\x93NUMPY",
        b"PK\x03\x04",
        b"",
    ],
)  # fmt: skip
def test_a_file_whose_header_lies_or_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(CaptureInvalid, match=r"a\.npy"):
        read_array(tmp_path / "a.npy")


LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["<f4", "|O", "|S0", "<U3", ">i8"]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.tuples() | st.tuples(inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=80) | st.binary(max_size=40).map(lambda tail: b"\x93NUMPY\x01\x00" + tail))
def test_any_bytes_are_an_array_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    try:
        array = read_array(tmp_path / "a.npy")
    except CaptureInvalid:
        return
    assert array.nbytes <= len(content)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    descr=LITERALS,
    order=LITERALS | st.booleans(),
    shape=LITERALS | st.tuples(st.integers(-3, 9)),
    body=st.binary(max_size=40),
)
def test_any_header_is_an_array_or_refused(tmp_path: Path, descr: Any, order: Any, shape: Any, body: bytes) -> None:
    content = headed(header(repr(shape), descr=repr(descr), order=repr(order)), body)
    (tmp_path / "a.npy").write_bytes(content)
    try:
        array = read_array(tmp_path / "a.npy")
    except CaptureInvalid:
        return
    assert array.nbytes == len(body)
