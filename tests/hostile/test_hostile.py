"""Every attack in this folder, for real, at every level this machine has: contained, told truly, and without trace.

An attack is a student's file, ``<family>/<name>.py`` or ``.ipynb``, with its promise in ``<family>/attacks.toml``.
All of one level follow each other in one sandbox, and after each an honest submission must earn what it deserves.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self

import psutil
import pytest
from pydantic import Field

from grader import assignment as assignments
from grader import intake, pipeline
from grader.checks import CHECKS
from grader.data import DataFolder, open_folder
from grader.intake.uploads import student_name
from grader.records import Evidence, Exit, Record, Result, Submission, Verdict
from grader.report import render_page
from grader.sandbox import helper, processes
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.sandbox.probing import offer
from grader.sandbox.session import Sandbox
from grader.store import keep

pytestmark = pytest.mark.hostile

HERE = Path(__file__).parent
TEMPORARY = tempfile.gettempdir()  # before any arena changes it
CONFINED = (Level.BUBBLEWRAP, Level.LANDLOCK)
TASK = "california-housing"
SMALL = {
    "seconds": 40, "cell_seconds": 20, "cpu_seconds": 60, "output_mib": 8, "memory_mib": 2500, "processes": 24,
    "file_mib": 64, "disk_mib": 128, "files": 2000,
}  # fmt: skip
HELPER = Limits(seconds=60, cpu_seconds=120, memory_mib=1500, disk_mib=256, processes=8, file_mib=256)
PREDICTOR_SECONDS = 20
SETTLE_SECONDS = 5.0  # after a box is closed: what was killed must also be waited for
HONEST = {"runs", "inputs", "targets", "hidden", "output", "loss", "no-leakage"}  # what the witness earns in full


class Promise(Record):
    """What is promised of one attack."""

    attacks: str = Field(description="One sentence: what it tries, and what the attacker hopes for.")
    exits: tuple[Exit, ...] = Field(default=(Exit.OK,), description="How its run may end.")
    says: tuple[str, ...] = Field(default=(), description="Words in what the student is told: all of them.")
    earns_at_most: dict[str, float] = Field(default_factory=dict, description="Points by criterion; 'points': in all.")
    skipped: bool = Field(default=False, description="No evidence is left: all criteria are skipped, nothing earned.")
    may_withhold: bool = Field(default=False, description="That somebody has to look is an answer, too.")
    levels: tuple[Level, ...] = Field(default=CONFINED, description="Where it is contained.")
    limits: dict[str, float] = Field(default_factory=dict, description="Over those of all attacks.")
    grader_mib: int = Field(default=400, description="Memory the grading process may take for it.")
    seconds: int = Field(default=60, description="Within which it is run and judged.")
    unconfined: bool = Field(default=False, description="Harmless enough to be let through, to see it noticed.")
    holes: dict[Level, str] = Field(default_factory=dict, description="Levels it gets through at, and why.")


class Attack(Record):
    """One file with its promise."""

    family: str
    file: Path
    promise: Promise

    @property
    def name(self) -> str:
        """Family and name."""
        return f"{self.family}/{self.file.stem}"


def attacks() -> list[Attack]:
    """Return all attacks; a file without a promise, or a promise without a file, is an error."""
    found = []
    for promises in sorted(HERE.glob("*/attacks.toml")):
        folder = promises.parent
        files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in {".py", ".ipynb"}}
        told = tomllib.loads(promises.read_text(encoding="utf-8"))
        assert set(files) == set(told), f"{folder.name}: {sorted(set(files) ^ set(told))} have no file or no promise"
        found += [Attack(family=folder.name, file=files[name], promise=Promise(**told[name])) for name in sorted(told)]
    return found


# --- the grader's side: what an attacker would like to reach ---------------------------------------------------


class Bait:
    """Files, sockets and secrets that nobody in a box may touch, with a memory of how they were."""

    def __init__(self, base: Path) -> None:
        self.secret = secrets.token_hex(16)
        self._folder = base / "canaries"
        for place in ("home/.ssh", "neighbour/out", "open"):
            (self._folder / place).mkdir(parents=True)
        for name in ("secret.txt", "home/.ssh/id_rsa", "neighbour/submission.py", "neighbour/out/result.json"):
            (self._folder / name).write_text(f'"{self.secret}"', encoding="utf-8")
        for place in (self._folder, *self._folder.rglob("*")):
            place.chmod(0o777)  # nothing but the level itself keeps an attacker out
        self._lines = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
        self._lines[1].bind(self._lines[0].getsockname())
        self.abstract = f"\0grader-{self.secret[:6]}"
        paths = (str(base / "line"), str(base / "datagrams"), self.abstract)
        for path, kind in zip(paths, (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM), strict=True):
            line = socket.socket(socket.AF_UNIX, kind)
            line.bind(path)
            if kind == socket.SOCK_STREAM:
                line.listen()
            self._lines.append(line)
        for path in paths[:2]:
            Path(path).chmod(0o777)
        for line in self._lines:
            line.settimeout(0)
        self._before = self._look()
        self.told = {
            "secret_file": str(self._folder / "secret.txt"), "open_folder": str(self._folder / "open"),
            "home": str(self._folder / "home"), "neighbour": str(self._folder / "neighbour"),
            "port": self._lines[0].getsockname()[1], "socket": paths[0], "datagrams": paths[1],
            "abstract": self.abstract[1:],
        }  # fmt: skip

    def _look(self) -> dict[str, Any]:
        found = {}
        for path in (self._folder, *sorted(self._folder.rglob("*"))):
            facts = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_mtime_ns, facts.st_nlink, content)
        return found

    def complaints(self, *, times: bool) -> Iterator[str]:
        """Say what was touched; ``times``: whether times and modes count, which landlock can't protect."""
        now, before = self._look(), self._before
        for path in sorted({*now, *before}):
            was, now_is = before.get(path), now.get(path)
            same = was == now_is if times or was is None or now_is is None else (was[3:] == now_is[3:])
            if not same:
                yield f"ESCAPED: it touched {path}"
        for line in self._lines:
            with_stream = line.type == socket.SOCK_STREAM
            try:
                line.accept() if with_stream else line.recv(1)
            except BlockingIOError:
                continue
            yield f"ESCAPED: it reached {line.getsockname()}"
        self._before = now

    def close(self) -> None:
        """Close the sockets."""
        for line in self._lines:
            line.close()


class Meter:
    """The most memory this process takes while it is open."""

    def __enter__(self) -> Self:
        self._process, self._stop = psutil.Process(), threading.Event()
        self._begin = self.most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def mib(self) -> float:
        """Growth in MiB."""
        return (self.most - self._begin) / (1 << 20)


class TooLong(BaseException):
    """The grader took longer than promised; not an Exception, because judging goes on after those."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise TooLong in what takes longer: a grader that hangs is a finding, not a hanging test."""

    def ring(*_: object) -> None:
        message = f"it was still busy after {seconds} seconds"
        raise TooLong(message)

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- the arena: one sandbox, one attack after another ----------------------------------------------------------


class Arena:
    """A sandbox at one level in which attacks follow each other, surrounded by bait."""

    def __init__(self, level: Level, standin: Path, opened: ExitStack) -> None:
        self.level = level
        self._base = Path(tempfile.mkdtemp(prefix="h-", dir=TEMPORARY))
        opened.callback(_remove, self._base)
        self._base.chmod(0o755)
        self._temporary = self._base / "t"
        self._temporary.mkdir()
        self.bait = Bait(self._base)
        opened.callback(self.bait.close)
        shutil.copytree(standin, self._base / "data")  # pytest's own folders are closed to other users
        self._data: DataFolder = open_folder(self._base / "data")
        patched = pytest.MonkeyPatch()
        opened.callback(patched.undo)
        patched.setenv("GRADER_TEST_SECRET", self.bait.secret)
        patched.setenv("HOME_OF_SECRETS", self.bait.secret)
        patched.setattr(tempfile, "tempdir", str(self._temporary))
        patched.setattr(helper, "LIMITS", HELPER)
        patched.setattr(pipeline, "PREDICTOR_SECONDS", PREDICTOR_SECONDS)
        self._sandbox = opened.enter_context(Sandbox(level))
        loaded = assignments.load(assignments.find(TASK), checks=CHECKS)
        (self._prepared,) = pipeline.prepare([loaded], self._data, self._sandbox, scratch=self._base / "facts")
        self._assignment = loaded
        self._number = 0
        self._witness(HERE / "witness.py", beside=self._earlier())
        self._neighbour = opened.enter_context(self._sandbox.box("probe", self._fill_neighbour, limits=Limits()))
        self._parents = {parent.process for parent in self._sandbox._parents.values()}
        self._family = processes.family(self._parents)
        self._folders = self._look_around()
        self.complaints_of_witness: list[str] = []

    def _earlier(self) -> Path:
        """Return a helper file with the secret: an earlier student's work, of which no memory may be left."""
        path = self._base / "mine.py"
        path.write_text(f"ANSWER = {self.bait.secret!r}\n", encoding="utf-8")
        return path

    def _fill_neighbour(self, box: Any) -> Mapping[str, Any]:
        work = box.inputs / "work"
        work.mkdir()
        (work / "answers.py").write_text(self.bait.secret, encoding="utf-8")
        return {"secret": str(work / "answers.py"), "port": 9, "socket": "/nowhere", "process": os.getpid()}

    def _knowledge(self, token: str) -> dict[str, Any]:
        """Return what ``target.json`` tells: everything but the secrets themselves."""
        folder = self._assignment.folder
        return {
            **self.bait.told,
            "token": token,
            "level": str(self.level),
            "grader": os.getpid(),
            "user_home": str(Path.home()),
            "parents": sorted(self._parents),
            "grader_folder": str(Path(pipeline.__file__).parent),
            "rubric": [str(folder / each) for each in ("assignment.toml", "calibration.json", "facts.json")],
            "reference": [str(folder / "reference.py"), str(folder.parents[1] / "reference")],
            "session": str(self._sandbox._folder),
            "neighbours_box": str(self._neighbour.inputs),
            "limits": SMALL,
        }

    def _look_around(self) -> set[str]:
        """Return the folders that sandboxes and their boxes have in the temporary folder now."""
        return {str(path) for path in self._temporary.glob("*")} | {
            str(path) for path in self._sandbox._folder.glob("*")
        }

    def _grade(self, submission: Submission, limits: Mapping[str, Any]) -> tuple[Result, Mapping[str, Any], Path]:
        self._number += 1
        tempfile.tempdir = str(self._temporary)  # another level's arena may be open, too
        folder = self._base / "runs" / str(self._number)
        limited = self._assignment.model_copy(update={"limits": Limits(**{**SMALL, **limits})})
        prepared = pipeline.Prepared(assignment=limited, facts=self._prepared.facts)
        graded = pipeline.grade(submission, [prepared], self._data, self._sandbox, folder=folder)
        keep(graded, self._base / "results" / str(self._number), capture=folder / "capture")
        return graded.results[TASK], graded.notebook, folder

    def _witness(self, file: Path, *, beside: Path | None = None) -> Result:
        submission = intake.read(file, student="honest")
        if beside is not None:
            first = submission.cells[0]
            cells = (first.model_copy(update={"source": "import mine\n" + first.source}), *submission.cells[1:])
            submission = submission.model_copy(update={"beside": (beside,), "cells": cells})
        result, notebook, _ = self._grade(submission, {})
        complaints = list(_broken_witness(result, streams(notebook)))
        assert not complaints, complaints
        return result

    def challenge(self, attack: Attack) -> list[str]:
        """Let an attack run and return everything that is not as it should be, afterwards too."""
        token = f"g{secrets.token_hex(6)}"
        knowledge = self._base / "target.json"
        knowledge.write_text(json.dumps(self._knowledge(token)), encoding="utf-8")
        submission = intake.read(attack.file, student="mallory")
        submission = submission.model_copy(update={"beside": (knowledge, HERE / "hostile.py")})
        complaints: list[str] = []
        with Meter() as meter:
            try:
                with within(attack.promise.seconds):
                    result, notebook, folder = self._grade(submission, attack.promise.limits)
                complaints += self._told(attack, result, notebook, folder)
            except (Exception, TooLong) as error:  # noqa: BLE001 - whatever it is, a batch would have stopped here
                complaints.append(f"the grader itself raised {type(error).__name__}: {error}")
        if meter.mib > attack.promise.grader_mib:
            complaints.append(f"the grading process took {meter.mib:.0f} MiB more memory")
        complaints += self.bait.complaints(times=self.level is Level.BUBBLEWRAP)
        complaints += self._left(token)
        try:
            with within(60):
                self._witness(HERE / "witness.py")
        except (Exception, TooLong) as error:  # noqa: BLE001 - as above
            complaints.append(f"the next submission suffered: {type(error).__name__}: {error}")
        return complaints

    def _told(self, attack: Attack, result: Result, notebook: Mapping[str, Any], folder: Path) -> Iterator[str]:
        printed = streams(notebook)
        if "TRIED" not in printed:
            yield f"the attack did not run: {result.execution.exit}, {result.execution.stopped}, {errors(notebook)}"
        yield from re.findall(r"^ESCAPED .*", printed, flags=re.MULTILINE)
        page = render_page(result, notebook=notebook)
        told = {"output": json.dumps(notebook, default=str), "result": result.to_json(), "page": page}
        yield from (f"ESCAPED: a secret is in the {where}" for where, text in told.items() if self.bait.secret in text)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and self.bait.secret.encode() in path.read_bytes():
                yield f"ESCAPED: a secret is in {path.name}"
        yield from _broken_page(page)
        yield from _broken_promise(attack.promise, result)
        others = sorted(path.name for path in (self._base / "results" / str(self._number)).iterdir())
        if set(others) - {"capture", "executed.ipynb", TASK}:
            yield f"the folder of results holds {others}"

    def _left(self, token: str) -> Iterator[str]:
        """Say what is still there when the box has been closed."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (left := list(self._remains(token))) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield from left
        if {parent.process for parent in self._sandbox._parents.values()} != self._parents:
            yield "the warm parent had to be replaced"
            self._parents = {parent.process for parent in self._sandbox._parents.values()}
            self._family = processes.family(self._parents)
        self._folders = self._look_around()

    def _remains(self, token: str) -> Iterator[str]:
        more = processes.family(self._parents) - self._family
        if more:
            yield f"ESCAPED: processes {sorted(more)} live on"
        for process in psutil.process_iter(["cmdline"]):
            if any(token in word for word in process.info["cmdline"] or ()):
                process.kill()  # found by what the attack called it, and nothing else is called so
                yield f"ESCAPED: process {process.pid} lives on, outside of the family"
        if folders := self._look_around() - self._folders:
            yield f"folders are left: {sorted(folders)}"
        for name in os.listdir("/dev/shm"):  # noqa: PTH208, S108 - names only
            if token in name:
                Path("/dev/shm", name).unlink()  # noqa: S108
                yield f"ESCAPED: shared memory {name} is left"
        if any(str(int(token[1:8], 16)) in line.split() for line in _shared_segments()):
            yield "ESCAPED: a segment of shared memory is left"


def _remove(folder: Path) -> None:
    """Remove what attacks may have closed or nested too deep for Python."""
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, folder], check=False, capture_output=True)


def _shared_segments() -> list[str]:
    path = Path("/proc/sysvipc/shm")
    return path.read_text(encoding="ascii").splitlines() if path.exists() else []


def streams(notebook: Mapping[str, Any]) -> str:
    """Return what a notebook's cells printed."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return "".join(str(output.get("text", "")) for output in outputs if output.get("output_type") == "stream")


def errors(notebook: Mapping[str, Any]) -> list[str]:
    """Return the errors of a notebook's cells."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return [f"{output.get('ename')}: {output.get('evalue')}"[:300] for output in outputs if "ename" in output]


def _broken_witness(result: Result, printed: str) -> Iterator[str]:
    short = [one.criterion for one in result.findings if one.criterion in HONEST and one.points != one.possible]
    if result.execution.exit is not Exit.OK or short or result.withheld:
        yield f"honest work ended {result.execution.exit} ({result.execution.stopped}) and lost {short}"
    if not any(one.check.startswith("scores.") and one.evidence is Evidence.VERIFIED for one in result.findings):
        yield "the score of honest work was not verified"
    if not re.search(r"HONEST \[('mine.py', )?'submission.py'\]", printed):
        yield f"honest work found other files beside it: {printed[-200:]}"


def _broken_promise(promise: Promise, result: Result) -> Iterator[str]:
    done = result.execution
    if done.exit not in promise.exits:
        yield f"it ended {done.exit}, promised {[str(each) for each in promise.exits]}: {done.stopped}"
    rationales = [one.rationale for one in result.findings]
    said = " ".join([str(done.stopped), *done.violations, *done.notes, *rationales]).lower()
    yield from (f"{words!r} is not said: {said[:1500]}" for words in promise.says if words.lower() not in said)
    if result.withheld and not promise.may_withhold:
        yield f"the grade is withheld: {[one.rationale for one in result.findings if one.points is None][:1]}"
    if promise.skipped and any(one.verdict is not Verdict.SKIPPED or one.points for one in result.findings):
        yield f"not all is skipped: {[(one.criterion, str(one.verdict), one.points) for one in result.findings]}"
    earned = {one.criterion: one.points or 0.0 for one in result.findings} | {"points": result.points}
    for name, most in promise.earns_at_most.items():
        if earned[name] > most:
            yield f"{name}: it earned {earned[name]}, at most {most} was promised"
    for one in result.findings:  # the law of all scores
        if one.check.startswith("scores.") and one.points and one.evidence is not Evidence.VERIFIED:
            yield f"{one.criterion}: points for a score that nobody verified"


class _Page(HTMLParser):
    """Finds what could run or load on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        icon = tag == "link" and dict(attrs) == {"rel": "icon", "href": "data:,"}  # ours: none, so that none is fetched
        if icon:
            return
        if tag in {"script", "iframe", "object", "embed", "form", "base", "link"}:
            self.bad.append(tag)
        for name, value in attrs:
            outside = name in {"src", "href", "action"} and not (value or "").startswith(("#", "data:image/"))
            if name.startswith("on") or outside:
                self.bad.append(f"{tag} {name}={value}")


def _broken_page(page: str) -> Iterator[str]:
    found = _Page()
    found.feed(page)
    yield from (f"the page holds {each}" for each in found.bad[:5])
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page):
        yield "the page holds characters that control a terminal or the reading order"
    if len(page) > 20 << 20:
        yield f"the page has {len(page) >> 20} MiB"
    page.encode("utf-8")


# --- names of uploads: these never get as far as a box -----------------------------------------------------------

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
OURS = {"gradebook.csv", "index.html"}  # files that lie beside the students' folders
UPLOADS = [
    "../../x", "..", ".", "", "/etc/passwd", "C:\\x", "a/../b", "\x1b[2J", "two\nlines", "-rf", "\u202egpj",
    "\ud800", "x" * 300,
    "~", "$(touch x)", "a\0b", "name. ", "CON", "nul", "com1.txt", "gradebook.csv",
]  # fmt: skip


@pytest.mark.parametrize("name", UPLOADS)
def test_an_upload_can_not_choose_where_its_results_are_kept(name: str, tmp_path: Path) -> None:
    folder = student_name(name)
    assert (tmp_path / folder).resolve().parent == tmp_path.resolve()
    (tmp_path / folder).mkdir()
    assert folder.isprintable()
    assert not folder.startswith(("-", "."))
    assert folder.partition(".")[0].upper() not in DEVICES
    assert folder not in OURS


# --- the suite ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def arena(standin: Path) -> Iterator[Callable[[Level], Arena]]:
    """Return the arena of a level, opened when it is first needed; skips where the machine has no such level."""
    with ExitStack() as opened:
        arenas: dict[Level, Arena] = {}

        def at(level: Level) -> Arena:
            if level is not Level.NONE and offer(level).why_not:
                pytest.skip(f"{level}: {offer(level).why_not}")
            if level not in arenas:
                arenas[level] = Arena(level, standin, opened)
            return arenas[level]

        yield at


def _cases() -> Iterator[Any]:
    for level in CONFINED:
        for attack in attacks():
            if level in attack.promise.levels:
                hole = attack.promise.holes.get(level)
                marks = [] if hole is None else [pytest.mark.xfail(strict=True, reason=hole)]
                yield pytest.param(attack, level, id=f"{level}-{attack.name}", marks=marks)


@pytest.mark.parametrize(("attack", "level"), list(_cases()))
def test_an_attack_is_contained(attack: Attack, level: Level, arena: Callable[[Level], Arena]) -> None:
    complaints = arena(level).challenge(attack)
    if complaints:
        pytest.fail("\n".join([attack.promise.attacks, *complaints]), pytrace=False)


LET_THROUGH = [attack for attack in attacks() if attack.promise.unconfined]


@pytest.mark.parametrize("attack", LET_THROUGH, ids=[attack.name for attack in LET_THROUGH])
def test_an_attack_that_gets_through_is_noticed(attack: Attack, arena: Callable[[Level], Arena]) -> None:
    complaints = arena(Level.NONE).challenge(attack)
    assert any("ESCAPED" in complaint for complaint in complaints), complaints
