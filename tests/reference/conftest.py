"""Fixtures for the reference: generated data once per session, real data where there is some."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reference import standin


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
