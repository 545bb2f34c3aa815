"""The environment variables a box starts with: an allow-list, so that no secret of the grader's goes in."""

from __future__ import annotations

import os

PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SYSTEMROOT",  # Windows can't start Python without it
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
)

FIXED = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONUNBUFFERED": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
}

# glibc hands large arrays back to the system as soon as they are freed, and every page of the next one has to be
# cleared again: half of the system's time in notebooks that make arrays of gigabytes. One arena, so that what
# NumPy frees in one thread is there for TensorFlow's others; nothing is given back, nothing mapped by itself.
# Measured by benchmarks/sandbox.py; results stay the same to the last bit.
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": str(64 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(64 << 30),
}


def environment() -> dict[str, str]:
    """Return the variables that are the same in every box."""
    return {**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **FIXED, **ALLOCATOR}
