"""One box: opened for one piece of work, watched, killed, and read afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from grader.errors import BoxFailed
from grader.sandbox import bubblewrap, processes
from grader.sandbox.environment import environment
from grader.sandbox.levels import Level, box_user
from grader.sandbox.limits import MIB, Limits
from grader.sandbox.parent import ParentLost, WarmParent
from grader.sandbox.processes import Usage
from grader.scratch import remove

MESSAGE = 1 << 16
DESCRIPTORS = 6
OPEN_SECONDS = 60
LOST_SECONDS = 0.3  # a box that goes with its parent may be seen to end a moment earlier


class Box(ABC):
    """A place to run one entry in; ``inputs`` is filled by the caller before it is started.

    ``out`` and ``run`` are its folders as the grading process reaches them; they can be read until the box
    is closed, also after it was killed.
    """

    level: Level
    base: str  # its folder as seen from within
    inputs_at: str  # the folder of inputs as seen from within
    data_at: str | None  # the data folder as seen from within
    out: Path
    run: Path
    notice: str = ""  # what a reader of the result should know about how it was opened

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.inputs = folder / "in"
        self.inputs.mkdir(parents=True)
        folder.chmod(0o755)  # whoever root becomes in there must be able to read it

    @abstractmethod
    def start(self, entry: str, job: Mapping[str, Any]) -> None:
        """Start the process; BoxFailed when it can't be."""

    @abstractmethod
    def answer(self, *, seconds: float) -> dict[str, Any]:
        """Return what the entry tells next; BoxFailed when it fails, ends or says nothing in time."""

    @abstractmethod
    def alive(self) -> bool:
        """Whether its process still runs."""

    @abstractmethod
    def usage(self) -> Usage:
        """Return what its processes use now."""

    def disk(self) -> tuple[float, float]:
        """Return the share of its space and of its file count that is used, 0..1 each."""
        return 0.0, 0.0

    @abstractmethod
    def kill(self) -> None:
        """End every process in it; BoxFailed when one can't be ended."""

    def lost(self) -> bool:
        """Whether it ended because of the grader's own trouble."""
        return False

    def close(self) -> None:
        """Kill it and remove whatever is left of it."""
        try:
            self.kill()
        finally:
            remove(self._folder)

    def _write_job(self, job: Mapping[str, Any]) -> None:
        (self.inputs / "job.json").write_text(json.dumps(job), encoding="utf-8")

    @staticmethod
    def _checked(answer: dict[str, Any]) -> dict[str, Any]:
        if "error" in answer:
            raise BoxFailed(answer["error"])
        return answer


class ForkedBox(Box):
    """A box whose process is a fork of a warm parent (Linux)."""

    def __init__(
        self, folder: Path, parent: WarmParent, *, level: Level, limits: Limits, data: Path | None, reference: bool
    ) -> None:
        super().__init__(folder)
        self.level = level
        self._parent, self._limits, self._reference = parent, limits, reference
        self._joined = level is Level.BUBBLEWRAP
        self._at = f"{bubblewrap.SESSION_AT}/{folder.name}" if self._joined else str(folder)
        self.base = bubblewrap.BASE_AT if self._joined else f"{folder}/box"
        self.inputs_at = bubblewrap.INPUTS_AT if self._joined else str(self.inputs)
        self.data_at = None if data is None else bubblewrap.DATA_AT if self._joined else str(data)
        self._opened: list[int] = []
        self._channel: socket.socket | None = None

    def start(self, entry: str, job: Mapping[str, Any]) -> None:
        """Ask the parent for a fork; ParentLost when another parent may succeed."""
        self._write_job(job)
        if not self._joined:
            Path(self.base).mkdir(mode=0o755)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._parent.ask(self._request(entry), theirs)
        self._channel.settimeout(OPEN_SECONDS)
        try:
            message, self._opened, _, _ = socket.recv_fds(self._channel, MESSAGE, DESCRIPTORS)
        except TimeoutError:
            message = b""
        if not message:
            text = "the warm parent did not open a box"
            raise ParentLost(text)
        if why := json.loads(message).get("error"):
            raise ParentLost(why)
        self._process, self._init, out, run, *_ = self._opened
        self.out, self.run = (Path(f"/proc/self/fd/{folder}") for folder in (out, run))

    def _request(self, entry: str) -> dict[str, Any]:
        namespaces = None
        if self._joined:
            namespaces = bubblewrap.inner(
                inputs=f"{self._at}/in", data=self.data_at is not None, reference=self._reference,
                disk_mib=self._limits.disk_mib,
            )  # fmt: skip
        confined = self.level is not Level.NONE
        return {
            "entry": entry,
            "level": str(self.level),
            "namespaces": namespaces,
            "base": self.base,
            "inputs": self.inputs_at,
            "user": None if self._joined else box_user(self.level),
            "limits": self._limits.resources(own_users=self._joined),
            "seccomp": {"network": self._joined} if confined else None,
            "landlock": self._rules() if self.level is Level.LANDLOCK else None,
            "unseen": [str(bubblewrap.PACKAGE / "rubric.py")] if confined else [],
        }

    def _rules(self) -> dict[str, list[str]]:
        """Return what may be read and written besides the box's own folders, where there is no other file system."""
        readable = [*bubblewrap.SYSTEM, *bubblewrap.SETTINGS, *bubblewrap.python_folders(), "/proc", "/dev"]
        return {
            "read": [*readable, str(bubblewrap.INSIDE), *([self.data_at] if self.data_at else [])],
            "write": ["/dev/null", "/dev/zero"],  # not shared memory: here it is everybody's
        }

    def answer(self, *, seconds: float) -> dict[str, Any]:
        """Return the entry's next message."""
        assert self._channel is not None  # noqa: S101 - started
        self._channel.settimeout(seconds)
        try:
            message = self._channel.recv(MESSAGE)
        except TimeoutError as error:
            text = f"it did not answer within {seconds:g} seconds"
            raise BoxFailed(text) from error
        except OSError:
            message = b""
        if not message:
            text = "its process ended without an answer"
            raise (ParentLost if self.lost() else BoxFailed)(text)
        return self._checked(json.loads(message))

    def alive(self) -> bool:
        """Whether the process that runs the entry is still there."""
        return bool(self._opened) and not processes.ended(self._process)

    def lost(self) -> bool:
        """Whether the warm parent has died: it takes its boxes along."""
        return self._parent.ended(seconds=LOST_SECONDS)

    def usage(self) -> Usage:
        """Return what all processes of the box use now; the ones that only hold it up are not counted."""
        roots = [processes.number(self._process), processes.number(self._init)]
        found = processes.family(roots) - {roots[1]}
        holders = 1 if self._joined else 0
        most = self._limits.processes + holders
        used = processes.usage(found, limit_mib=self._limits.memory_mib, most=most)
        ended = processes.cpu_seconds(roots[1])  # orphans that have ended are on the account of who waited for them
        return Usage(
            memory_mib=used.memory_mib,
            cpu_seconds=used.cpu_seconds + ended,
            processes=max(0, used.processes - holders),
        )

    def disk(self) -> tuple[float, float]:
        """Return how full the fullest place that can be written to is, and the share of files."""
        if not self._joined:
            space, files = _walked(Path(self.base), self._limits)
            nameless = processes.nameless_bytes(processes.family([processes.number(self._process)]))
            return space + nameless / (self._limits.disk_mib * MIB), files
        spaces = [os.fstatvfs(descriptor) for descriptor in (self._opened[2], *self._opened[4:])]
        full = max(1 - space.f_bavail / max(1, space.f_blocks) for space in spaces)
        files = sum(space.f_files - space.f_ffree for space in spaces)
        return full, files / self._limits.files

    def kill(self) -> None:
        """End every process of the box: the first one of its namespace takes all others along."""
        if not self._opened:
            return
        gone = processes.end(self._init) if self._joined else processes.end_family(self._init)
        if not gone:
            text = "a process of the box could not be ended"
            raise BoxFailed(text)

    def close(self) -> None:
        """Kill it, give its descriptors back and remove its folder."""
        try:
            super().close()
        finally:
            for descriptor in self._opened:
                os.close(descriptor)
            self._opened = []
            if self._channel is not None:
                self._channel.close()


class LoneBox(Box):
    """A box whose process starts from nothing and is not confined: where processes can't be forked."""

    def __init__(self, folder: Path, *, limits: Limits, data: Path | None) -> None:
        super().__init__(folder)
        self.level = Level.NONE
        self._limits = limits
        self.base, self.inputs_at = str(folder / "box"), str(self.inputs)
        self.data_at = None if data is None else str(data)
        self.out, self.run = folder / "box" / "out", folder / "box" / "run"
        self._process: psutil.Popen | None = None

    def start(self, entry: str, job: Mapping[str, Any]) -> None:
        """Start a new Python."""
        self._write_job(job)
        Path(self.base).mkdir()
        request = {"entry": entry, "base": self.base, "inputs": self.inputs_at}
        path = self._folder / "request.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        command = [sys.executable, "-P", str(bubblewrap.INSIDE / "alone.py"), str(path)]
        home = Path(self.base) / "home"
        variables = {"HOME": home, "USERPROFILE": home, "MPLCONFIGDIR": home, "KERAS_HOME": home / "keras"}
        self._process = psutil.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**environment(), **{name: str(place) for name, place in variables.items()}},
        )  # fmt: skip

    def answer(self, *, seconds: float) -> dict[str, Any]:
        """Return the entry's next line."""
        assert self._process is not None  # noqa: S101 - started
        line = _line(self._process.stdout, self._process, seconds)
        if not line:
            self.kill()
            text = f"its process ended, or said nothing in {seconds:g} seconds"
            raise BoxFailed(text)
        return self._checked(json.loads(line))

    def alive(self) -> bool:
        """Whether its process still runs."""
        return self._process is not None and self._process.poll() is None

    def _family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            return [self._process, *self._process.children(recursive=True)] if self._process is not None else []
        return []

    def usage(self) -> Usage:
        """Return what the process and its descendants use now."""
        memory = cpu = 0.0
        found = self._family()
        for process in found:
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss / MIB
                cpu += sum(process.cpu_times()[:4])
        return Usage(memory_mib=memory, cpu_seconds=cpu, processes=len(found))

    def disk(self) -> tuple[float, float]:
        """Return how full its folder is, and the share of files."""
        return _walked(Path(self.base), self._limits)

    def kill(self) -> None:
        """End the process and all it started; one that has detached itself is not found."""
        for process in reversed(self._family()):
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._process is not None:
            self._process.wait()


def _line(stream: IO[bytes], process: psutil.Popen, seconds: float) -> bytes:
    """Return the next line; a process that takes too long is ended, and then there is none."""
    import threading

    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        return stream.readline()
    finally:
        timer.cancel()


def _walked(folder: Path, limits: Limits) -> tuple[float, float]:
    """Return the shares of space and files used in an ordinary folder, by looking at each file."""
    size = count = 0
    waiting = [str(folder)]
    while waiting and count <= limits.files:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return size / (limits.disk_mib * MIB), count / limits.files
