"""The grading process's end of a warm parent: started, asked for boxes, replaced when it has died."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import BoxFailed
from grader.sandbox import bubblewrap
from grader.sandbox.environment import environment
from grader.sandbox.levels import Level, box_user

START_SECONDS = 120  # importing everything takes two to ten; a machine may be busy
MESSAGE = 1 << 16


class ParentLost(BoxFailed):
    """The parent process has died or can't be forked any more: another one may do."""


@dataclass(frozen=True, kw_only=True)
class LoaderCall:
    """A call of a data-set loader that is made once for all boxes."""

    loader: str
    arguments: dict[str, Any]


class WarmParent:
    """A process that boxes are forked from, at one isolation level and for one data folder."""

    def __init__(
        self, level: Level, *, session: Path, data: Path | None, warm: bool, preloaded: tuple[LoaderCall, ...] = ()
    ) -> None:
        self.warm = warm
        self.preloaded = preloaded
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        confined = level is Level.BUBBLEWRAP
        script = Path(bubblewrap.INSIDE_AT if confined else bubblewrap.INSIDE) / "parent.py"
        outer = bubblewrap.outer(session=session, data=data, user=box_user(level)) if confined else []
        command = [*outer, sys.executable, "-P", str(script), str(theirs.fileno()), "warm" if warm else "cold"]
        if preloaded and data is not None:
            command += [bubblewrap.DATA_AT if confined else str(data), json.dumps([asdict(call) for call in preloaded])]
        home = Path(bubblewrap.BASE_AT if confined else session) / "home"
        places = {"HOME": home, "KERAS_HOME": home / "keras", "MPLCONFIGDIR": "/tmp" if confined else home}  # noqa: S108
        variables = {**environment(), **{name: str(place) for name, place in places.items()}}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own script, our own interpreter
                command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=self._errors, env=variables, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            message = f"the warm parent can't be started: {error}"
            raise ParentLost(message) from error
        finally:
            theirs.close()
        self.missing = self._greeting()

    def _greeting(self) -> tuple[str, ...]:
        self._control.settimeout(START_SECONDS)
        try:
            said = self._control.recv(MESSAGE)
        except TimeoutError:
            said = b""
        self._control.settimeout(None)
        if not said:
            text = self.complaint()
            self.close()
            message = f"the warm parent did not start: {text or 'it said nothing'}"
            raise ParentLost(message)
        greeting = json.loads(said)
        if greeting["unsafe"]:
            self.close()
            message = f"the warm parent can't be forked: {greeting['unsafe']}"
            raise ParentLost(message)
        return tuple(greeting["missing"])

    @property
    def process(self) -> int:
        """The number of the process that was started."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ended(self, *, seconds: float) -> bool:
        """Return whether the process ends within some seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        return not self.alive

    def complaint(self) -> str:
        """Return the end of what it wrote to its standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 2000))
        return self._errors.read().decode(errors="replace").strip()

    def ask(self, request: dict[str, Any], channel: socket.socket) -> None:
        """Ask for a box; it answers on the other end of ``channel``. ParentLost when nobody listens."""
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], [channel.fileno()])
        except OSError as error:
            message = f"the warm parent has died: {self.complaint()}"
            raise ParentLost(message) from error

    def close(self) -> None:
        """End the process, and with it every box that is still open."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        self._process.kill()
        self._process.wait()
        self._errors.close()
