"""The environment variables a box starts with: an allow-list, so that no secret of the grader's goes in."""

from __future__ import annotations

import os
from pathlib import Path

PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SYSTEMROOT",  # Windows can't start Python without it
    "PYTHONDONTWRITEBYTECODE",
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


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a box whose home folder is ``home``."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "TMPDIR": home / "tmp",
        "TEMP": home / "tmp",
        "IPYTHONDIR": home / "ipython",
        "MPLCONFIGDIR": home / "matplotlib",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {**kept, **FIXED, **{name: str(folder) for name, folder in folders.items()}}
