"""The folders of a box: where the student works, what comes in and what goes out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

PLACES = ("work", "out", "run", "home", "tmp")


def make_places(request: dict[str, Any]) -> dict[str, str]:
    """Make the folders of a box, fill the working folder with the student's files, return all by name."""
    base, inputs = Path(request["base"]), Path(request["inputs"])
    places = {name: str(base / name) for name in PLACES}
    for path in places.values():
        Path(path).mkdir(mode=0o700, exist_ok=True)
    if (inputs / "work").is_dir():
        # a link stays a link: where it leads is only looked at by code that is confined
        shutil.copytree(inputs / "work", places["work"], symlinks=True, dirs_exist_ok=True)
    return {**places, "inputs": str(inputs)}


def variables(places: dict[str, str]) -> dict[str, str]:
    """Return the environment variables that say where these folders are."""
    home = places["home"]
    return {
        "HOME": home,
        "USERPROFILE": home,
        "TMPDIR": places["tmp"],
        "TEMP": places["tmp"],
        "IPYTHONDIR": f"{home}/ipython",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "JUPYTER_RUNTIME_DIR": places["run"],
    }
