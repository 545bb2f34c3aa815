"""Temporary folders that don't outlive their process for long: the next one removes what a killed one left."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

NAME = re.compile(r"g-(\d+)-\w+")


def make() -> Path:
    """Return a new folder that only this user can look into; its short path leaves room for a socket's name."""
    _sweep()
    return Path(tempfile.mkdtemp(prefix=f"g-{os.getpid()}-"))


def remove(folder: Path) -> None:
    """Remove a folder, whatever was made in it: closed to its owner, or deeper than Python can follow."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwX", str(folder)], ["rm", "-rf", str(folder)]):
            with contextlib.suppress(OSError):
                subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - two of the system's own
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder and remove it at the end."""
    folder = make()
    try:
        yield folder
    finally:
        remove(folder)


@cache
def _sweep() -> None:
    """Remove the folders of our processes that are gone, once in a process."""
    for folder in Path(tempfile.gettempdir()).glob("g-*-*"):
        named = NAME.fullmatch(folder.name)
        if named and not psutil.pid_exists(int(named.group(1))) and _is_ours(folder):
            remove(folder)


def _is_ours(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    return False
