"""Try from inside what a box must not allow, and tell what was possible: how an isolation level is proved."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


def enter(job: dict[str, Any], places: dict[str, str], tell: Callable[[dict[str, Any]], None]) -> None:
    """Tell what can be done in here.

    The job: ``secret`` (a file of the grader's), ``port`` (where the grader listens on localhost), ``socket``
    (a unix socket of the grader's), ``process`` (the grader's own, as it numbers it).
    """
    tell(
        {
            "reads": _can(lambda: Path(job["secret"]).read_bytes()),
            "writes": _can(lambda: Path(job["secret"]).with_name("written").write_text("x", encoding="utf-8")),
            "lists": _can(lambda: list(Path(job["secret"]).parent.iterdir())),
            "stats": _can(lambda: Path(job["secret"]).stat()),
            "connects": _can(lambda: _connect(socket.AF_INET, ("127.0.0.1", job["port"]))),
            "reaches": _can(lambda: _connect(socket.AF_UNIX, job["socket"])),
            "signals": _can(lambda: _signal(job["process"])),
            "processes": _can(lambda: Path(f"/proc/{job['process']}/environ").read_bytes()),
            "works": _can(lambda: Path(places["work"], "written").write_text("x", encoding="utf-8")),
            "done": True,
        }
    )


def _can(attempt: Callable[[], object]) -> bool:
    with contextlib.suppress(OSError):
        attempt()
        return True
    return False


def _signal(process: int) -> None:
    """Signal 0 only asks whether a signal may be sent; in a process namespace of our own the number is nobody's."""
    os.kill(process, signal.SIG_DFL)


def _connect(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        line.connect(address)
