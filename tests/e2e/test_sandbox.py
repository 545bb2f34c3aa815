"""The box, with real kernels in it: every limit, every wall, every trace, and the parent that it is forked from."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from typer.testing import CliRunner

import grader
from grader import cli, execute
from grader.assignment import find
from grader.capture import read_capture
from grader.errors import BoxFailed
from grader.execute import Setup
from grader.records import Cell, CellState, Execution, Exit, Submission
from grader.sandbox import bubblewrap
from grader.sandbox.environment import ALLOCATOR, FIXED, PASSED_ON, environment
from grader.sandbox.levels import Level, box_user
from grader.sandbox.limits import Limits
from grader.sandbox.parent import ParentLost, WarmParent
from grader.sandbox.probing import Choice, choose, offer
from grader.sandbox.session import Sandbox

PACKAGE = Path(grader.__file__).parent
REPOSITORY = PACKAGE.parent
SECRET = "GRADER_TEST_SECRET"  # noqa: S105 - the name of a variable
FLAT_MIB = 5
SOON = 10.0  # seconds within which what was killed is gone from all tables

confined = pytest.mark.parametrize("level", [Level.BUBBLEWRAP, Level.LANDLOCK])
linux = pytest.mark.skipif(sys.platform != "linux", reason="boxes are forked on Linux only")


@dataclass(frozen=True)
class Done:
    """What became of a run: how it ended, and what its cells printed."""

    execution: Execution
    printed: str
    capture: Path

    @property
    def told(self) -> Any:
        """The last line printed, which is JSON."""
        assert self.execution.exit is Exit.OK, f"{self.execution.stopped}\n{self.printed}"
        return json.loads(self.printed.splitlines()[-1])

    @property
    def states(self) -> list[CellState]:
        return [cell.state for cell in self.execution.cells]


Run = Callable[..., Done]


def submission(*sources: str) -> Submission:
    cells = tuple(Cell(index=index, kind="code", source=source) for index, source in enumerate(sources))
    return Submission(file=Path("work.ipynb"), sha256="0" * 64, student="ada", kind="notebook", cells=cells)


def run_in(sandbox: Sandbox, folder: Path, *sources: str, **limits: Any) -> Done:
    """Run cells in a box of their own."""
    folder = folder / secrets.token_hex(4)
    setup = Setup(sandbox=sandbox, folder=folder, data=None, trusted_data=False, limits=Limits(**limits))
    execution, notebook = execute.execute(submission(*sources), setup)
    outputs = [output for cell in notebook["cells"] for output in cell["outputs"]]
    return Done(execution, "".join(str(output.get("text", "")) for output in outputs), setup.capture)


def available(level: Level) -> Level:
    if why := offer(level).why_not:
        pytest.skip(f"{level} can't be had here: {why}")
    return level


@pytest.fixture(scope="module")
def secret() -> Iterator[str]:
    """A value that the grading process holds in its environment before any box is opened."""
    value = secrets.token_hex(16)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(SECRET, value)
        yield value


@pytest.fixture(scope="module")
def opened(secret: str) -> Iterator[Callable[[Level], Sandbox]]:  # noqa: ARG001 - it is there before
    """Sandboxes that are warm for all tests of this file, one for each level."""
    with contextlib.ExitStack() as stack:

        def opened(level: Level) -> Sandbox:
            sandbox = stack.enter_context(Sandbox(available(level)))
            if sandbox._forks:
                sandbox._parent(None, warm=True)  # its start belongs to no test
            return sandbox

        yield cache(opened)


@pytest.fixture
def level() -> Level:
    """The level of tests that don't say one: the strongest that can be had."""
    return choose("auto", own_work=True).level


@pytest.fixture
def boxes(opened: Callable[[Level], Sandbox], level: Level) -> Sandbox:
    """A warm sandbox at the level of a test."""
    return opened(level)


@pytest.fixture
def run(boxes: Sandbox, tmp_path: Path) -> Run:
    """Run cells within limits and return what became of it."""
    return lambda *sources, **limits: run_in(boxes, tmp_path, *sources, **limits)


# --- limits: each ends a run in its own way, and says which, how much, and where ---------------------------------

DISK = """
import pathlib, time
folder, name, wrote = pathlib.Path({folder!r}), {name!r}, 0
try:
    for number in range(64):
        (folder / f'{{name}}{{number}}').write_bytes(bytes(1 << 20))
        wrote += 1
        time.sleep(0.02)
except OSError as error:
    print(error.errno)
    if wrote:
        time.sleep(20)
print(wrote)
"""
BUSY = """
import subprocess, sys
busy = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2)]
busy[0].wait()
"""
HOGS = """
import numpy, os, time
for _ in range(4):
    if not os.fork():
        held = numpy.ones(40_000_000)
        time.sleep(60)
time.sleep(60)
"""
LOUD = """
import time
from IPython.display import display
display({'text/plain': 'x' * (3 << 20)}, raw=True)
time.sleep(20)
"""
LIMITS = {
    "time of a cell": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        {"cell_seconds": 2},
        Exit.TIMED_OUT,
        r"it was still running after \d seconds \(limits: 2 s a cell, 1800 s in all\)",
    ),
    "time of all cells": (
        "import time; time.sleep(20)",
        {"seconds": 2},
        Exit.TIMED_OUT,
        r"it was still running after \d seconds \(limits: 900 s a cell, 2 s in all\)",
    ),
    "processor time of all processes": (
        BUSY,
        {"cpu_seconds": 2},
        Exit.TOO_MUCH_CPU,
        r"it used \d+ processor seconds \(limit: 2 s\)",
    ),
    "memory of one process": (
        "import numpy, time\nheld = []\nwhile True:\n    held.append(numpy.ones(10_000_000)); time.sleep(0.05)",
        {"memory_mib": 700},
        Exit.OUT_OF_MEMORY,
        r"it used (7\d\d|[89]\d\d|1\d{3}) MiB of memory \(limit: 700 MiB\)",
    ),
    "memory of several processes, none of them over it alone": (
        HOGS,
        {"memory_mib": 900},
        Exit.OUT_OF_MEMORY,
        r"it used (9\d\d|1\d{3}) MiB of memory \(limit: 900 MiB\)",
    ),
    "number of processes": (
        "import os, time\nfor _ in range(200):\n    if not os.fork():\n        time.sleep(60)\ntime.sleep(60)",
        {"processes": 10},
        Exit.TOO_MANY_PROCESSES,
        r"it had (1[1-9]|[2-9]\d|1\d\d|20\d) processes at once \(limit: 10\)",
    ),
    "number of files": (
        "import pathlib, time\nfor number in range(400): pathlib.Path(f'n{number}').touch()\ntime.sleep(20)",
        {"files": 200},
        Exit.DISK_FULL,
        r"it made [2-5]\d\d files \(limit: 200\)",
    ),
    "space for files": (
        DISK.format(folder=".", name="part"),
        {"disk_mib": 8},
        Exit.DISK_FULL,
        r"its files filled all the space it has \(limit: 8 MiB\)",
    ),
    "printed output": (
        "import time\nfor _ in range(200): print('x' * 20_000, flush=True); time.sleep(0.005)",
        {"output_mib": 1},
        Exit.TOO_MUCH_OUTPUT,
        r"it printed or sent more than 1 MiB",
    ),
    "size of one message": (
        LOUD,
        {"output_mib": 1},
        Exit.TOO_MUCH_OUTPUT,
        r"it sent more than 1 MiB at once, or cut its own connection",
    ),
}


@confined
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_ends_the_run_and_is_told_with_the_amount_and_the_cell(run: Run, limit: str) -> None:
    code, limits, exits, words = LIMITS[limit]
    begin = time.monotonic()
    done = run("x = 1", code, "x = 2", **limits)
    assert time.monotonic() - begin < 20
    assert done.execution.exit is exits, done.execution.stopped
    assert re.fullmatch(f"The run was stopped in cell 2: {words}.", str(done.execution.stopped))
    assert done.states == [CellState.OK, CellState.STOPPED, CellState.NOT_REACHED]


@confined
def test_no_output_is_lost_however_fast_it_comes(run: Run) -> None:
    done = run("for number in range(5000): print(number, flush=True)")
    assert done.printed.split() == [str(number) for number in range(5000)]


def test_many_short_cells_can_not_outlast_the_time_of_all_cells(run: Run) -> None:
    done = run(*["import time; time.sleep(0.4)"] * 10, seconds=1)
    assert done.execution.exit is Exit.TIMED_OUT
    assert done.execution.seconds < 3
    assert "1 s in all" in str(done.execution.stopped)
    assert done.states[0] is CellState.OK
    assert done.states[-5:] == [CellState.NOT_REACHED] * 5


@confined
def test_a_file_over_its_limit_is_an_error_in_its_cell_and_the_run_goes_on(run: Run) -> None:
    done = run("open('large', 'wb').write(bytes(2 << 20))", "x = 2", file_mib=1)
    assert done.execution.exit is Exit.RAISED
    assert done.states == [CellState.RAISED, CellState.OK]
    assert done.execution.stopped == "Cell 1 raised OSError: [Errno 27] File too large."


@confined
@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])  # noqa: S108 - the box's own
def test_what_is_shared_elsewhere_is_as_small_as_its_limit_or_closed(run: Run, folder: str) -> None:
    name = f"t{secrets.token_hex(6)}-"
    done = run(DISK.format(folder=folder, name=name), disk_mib=8)
    left = list(Path(folder).glob(f"{name}*"))
    for path in left:
        path.unlink()
    assert not left, "it stays behind on this machine"
    if done.execution.exit is Exit.OK:
        assert done.printed.split()[-1] == "0", "it wrote more than all its files may take"
    else:
        assert done.execution.exit is Exit.DISK_FULL
        assert "limit: 8 MiB" in str(done.execution.stopped)


# --- walls: what code in a box can't see, reach or change --------------------------------------------------------

LOOK = """
import json, os, socket
from pathlib import Path

def can(act, *arguments):
    try:
        act(*arguments)
    except OSError:
        return False
    return True

def look(path):
    return os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1)

def connect(family, address):
    with socket.socket(family) as line:
        line.settimeout(2)
        line.connect(address)

def send(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.sendto(b'x', address)

def facts():
    lines = Path('/proc/self/status').read_text().splitlines()
    return dict(line.split(':\\t', 1) for line in lines if ':\\t' in line)
"""
Look = Callable[..., Any]


def looks(sandbox: Sandbox, folder: Path) -> Look:
    """Return a function that runs code in a box, with values it is given, and returns the value of its last line."""

    def look(code: str, **given: Any) -> Any:
        *before, last = code.strip().splitlines()
        values = f"globals().update(json.loads({json.dumps(given)!r}))"
        return run_in(sandbox, folder, LOOK, values, "\n".join([*before, f"print(json.dumps({last}))"])).told

    return look


@pytest.fixture
def look(boxes: Sandbox, tmp_path: Path) -> Look:
    """Look around in a box."""
    return looks(boxes, tmp_path)


def reaches_nobody(look: Look, folder: Path) -> None:
    """Claim that neither ports nor sockets of this machine can be reached from a box."""
    folder.chmod(0o755)
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as line,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        datagrams.bind(("127.0.0.1", 0))
        datagrams.settimeout(0)
        name = secrets.token_hex(8)
        line.bind(f"{folder}/line")
        abstract.bind(f"\0{name}")
        for each in (line, abstract):
            each.listen()
        (folder / "line").chmod(0o777)
        could = look(
            "{'port': can(connect, socket.AF_INET, ('127.0.0.1', port)), "
            "'line': can(connect, socket.AF_UNIX, line), "
            "'abstract': can(connect, socket.AF_UNIX, chr(0) + name), "
            "'sent': can(send, socket.AF_INET, ('127.0.0.1', udp)), "
            "'outside': can(connect, socket.AF_INET, ('192.0.2.1', 80))}",
            port=port.getsockname()[1], udp=datagrams.getsockname()[1], line=f"{folder}/line", name=name,
        )  # fmt: skip
        with pytest.raises(BlockingIOError):  # sending to nobody succeeds: what counts is that nothing comes
            datagrams.recv(1)
    assert not any(could[way] for way in ("port", "line", "abstract", "outside")), could


def sees_nothing_of_the_graders(look: Look, folder: Path) -> None:
    """Claim that no file of the grader's, of its user's or of anybody's but the box's own can be read."""
    canary = folder / "canary"
    canary.write_text("x", encoding="utf-8")
    for path in (folder, canary):
        path.chmod(0o777)  # nothing but the box itself is in the way
    hidden = [canary, folder, *_files_of_the_grader(), *_files_of_the_user()]
    assert look("[path for path in hidden if can(look, path)]", hidden=[str(path) for path in hidden]) == []


def _files_of_the_grader() -> Iterator[Path]:
    yield PACKAGE / "rubric.py"
    yield PACKAGE / "checks" / "scores.py"
    for name in ("imdb", "reuters", "california-housing"):
        folder = find(name)
        yield from (folder, folder / "assignment.toml", folder / "reference.py")
        yield from folder.glob("*.json")
    reference = bubblewrap.reference_folder()
    if reference is not None:
        yield from Path(reference).glob("*.py")


def _files_of_the_user() -> Iterator[Path]:
    """Return what is in the home folder, without what lies on the way to Python and its packages."""
    python = [*bubblewrap.python_folders(), sys.executable]
    for path in Path.home().iterdir():
        if not any(place == str(path) or place.startswith(f"{path}/") for place in python) and os.access(path, os.R_OK):
            yield path


def writes_to_its_own_folder_only(look: Look) -> None:
    """Claim that of all folders a box can see, it can make files only in its own ones."""
    found, own, writes = look("""
def make(folder):
    path = Path(folder, f'.written-{os.getpid()}')
    path.touch()
    path.unlink()

found = []
for top, folders, _ in os.walk('/'):
    if top.count('/') > 4 or top in {'/proc', '/sys'}:
        folders.clear()
    if can(make, top):
        found.append(top)
        folders.clear()
own = os.path.dirname(os.getcwd())
[found, own, can(make, own)]""")
    assert set(found) <= {own, "/tmp", "/dev/shm"}  # noqa: S108 - the box's own
    assert writes


# Those of the box's own namespaces, which end with it: process numbers, System V's and POSIX's ways to talk.
OWN_SETTINGS = re.compile(r"/proc/sys/(fs/mqueue/\w+|kernel/(auto_msgmni|msg\w+|sem\w*|shm\w+|ns_last_pid|pid_max))")


def _setting(path: str) -> str:
    return Path(path).read_text(encoding="ascii") if os.access(path, os.R_OK) else ""


def _changed(settings: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return each setting that is a number, with another one."""
    numbers = {path: value.strip() for path, value in settings.items()}
    return [(path, int(value) - 1) for path, value in numbers.items() if value.isdigit() and int(value) < 2**31]


def holds_no_privileges(look: Look) -> None:
    """Claim that code in a box isn't root, can't become it, and can't change the machine."""
    told = look("""
settings = [os.path.join(top, name) for top, _, names in os.walk('/proc/sys') for name in names]
found = [path for path in settings if can(os.open, path, os.O_WRONLY)]
root = os.getuid() == os.stat('/proc/sys/kernel').st_uid
{'facts': facts(), 'root': root or can(os.setuid, 0), 'settings': len(settings), 'open': found}""")
    assert [name for name in ("CapEff", "CapPrm", "CapInh", "CapAmb") if int(told["facts"][name], 16)] == []
    assert told["facts"]["NoNewPrivs"] == "1"
    assert told["facts"]["Seccomp"] == "2"
    assert not told["root"]
    assert told["settings"] > 50
    assert [path for path in told["open"] if not OWN_SETTINGS.fullmatch(path)] == []
    before = {path: _setting(path) for path in told["open"] if not path.endswith("last_pid")}
    look("[can(Path(path).write_text, str(value)) for path, value in changed]", changed=_changed(before))
    changed = {path: value for path, value in before.items() if _setting(path) != value}
    for path, value in changed.items():
        Path(path).write_text(value, encoding="ascii")
    assert changed == {}


@confined
def test_nobody_can_be_reached_from_a_box(look: Look, tmp_path: Path) -> None:
    reaches_nobody(look, tmp_path)


@confined
def test_nothing_of_the_grader_or_its_user_can_be_read(look: Look, tmp_path: Path) -> None:
    sees_nothing_of_the_graders(look, tmp_path)


@confined
def test_only_its_own_folder_can_be_written_to(look: Look) -> None:
    writes_to_its_own_folder_only(look)


@confined
def test_code_in_a_box_is_nobody_and_can_change_no_setting_of_the_system(look: Look) -> None:
    holds_no_privileges(look)


@confined
def test_the_environment_is_an_allow_list_and_no_secret_is_in_that_of_any_process(look: Look, secret: str) -> None:
    told = look("""
texts = {}
for path in Path('/proc').glob('[0-9]*/environ'):
    with __import__('contextlib').suppress(OSError):
        texts[str(path)] = path.read_bytes().decode(errors='replace')
[dict(os.environ), texts]""")
    variables, of_processes = told
    ours = Path("/proc/self/environ").read_bytes().decode().split("\0")
    assert {name for name, value in variables.items() if f"{name}={value}" in ours} <= {*PASSED_ON, *FIXED, *ALLOCATOR}
    assert of_processes
    assert secret not in json.dumps(told)


# --- traces: a kernel knows nothing of the one before, and nothing of it stays ------------------------------------

DRAW = """
import random, uuid
import numpy
import keras
import tensorflow as tf
{'random': random.random(), 'numpy': numpy.random.rand(), 'generator': numpy.random.default_rng().random(),
 'keras': float(keras.random.uniform(())), 'tensorflow': float(tf.random.uniform(())),
 'shuffled': numpy.random.permutation(10_000).tolist()[:4], 'uuid': str(uuid.uuid4())}""".replace("\n ", " ")
LEAVE = """
import sys, tempfile
import numpy
places = {'work': '.', 'home': Path.home(), 'temporary': tempfile.gettempdir(), 'shared': '/dev/shm', 'out': '../out'}
for name, place in places.items():
    can(Path(place, token).write_text, token)
numpy.left_behind = token
os.environ['LEFT_BEHIND'] = token
sys.path.append(token)
random_state = numpy.random.seed(1)
True"""
FIND = """
import sys, tempfile
import numpy
places = {'work': '.', 'home': Path.home(), 'temporary': tempfile.gettempdir(), 'shared': '/dev/shm', 'out': '../out'}
found = [name for name, place in places.items() if token in os.listdir(place)]
found += ['module'] * hasattr(numpy, 'left_behind') + ['variable'] * ('LEFT_BEHIND' in os.environ)
found += ['path'] * (token in sys.path) + ['state'] * (numpy.random.rand() == numpy.random.RandomState(1).rand())
[found, os.listdir('.')]"""


@confined
def test_each_kernel_draws_random_numbers_of_its_own(look: Look) -> None:
    first, second = look(DRAW), look(DRAW)
    assert [name for name in first if first[name] == second[name]] == []


@confined
def test_nothing_a_kernel_did_is_there_for_the_next(look: Look) -> None:
    token = f"t{secrets.token_hex(6)}"
    try:
        assert look(LEAVE, token=token)
        assert look(FIND, token=token) == [[], []]
    finally:
        Path("/dev/shm", token).unlink(missing_ok=True)  # noqa: S108


DAEMON = """
import signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.execvp('sleep', ['sleep', token])
    os._exit(0)
os.wait()
time.sleep(0.3)
True"""
SHARE = """
import ctypes
from multiprocessing import shared_memory
libc = ctypes.CDLL(None)
libc.shmget(key, 4096, 0o1666), libc.msgget(key, 0o1666), libc.semget(key, 1, 0o1666)
with __import__('contextlib').suppress(OSError):
    kept = shared_memory.SharedMemory(name=token, create=True, size=4096)
can(Path('/dev/shm', token + '-file').touch)"""


def _sleeping(token: str) -> list[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return [process for process in found if process.info["cmdline"] == ["sleep", token]]


def _soon(what: Callable[[], Any]) -> Any:
    """Return what is found, and wait a little while it is not nothing: the end of a process takes a moment."""
    deadline = time.monotonic() + SOON
    while (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@confined
def test_a_process_that_detached_itself_ends_with_the_run(look: Look) -> None:
    token = f"9876{secrets.randbelow(10**6)}.5"
    assert look(DAEMON, token=token)
    left = _soon(lambda: _sleeping(token))
    for process in left:
        process.kill()
    assert not left


@confined
def test_shared_memory_ends_with_the_run(run: Run) -> None:
    token, key = f"t{secrets.token_hex(6)}", secrets.randbelow(2**30) + 1
    done = run(LOOK, f"token, key = {token!r}, {key}", SHARE)
    assert done.execution.exit is Exit.OK, done.execution.stopped
    left = {kind: found for kind in ("shm", "msg", "sem") if (found := _segments(kind, key))}
    for kind, found in left.items():
        subprocess.run(["ipcrm", {"shm": "-m", "msg": "-q", "sem": "-s"}[kind], found], check=False)
    files = list(Path("/dev/shm").glob(f"*{token}*"))  # noqa: S108
    for path in files:
        path.unlink()
    assert (files, left) == ([], {})


def _segments(kind: str, key: int) -> str:
    """Return the number of what System V calls by a key, or an empty text."""
    table = Path("/proc/sysvipc", kind)
    lines = table.read_text(encoding="ascii").splitlines() if os.access(table, os.R_OK) else []
    return next((line.split()[1] for line in lines if line.split()[0] == str(key)), "")


def descriptors() -> list[str]:
    """Return what this process has open, without the numbers that make each socket another one."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the folder's own
            found.append(re.sub(r"\d+", "N", str(path.readlink())))
    return sorted(found)


def family() -> set[int]:
    """Return the processes that this one has started, with theirs."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def folders(sandbox: Sandbox) -> set[str]:
    """Return the temporary folders of this process, and those of the boxes of a sandbox."""
    ours = Path(tempfile.gettempdir()).glob(f"g-{os.getpid()}-*")
    return {str(path) for path in (*ours, *sandbox._folder.glob("b*"))}


ENDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "well": ("print(1)", {}),
    "killed": ("import time; time.sleep(20)", {"seconds": 1}),
    "dead": ("import os; os._exit(0)", {}),
    "full": ("open('large', 'wb').write(bytes(16 << 20))", {"disk_mib": 8}),
    "loud": ("while True: print('x' * 100_000)", {"output_mib": 1}),
    "crowded": ("import subprocess\nfor _ in range(40): subprocess.Popen(['sleep', '60'])", {"processes": 8}),
}


@confined
def test_however_a_run_ends_no_process_folder_or_descriptor_is_left(run: Run, boxes: Sandbox) -> None:
    run("print(1)")  # what is opened once and kept, like the parent's line
    before = family(), folders(boxes), descriptors()
    exits = {name: run(code, **limits).execution.exit for name, (code, limits) in ENDINGS.items()}
    assert len(set(exits.values())) > 4, exits
    with pytest.raises(BoxFailed), boxes.box("no_such_entry", lambda _: {}, limits=Limits()) as box:
        box.answer(seconds=20)
    _soon(lambda: family() - before[0])
    assert (family(), folders(boxes), descriptors()) == before


@linux
def test_a_sandbox_leaves_nothing_when_it_is_closed(tmp_path: Path, level: Level) -> None:
    before = family(), descriptors()
    with Sandbox(level, warm=False) as opened:
        assert run_in(opened, tmp_path, "print(1)").printed == "1\n"
        private = opened._private
    _soon(lambda: family() - before[0])
    assert (family(), descriptors()) == before
    assert not private.exists()


# --- warm, cold and alone: one result ----------------------------------------------------------------------------

TRAIN = """
import keras, numpy as np
keras.utils.set_random_seed(7)
import tensorflow as tf
tf.config.experimental.enable_op_determinism()
x = np.random.default_rng(1).normal(size=(256, 8)).astype('float32')
y = (x.sum(axis=1) > 0).astype('float32')
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, 'relu'), keras.layers.Dropout(0.2),
                          keras.layers.Dense(1, 'sigmoid')])
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
history = model.fit(x, y, epochs=3, batch_size=32, validation_split=0.25, verbose=0).history
"""
SHOW = """
import json, matplotlib.pyplot as plt
plt.plot(history['loss'], label='loss'); plt.title('Loss'); plt.xlabel('epoch'); plt.show()
print(json.dumps({name: [float(value).hex() for value in values] for name, values in history.items()}))
"""


@linux
def test_warm_cold_and_lone_kernels_give_the_same_figures_to_the_last_bit(
    boxes: Sandbox, level: Level, tmp_path: Path
) -> None:
    with Sandbox(level, warm=False) as cold, Sandbox(Level.NONE, forks=False) as lone:
        done = {
            name: run_in(each, tmp_path, TRAIN, SHOW)
            for name, each in {"warm": boxes, "cold": cold, "lone": lone}.items()
        }
    histories = {name: each.told for name, each in done.items()}
    assert histories["warm"] == histories["cold"] == histories["lone"]
    assert len(histories["warm"]["loss"]) == 3
    told = {name: captured(each.capture) for name, each in done.items()}
    assert told["warm"] == told["cold"] == told["lone"]
    assert told["warm"]["kinds"].count("figure") == 1
    assert {name: each.execution.isolation for name, each in done.items()} == {
        "warm": str(level), "cold": str(level), "lone": "none",
    }  # fmt: skip


def captured(folder: Path) -> Mapping[str, Any]:
    """Return what a capture says of a run, without the seconds that it took."""
    capture = read_capture(folder, (0, 1))
    (fit,) = capture.fits
    return {
        "kinds": [getattr(event, "event", "") for event in capture.events],
        "faults": capture.faults,
        "figures": [figure.axes for figure in capture.figures],
        "fit": (fit.cell, fit.line, fit.before, fit.after, fit.compile, fit.epochs, fit.batch_size, fit.history),
        "structure": fit.structure,
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*")),
    }


# --- the warm parent ---------------------------------------------------------------------------------------------

ANSWERS = """
import threading
from grader.inside.parent import unsafe
print(repr(unsafe()))
held = threading.Event()
thread = threading.Thread(target=held.wait)
thread.start()
print(repr(unsafe()))
held.set()
thread.join()
import keras
import tensorflow as tf
tf.config.list_physical_devices()
print(repr(unsafe()))
tf.constant(1) + 1
print(repr(unsafe()))
import grader.inside.parent
grader.inside.parent.Path = lambda _: type('One', (), {'iterdir': lambda _: iter([1])})()
print(repr(unsafe()))
"""


@linux
def test_a_process_with_a_thread_or_a_started_runtime_says_that_it_can_not_be_forked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS], capture_output=True, text=True, timeout=120, check=True,
        env={**environment(), "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    fresh, threaded, imported, started, alone = done.stdout.splitlines()
    assert (fresh, threaded, imported) == ("''", "'2 threads run in it'", "''")
    assert re.fullmatch(r"'\d+ threads run in it'", started)
    assert alone == '"TensorFlow\'s runtime was started in it"'


def another_inside(monkeypatch: pytest.MonkeyPatch, folder: Path, old: str, new: str) -> None:
    """Let parents run a copy of their code in which one line is another."""
    copy = folder / "inside"
    shutil.copytree(bubblewrap.INSIDE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    code = (copy / "parent.py").read_text(encoding="utf-8")
    assert code.count(old) == 1
    (copy / "parent.py").write_text(code.replace(old, new), encoding="utf-8")
    for path in (folder, copy, *copy.iterdir()):
        path.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "INSIDE", copy)


THREAD = "__import__('threading').Thread(target=signal.pause, daemon=True).start()"


@linux
def test_a_parent_in_which_a_thread_runs_opens_no_box_and_says_why(
    monkeypatch: pytest.MonkeyPatch, level: Level, tmp_path: Path
) -> None:
    another_inside(monkeypatch, tmp_path, "    parent.serve()", f"    {THREAD}\n    parent.serve()")
    with (
        Sandbox(level, warm=False) as opened,
        pytest.raises(BoxFailed, match="2 threads run in it"),
        opened.box("probe", lambda _: {}, limits=Limits()),
    ):
        pass


def parents(sandbox: Sandbox) -> list[WarmParent]:
    return list(sandbox._parents.values())


def forking(sandbox: Sandbox) -> psutil.Process:
    """Return the process that boxes are forked from: bubblewrap may have been started before it."""
    (parent,) = parents(sandbox)
    first = psutil.Process(parent.process)
    return next(each for each in (first, *first.children()) if each.cmdline()[0] == sys.executable)


@linux
def test_a_parent_that_was_killed_between_two_runs_is_replaced(boxes: Sandbox, run: Run) -> None:
    run("print(1)")
    (before,) = parents(boxes)
    os.kill(before.process, signal.SIGKILL)
    assert before.ended(seconds=5)
    done = run("print(2)")
    assert (done.printed, done.execution.exit, done.execution.notes) == ("2\n", Exit.OK, ())
    (after,) = parents(boxes)
    assert after.process != before.process
    assert after.warm


@linux
def test_a_parent_that_is_killed_during_a_run_does_not_cost_the_run(
    boxes: Sandbox, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, killed = execute._cells, []

    async def kill_first(*arguments: Any) -> None:
        if not killed:
            killed.append(forking(boxes).pid)
            os.kill(killed[0], signal.SIGKILL)
        await original(*arguments)

    monkeypatch.setattr(execute, "_cells", kill_first)
    done = run("import time; time.sleep(0.5)", "print('here')")
    assert killed
    assert done.execution.exit is Exit.OK, done.execution.stopped
    assert done.states == [CellState.OK, CellState.OK]
    assert done.printed == "here\n"


@linux
def test_where_no_warm_parent_can_be_had_a_cold_kernel_runs_and_says_so(
    monkeypatch: pytest.MonkeyPatch, level: Level, tmp_path: Path
) -> None:
    another_inside(monkeypatch, tmp_path, "    missing = []\n", "    raise MemoryError('no room to import')\n")
    with Sandbox(level) as opened:
        done = run_in(opened, tmp_path, "print(1)")
        notices = list(opened.notices)
    assert (done.printed, done.execution.exit) == ("1\n", Exit.OK)
    (note,) = done.execution.notes
    assert "kernel that started cold" in note
    assert "no room to import" in note
    assert len(notices) == 2
    assert all("a warm parent process was given up" in each for each in notices)


@linux
def test_where_not_even_a_cold_parent_can_be_had_it_is_the_graders_fault(
    monkeypatch: pytest.MonkeyPatch, level: Level, tmp_path: Path
) -> None:
    another_inside(monkeypatch, tmp_path, "    sys.path.pop(0)\n", "    raise MemoryError('no room at all')\n")
    with Sandbox(level) as opened:
        with pytest.raises(BoxFailed, match="no room at all"):
            run_in(opened, tmp_path, "print(1)")
        assert not list(opened._folder.glob("b*"))
        assert len(opened.notices) == 3


@linux
def test_one_submission_without_a_box_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, level: Level, tmp_path: Path, standin: Path
) -> None:
    for name in ("ada", "bob"):
        cells = [nbformat.v4.new_code_cell(f"print({name!r})")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    original, lost = WarmParent.__init__, []

    def fail_at_first(parent: WarmParent, *arguments: Any, **options: Any) -> None:
        if len(lost) < 3:
            lost.append(options["warm"])
            message = "there was no memory"
            raise ParentLost(message)
        original(parent, *arguments, **options)

    monkeypatch.setattr(WarmParent, "__init__", fail_at_first)
    monkeypatch.setattr("grader.sandbox.probing.choose", lambda *_, **__: Choice(level=level))
    works = [str(tmp_path / f"{name}.ipynb") for name in ("ada", "bob")]
    done = CliRunner().invoke(
        cli.app, ["grade", "imdb", *works, "--out", str(tmp_path / "out"), "--data", str(standin)]
    )
    assert lost == [True, True, False]
    assert done.exit_code == 3, done.output
    assert "ada.ipynb: not graded: there was no memory" in " ".join(done.output.split())
    assert not (tmp_path / "out" / "ada").exists()
    assert (tmp_path / "out" / "bob" / "imdb" / "result.json").is_file()


FIT = """
import keras, numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, 'relu'), keras.layers.Dense(1)])
model.compile('adam', 'mse')
print(len(model.fit(np.ones((64, 4)), np.ones(64), verbose=0).history['loss']))
"""


def grows(sandbox: Sandbox, folder: Path, kernels: int) -> list[float]:
    """Run kernels that fit, one after another, and return the parent's memory after each, MiB."""
    found = []
    for number in range(kernels):
        done = run_in(sandbox, folder, FIT)
        assert (done.execution.exit, done.printed, done.execution.notes) == (Exit.OK, "1\n", ()), number
        parent = forking(sandbox)
        assert parent.num_threads() == 1
        found.append(parent.memory_info().rss / (1 << 20))
        shutil.rmtree(done.capture.parent)
    return found


@linux
def test_the_parent_stays_alone_and_small_over_ten_kernels_that_fit(boxes: Sandbox, tmp_path: Path) -> None:
    sizes = grows(boxes, tmp_path, 10)
    assert max(sizes) - sizes[0] < FLAT_MIB, sizes


@linux
@pytest.mark.slow
def test_two_hundred_warm_kernels_in_a_row_fit_and_leave_nothing(level: Level, tmp_path: Path) -> None:
    with Sandbox(level) as opened:
        grows(opened, tmp_path, 2)
        before = family(), folders(opened), descriptors(), _shared()
        (parent,) = parents(opened)
        begin, own = time.monotonic(), psutil.Process().memory_info().rss / (1 << 20)
        sizes = grows(opened, tmp_path, 200)
        seconds = (time.monotonic() - begin) / 200
        own = psutil.Process().memory_info().rss / (1 << 20) - own
        _soon(lambda: family() - before[0])
        assert (family(), folders(opened), descriptors(), _shared()) == before
        assert parents(opened) == [parent]
        assert opened.notices == []
    print(  # noqa: T201 - figures for a reader
        f"\n200 kernels at {opened.level}: {seconds:.2f} s each; the parent has {sizes[0]:.1f} MiB at first and "
        f"{sizes[-1]:.1f} at last, {max(sizes):.1f} at most; the grading process grew by {own:.1f} MiB"
    )
    assert max(sizes) - sizes[0] < FLAT_MIB


def _shared() -> set[str]:
    """Return the shared memory of whoever runs this or its boxes."""
    ours = {os.getuid(), box_user(Level.BUBBLEWRAP)}
    return {path.name for path in Path("/dev/shm").iterdir() if path.lstat().st_uid in ours}  # noqa: S108


# --- an ordinary user ---------------------------------------------------------------------------------------------

ORDINARY = """
import importlib.util, json, os, sys, tempfile
from pathlib import Path
spec = importlib.util.spec_from_file_location('claims', sys.argv[1])
claims = sys.modules['claims'] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(claims)
assert os.getuid() != 0
os.environ[claims.SECRET] = 'hunter2'
held = []
for level in (claims.Level.BUBBLEWRAP, claims.Level.LANDLOCK):
    if claims.offer(level).why_not:
        print(level, claims.offer(level).why_not, file=sys.stderr)
        continue
    with claims.Sandbox(level) as sandbox, tempfile.TemporaryDirectory() as folder:
        look = claims.looks(sandbox, Path(folder))
        claims.reaches_nobody(look, Path(folder))
        claims.sees_nothing_of_the_graders(look, Path(folder))
        claims.writes_to_its_own_folder_only(look)
        claims.holds_no_privileges(look)
    held.append(str(level))
print(json.dumps(held))
"""


@linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="this is an ordinary user already")
def test_an_ordinary_user_has_the_same_walls(tmp_path: Path) -> None:
    available(Level.BUBBLEWRAP)
    around = bubblewrap.outer(session=tmp_path, data=None, user=box_user(Level.BUBBLEWRAP))
    here = Path(__file__).resolve()
    shown = [word for place in (here.parent, REPOSITORY) for word in ("--ro-bind", str(place), str(place))]
    at = around.index("--chdir")
    command = [*around[:at], *shown, *around[at:], sys.executable, "-c", ORDINARY, str(here)]
    variables = {**environment(), "HOME": "/tmp", "PYTHONPATH": str(REPOSITORY)}  # noqa: S108 - a box's own
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, env=variables)
    assert done.returncode == 0, done.stderr
    assert "bubblewrap" in json.loads(done.stdout), done.stderr
