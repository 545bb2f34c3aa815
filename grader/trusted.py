"""Read files that came out of a box: regular files only, size caps, no pickles, no symbolic links."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import CaptureInvalid

Array = np.ndarray[Any, Any]
ARRAY_CAP = 1 << 30  # bytes


def read_bytes(path: Path, *, cap: int) -> bytes:
    """Return a regular file's content; CaptureInvalid for anything else or when it is longer than ``cap`` bytes."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        message = f"{path.name}: can't be read ({error.strerror})"
        raise CaptureInvalid(message) from error
    try:
        _refuse(path, os.fstat(descriptor), cap)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(cap)
    finally:
        os.close(descriptor)


def _refuse(path: Path, facts: os.stat_result, cap: int) -> None:
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1:
        message = f"{path.name}: not a regular file of its own"
        raise CaptureInvalid(message)
    if facts.st_size > cap:
        message = f"{path.name}: {facts.st_size} bytes, at most {cap} are read"
        raise CaptureInvalid(message)


def read_array(path: Path, *, cap: int = ARRAY_CAP) -> Array:
    """Return the array of a ``.npy`` file whose header agrees with the bytes that are really there."""
    content = read_bytes(path, cap=cap)
    try:
        stream = io.BytesIO(content)
        np.lib.format.read_magic(stream)  # a header of a later version doesn't parse as one of version 1
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # NumPy's parser lets IndexError and others through
        message = f"{path.name}: not a .npy file ({error})"
        raise CaptureInvalid(message) from error
    return _checked(path, content[stream.tell() :], shape=shape, fortran=fortran, dtype=dtype)


def _checked(path: Path, body: bytes, *, shape: tuple[int, ...], fortran: bool, dtype: np.dtype[Any]) -> Array:
    count = 1
    for size in shape:
        count *= size  # Python integers: a lying header can't overflow
    numbers = dtype.kind in "biuf"  # no pickles, no records, nothing without a size
    if not numbers or count * dtype.itemsize != len(body) or min(shape, default=0) < 0:
        message = f"{path.name}: the header promises {shape} of {dtype}, the file holds {len(body)} bytes"
        raise CaptureInvalid(message)
    try:
        return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError) as error:  # no rows, each of more columns than NumPy can count
        message = f"{path.name}: no array has the shape {shape}"
        raise CaptureInvalid(message) from error
