"""What a box can be opened for: a kernel, a predictor, raw data, a probe; each is a module with ``enter``."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any


def run(entry: str, places: dict[str, str], channel: int, package: str) -> None:
    """Run an entry on its job (``job.json`` among the inputs); it says over the channel when it is ready or done."""
    job = json.loads((Path(places["inputs"]) / "job.json").read_text(encoding="utf-8"))
    module = importlib.import_module(f"{package}.{entry}")
    module.enter(job, places, lambda answer: tell(channel, answer))


def tell(channel: int, answer: dict[str, Any]) -> None:
    """Send one JSON message to the grading process; after ``last`` the channel is closed, before student code runs."""
    os.write(channel, json.dumps(answer).encode() + b"\n")
    if answer.get("last"):
        os.close(channel)
