"""Run one of our own entries in a box of its own: the predictor and the raw data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.sandbox.harvest import harvest
from grader.sandbox.limits import Limits
from grader.sandbox.session import Fill, Sandbox

LIMITS = Limits(seconds=600, cpu_seconds=2400, memory_mib=8192, disk_mib=4096, processes=8, file_mib=4096)


def run_helper(
    sandbox: Sandbox, entry: str, fill: Fill, *, out: Path, seconds: float, data: Path | None = None
) -> Mapping[str, Any]:
    """Run ``inside/<entry>`` on the job that ``fill`` returns and copy what it writes to ``out``.

    BoxFailed when it fails or takes longer than ``seconds``; what it wrote until then is copied all the same.
    """
    with sandbox.box(entry, fill, limits=LIMITS, data=data) as box:
        try:
            return box.answer(seconds=seconds)
        finally:
            box.kill()
            harvest(box.out, out)
