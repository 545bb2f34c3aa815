"""Fixtures for the reference: generated data once per session, real data where there is some."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reference import data, standin

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small stand-ins."""
    directory = tmp_path_factory.mktemp("standin")
    standin.write(directory, size="small")
    return directory


@pytest.fixture(scope="session")
def real_cache() -> Path:
    """Return the Keras cache with the real data sets, or skip."""
    directory = os.environ.get("GRADER_REAL_DATA")
    if not directory:
        pytest.skip("GRADER_REAL_DATA names no Keras cache")
    return Path(directory)


@pytest.fixture(autouse=True)
def _loaders_as_before() -> Iterator[None]:
    """Give Keras's loaders their downloader back, which ``data.use`` replaces, and the environment its values."""
    environment = dict(os.environ)
    modules = [importlib.import_module(f"keras.src.datasets.{name}") for name in data.LOADERS]
    before = [vars(module)["get_file"] for module in modules]
    yield
    for module, get_file in zip(modules, before, strict=True):
        vars(module)["get_file"] = get_file
    os.environ.clear()
    os.environ.update(environment)
