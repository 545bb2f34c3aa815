"""Run one of our own scripts in a box of its own, with a job file and a time limit: predictor and raw data."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.errors import BoxFailed
from grader.sandbox.environment import environment
from grader.sandbox.provisioner import INSIDE

STDERR_KEPT = 2000  # characters, logged for us: it may hold test inputs and is never shown to students
log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # heard only where someone asks for it


def run_helper(script: str, job: dict[str, Any], *, seconds: float) -> None:
    """Run ``inside/<script>`` on a job; BoxFailed when it fails or takes longer than ``seconds``."""
    with tempfile.TemporaryDirectory(prefix="g-") as folder:
        runtime = Path(folder)
        path = runtime / "job.json"
        path.write_text(json.dumps({**job, "home": str(runtime / "keras")}), encoding="utf-8")
        command = [sys.executable, "-P", str(INSIDE / script), str(path)]
        try:
            done = subprocess.run(  # noqa: S603 - our own script, our own interpreter
                command, check=False, capture_output=True, timeout=seconds, cwd=runtime,
                env=environment(runtime / "home"),
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            message = f"{script} took longer than {seconds:g} seconds"
            raise BoxFailed(message) from error
    if done.returncode:
        log.warning("%s: %s", script, done.stderr.decode(errors="replace").strip()[-STDERR_KEPT:])
        message = f"{script} ended with status {done.returncode}"
        raise BoxFailed(message)
