"""Under landlock a process has the files it was given and no others, and everything a notebook does goes on."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grader.inside import landlock

INSIDE = Path(__file__).parents[2] / "grader" / "inside"

ABI = landlock.abi()
pytestmark = pytest.mark.skipif(ABI == 0, reason="this kernel has no landlock")


def from_abi(version: int, what: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(version > ABI, reason=f"{what} needs landlock ABI {version}, this is {ABI}")


PRELUDE = """
import ctypes, errno, importlib.util, os, shutil, signal, socket, stat, subprocess, sys, threading
from pathlib import Path

def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(sys.argv[1], name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

landlock, seccomp = load("landlock"), load("seccomp")
work, secret = Path(sys.argv[2]), Path(sys.argv[3])
SYSTEM = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev/urandom", "/no/such/path",
          sys.prefix, sys.base_prefix, *(each for each in sys.path if each)]

def outcome(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"

def restrict(read=(), write=()):
    landlock.restrict(read=[*SYSTEM, *read], write=["/dev/null", "/dev/shm", str(work), "/not/there", *write])

"""
QUIET = {
    "CUDA_VISIBLE_DEVICES": "",
    "OPENBLAS_NUM_THREADS": "2",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


class Folders:
    """A working folder inside, and one outside with a secret in it."""

    def __init__(self, root: Path) -> None:
        self.work, self.outside = root / "work", root / "outside"
        self.work.mkdir()
        self.outside.mkdir()
        self.secret = self.outside / "secret.txt"
        self.secret.write_text("expected answers", encoding="utf-8")

    def boxed(self, code: str, *arguments: str) -> list[str]:
        """The words that a snippet prints; it must end well."""
        program = PRELUDE + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-c", program, str(INSIDE), str(self.work), str(self.secret), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            start_new_session=True,
            env=os.environ | QUIET | {"TMPDIR": str(self.work), "HOME": str(self.work)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


# --- files


def test_a_file_outside_can_not_be_read(folders: Folders) -> None:
    assert folders.boxed("restrict(); print(outcome(secret.read_text), outcome(os.listdir, secret.parent))") == [
        "EACCES",
        "EACCES",
    ]


def test_a_file_outside_can_not_be_changed(folders: Folders) -> None:
    code = """
    restrict()
    print(outcome(secret.write_text, "mine"), outcome(secret.unlink), outcome(secret.rename, work / "mine"))
    print(outcome((secret.parent / "new").touch), outcome((secret.parent / "folder").mkdir))
    print(outcome(os.link, secret, work / "link"), outcome((secret.parent / "s").symlink_to, "x"))
    """
    answers = folders.boxed(code)
    assert len(answers) == 7
    assert set(answers) <= {"EACCES", "EXDEV", "EPERM"}
    assert folders.secret.read_text(encoding="utf-8") == "expected answers"


def test_a_symbolic_link_leads_nowhere_else(folders: Folders) -> None:
    assert folders.boxed("""
    restrict()
    (work / "link").symlink_to(secret)
    print(outcome((work / "link").read_text))
    """) == ["EACCES"]


@from_abi(3, "truncation")
def test_a_file_outside_can_not_be_emptied(folders: Folders) -> None:
    code = """
    restrict(read=[str(secret)])
    print(outcome(os.truncate, secret, 0), outcome(os.open, secret, os.O_RDONLY | os.O_TRUNC), secret.read_text())
    """
    assert folders.boxed(code) == ["EACCES", "EACCES", "expected", "answers"]


def test_what_may_be_read_can_not_be_changed(folders: Folders) -> None:
    code = """
    restrict(read=[str(secret.parent)])
    print(os.listdir(secret.parent), outcome(secret.write_text, "mine"), outcome(secret.unlink))
    """
    assert folders.boxed(code) == ["['secret.txt']", "EACCES", "EACCES"]


def test_programs_run_from_what_may_be_read_only(folders: Folders) -> None:
    script = folders.outside / "run"
    script.write_text("#!/bin/sh\necho ran\n", encoding="utf-8")
    script.chmod(0o755)
    code = """
    run = lambda: subprocess.run([secret.parent / "run"], check=True)
    restrict({})
    print(outcome(run), flush=True)
    """
    assert folders.boxed(code.format("")) == ["EACCES"]
    assert folders.boxed(code.format("read=[str(secret.parent)]")) == ["ran", "allowed"]


def test_the_working_folder_takes_all_a_notebook_does(folders: Folders) -> None:
    code = """
    restrict()
    (work / "a" / "b").mkdir(parents=True)
    (work / "c").mkdir()
    file = work / "a" / "b" / "file"
    file.write_text("some words")
    file.write_text("fewer")  # truncates
    os.truncate(file, 3)
    (work / "link").symlink_to(file)
    print((work / "link").read_text(), sorted(os.listdir(work)))
    file.rename(file.with_name("moved"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(work / "socket"))
    shutil.move(work / "a", work / "c" / "a")
    shutil.rmtree(work / "c")
    print(sorted(os.listdir(work)))
    """
    assert folders.boxed(code) == ["few", "['a',", "'c',", "'link']", "['link',", "'socket']"]


@from_abi(2, "moving between folders")
def test_a_file_moves_and_links_between_working_folders(folders: Folders) -> None:
    other = folders.outside.with_name("other")
    other.mkdir()
    code = """
    other = sys.argv[4]
    restrict(write=[other])
    (work / "file").touch()
    print(outcome(os.link, work / "file", other + "/link"), outcome(os.rename, work / "file", other + "/file"))
    """
    assert folders.boxed(code, str(other)) == ["allowed", "allowed"]


def test_the_working_folder_takes_no_fifo_and_no_device(folders: Folders) -> None:
    code = """
    restrict()
    print(outcome(os.mkfifo, work / "fifo"))
    print(outcome(os.mknod, work / "device", stat.S_IFCHR | 0o600, os.makedev(1, 3)))
    """
    fifo, device = folders.boxed(code)
    assert fifo == "EACCES"
    assert device in {"EACCES", "EPERM"}


def test_a_device_is_written_like_a_file(folders: Folders) -> None:
    code = """
    restrict()
    with open("/dev/null", "r+b", buffering=0) as null:
        print(null.write(b"gone"), null.read(), null.isatty())
    print(outcome(open, "/dev/zero", "rb"), subprocess.run(["true"], stdout=subprocess.DEVNULL).returncode)
    """
    assert folders.boxed(code) == ["4", "b''", "False", "EACCES", "0"]


@from_abi(5, "ioctl on devices")
def test_a_device_takes_ioctl_only_when_it_is_named_itself(folders: Folders) -> None:
    code = """
    import fcntl, pty, termios
    leader, terminal = pty.openpty()
    name = os.ttyname(terminal)
    landlock.restrict(read=[*SYSTEM], write=["/dev" if sys.argv[4] == "folder" else name])
    print(outcome(lambda: fcntl.ioctl(os.open(name, os.O_RDWR | os.O_NOCTTY), termios.TIOCGWINSZ, bytes(8))))
    """
    assert folders.boxed(code, "folder") == ["EACCES"]
    assert folders.boxed(code, "itself") == ["allowed"]


def test_descriptors_are_all_closed_again(folders: Folders) -> None:
    code = """
    before = os.listdir("/proc/self/fd")
    restrict()
    print(before == os.listdir("/proc/self/fd"))
    """
    assert folders.boxed(code) == ["True"]


def test_descriptors_are_closed_when_it_fails(folders: Folders) -> None:
    code = """
    before = os.listdir("/proc/self/fd")
    print(outcome(lambda: landlock.restrict(read=["x" * 5000], write=[])))
    print(before == os.listdir("/proc/self/fd"))
    """
    assert folders.boxed(code) == ["ENAMETOOLONG", "True"]


def test_children_stay_restricted_and_gain_nothing(folders: Folders) -> None:
    code = """
    restrict()
    child = "import sys\\ntry: open(sys.argv[1])\\nexcept PermissionError: print('refused')"
    print(subprocess.run([sys.executable, "-c", child, secret], capture_output=True, text=True).stdout)
    print(*(line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")))
    print(outcome(lambda: landlock.restrict(read=["/"], write=["/"])), outcome(secret.read_text))
    """
    assert folders.boxed(code) == ["refused", "NoNewPrivs:", "1", "allowed", "EACCES"]


def test_a_second_thread_is_an_error_not_a_way_out(folders: Folders) -> None:
    code = """
    threading.Thread(target=signal.pause, daemon=True).start()
    try:
        restrict()
    except OSError as error:
        print(errno.errorcode[error.errno], error.strerror, flush=True)
    os._exit(0)
    """
    assert " ".join(folders.boxed(code)).startswith("EBUSY landlock restricts one thread, and 2 are running")


def test_no_landlock_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(OSError, match="this kernel has no landlock") as caught:
        landlock.restrict(read=[], write=[])
    assert caught.value.errno == errno.ENOSYS


@pytest.mark.parametrize(
    ("version", "rights"), [(1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (6, 16), (7, 16), (99, 16)]
)
def test_every_version_handles_all_the_rights_it_knows(version: int, rights: int) -> None:
    assert landlock._handled(version) == (1 << rights) - 1


# --- network, signals, other processes


@from_abi(4, "TCP")
def test_tcp_is_refused(folders: Folders) -> None:
    code = """
    restrict()
    print(outcome(socket.create_connection, ("127.0.0.1", int(sys.argv[4]))))
    print(outcome(socket.create_server, ("127.0.0.1", 0)))
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert folders.boxed(code, str(server.getsockname()[1])) == ["EACCES", "EACCES"]


@from_abi(6, "scoping")
def test_an_abstract_socket_outside_is_out_of_reach(folders: Folders) -> None:
    name = f"\0grader-test-{os.getpid()}"
    code = """
    restrict()
    print(outcome(socket.socket(socket.AF_UNIX).connect, "\\0" + sys.argv[4]))
    """
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        assert folders.boxed(code, name[1:]) == ["EPERM"]


@from_abi(6, "scoping")
def test_processes_outside_get_no_signals(folders: Folders) -> None:
    code = """
    restrict()
    print(outcome(os.kill, os.getppid(), 0))
    child = subprocess.Popen(["sleep", "60"])
    child.terminate()
    print(child.wait())
    """
    assert folders.boxed(code) == ["EPERM", "-15"]


def test_the_memory_of_processes_outside_stays_unread(folders: Folders) -> None:
    code = """
    restrict()
    print(*(outcome(open, f"/proc/{os.getppid()}/{each}", "rb") for each in ("mem", "environ", "maps")))
    """
    memory, *rest = folders.boxed(code)
    assert memory == "EACCES"
    if os.geteuid() != 0:  # root has CAP_PERFMON, which reads the others past landlock: the box is never root
        assert rest == ["EACCES", "EACCES"]


# --- what goes on


def test_ordinary_work_goes_on_under_landlock_and_the_filter(folders: Folders) -> None:
    code = """
    restrict()
    if seccomp.supported():
        seccomp.install(network=False)
    import asyncio, tempfile
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing import Pool
    import numpy
    with ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(abs, range(-9, 0))))
    with Pool(2) as pool:
        print(sum(pool.map(abs, range(-9, 0))))
    print((numpy.ones((300, 300)) @ numpy.ones((300, 300))).sum(), asyncio.run(asyncio.sleep(0, "slept")))
    numpy.save(work / "x.npy", numpy.ones(3))
    print(numpy.load(work / "x.npy", mmap_mode="r+").sum(), Path(tempfile.mkdtemp()).parent == work)
    """
    assert folders.boxed(code) == ["45", "45", "27000000.0", "slept", "3.0", "True"]


def test_zmq_binds_ipc_sockets_and_talks_inside_a_process(folders: Folders) -> None:
    code = """
    restrict()
    if seccomp.supported():
        seccomp.install(network=False)
    import zmq
    context = zmq.Context()
    shell = context.socket(zmq.ROUTER)
    shell.bind(f"ipc://{work}/shell")
    left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    left.bind("inproc://pipe")
    right.connect("inproc://pipe")
    left.send(b"inside")
    print(right.recv().decode(), (work / "shell").exists())
    context.destroy(linger=0)
    """
    assert folders.boxed(code) == ["inside", "True"]


@pytest.mark.slow
def test_keras_trains_saves_and_plots(folders: Folders) -> None:
    code = """
    restrict()
    if seccomp.supported():
        seccomp.install(network=False)
    import keras, matplotlib, numpy
    matplotlib.use("agg")
    from matplotlib import pyplot
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    history = model.fit(numpy.ones((64, 4)), numpy.ones(64), epochs=2, verbose=0)
    model.save(work / "model.keras")
    pyplot.plot(history.history["loss"])
    pyplot.savefig(work / "loss.png")
    again = keras.models.load_model(work / "model.keras")
    print(again.predict(numpy.ones((2, 4)), verbose=0).shape, (work / "loss.png").stat().st_size > 1000)
    """
    assert folders.boxed(code) == ["(2,", "1)", "True"]
