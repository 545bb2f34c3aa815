"""Under the filter nothing leads out of the box, and everything a notebook does goes on."""

from __future__ import annotations

import errno
import json
import os
import platform
import socket
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grader.inside import seccomp

MODULE = Path(__file__).parents[2] / "grader" / "inside" / "seccomp.py"

pytestmark = pytest.mark.skipif(
    not seccomp.supported(), reason=f"no seccomp filter for {sys.platform} on {platform.machine()}"
)
both = pytest.mark.parametrize("network", [True, False], ids=["network namespace", "no namespace"])

PRELUDE = """
import ctypes, errno, importlib.util, os, socket, subprocess, sys, threading
spec = importlib.util.spec_from_file_location("seccomp", sys.argv[1])
seccomp = importlib.util.module_from_spec(spec)
spec.loader.exec_module(seccomp)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments)) >= 0:
        return "allowed"
    return errno.errorcode[ctypes.get_errno()]

def outcome(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"

def install():
    seccomp.install(network=sys.argv[2] == "True")

"""
QUIET = {
    "CUDA_VISIBLE_DEVICES": "",
    "OPENBLAS_NUM_THREADS": "2",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


def start(code: str, *arguments: str, network: bool, prepare: str = "") -> subprocess.Popen[str]:
    """Run a snippet under the filter, in a session of its own; ``prepare`` runs before the filter."""
    program = PRELUDE + textwrap.dedent(prepare) + "\ninstall()\n" + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(MODULE), str(network), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | QUIET,
    )


def boxed(code: str, *arguments: str, network: bool = False, prepare: str = "") -> str:
    """What a snippet prints under the filter; it must end well."""
    process = start(code, *arguments, network=network, prepare=prepare)
    out, problems = process.communicate(timeout=120)
    assert process.returncode == 0, problems
    return out.strip()


def answer(filter_: bytes, *, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer: an interpreter of the few BPF instructions that occur, for any machine."""
    words = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, audit, 0, *(each % 2**64 for each in words))
    accumulator, at = 0, 0
    while True:
        code, then, otherwise, value = struct.unpack_from("=HBBI", filter_, at * 8)
        at += 1
        if code == seccomp.LOAD:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == seccomp.AND:
            accumulator &= value
        elif code == seccomp.RETURN:
            return int(value)
        else:
            tests = {
                seccomp.EQUAL: accumulator == value,
                seccomp.AT_LEAST: accumulator >= value,
                seccomp.ANY_BIT: bool(accumulator & value),
            }
            at += then if tests[code] else otherwise


# --- the program, on either machine

MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
on_both_machines = pytest.mark.parametrize("machine", list(MACHINES))
ALLOW, KILL = seccomp.ALLOW, seccomp.KILL_PROCESS


def error(number: int) -> int:
    return int(seccomp.ERRNO) | number


class On:
    """The filter of one machine and what it answers to calls given by name."""

    def __init__(self, machine: str, monkeypatch: pytest.MonkeyPatch, *, network: bool) -> None:
        monkeypatch.setattr(platform, "machine", lambda: machine)
        self.audit, self.column = MACHINES[machine]
        self.filter = seccomp.program(network=network)

    def __call__(self, numbers: tuple[int, ...], *arguments: int) -> int:
        return answer(self.filter, audit=self.audit, number=numbers[self.column], arguments=arguments)


@both
@on_both_machines
def test_every_denied_call_answers_eperm(machine: str, network: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    on = On(machine, monkeypatch, network=network)
    answers = {name: on(numbers) for name, numbers in seccomp.DENIED.items() if numbers[on.column] is not None}
    assert set(answers.values()) == {error(errno.EPERM)}
    assert len(answers) == {"x86_64": 58, "aarch64": 56}[machine]


@both
@on_both_machines
def test_the_filter_stays_small(machine: str, network: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    assert len(On(machine, monkeypatch, network=network).filter) <= 100 * 8


@on_both_machines
def test_calls_in_another_convention_end_the_process(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on = On(machine, monkeypatch, network=True)
    i386, arm = 0x40000003, 0x40000028
    assert {answer(on.filter, audit=each, number=20) for each in (i386, arm, 0)} == {KILL}


def test_x32_calls_do_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    on = On("x86_64", monkeypatch, network=True)
    numbers = (0x40000000, 0x40000000 + 101, 0xFFFFFFFF, 512, 521, 547)
    assert {on((each,)) for each in numbers} == {error(errno.ENOSYS)}
    assert on((511,)) == on((548,)) == ALLOW


@on_both_machines
@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
def test_clone_makes_no_namespace(machine: str, flag: int, monkeypatch: pytest.MonkeyPatch) -> None:
    on = On(machine, monkeypatch, network=True)
    assert on(seccomp.CLONE, flag | 17) == on(seccomp.CLONE, flag | 0xF << 60) == error(errno.EPERM)


@on_both_machines
def test_clone_still_makes_threads_and_processes(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on = On(machine, monkeypatch, network=True)
    thread = 0x3D0F00  # what pthread_create passes
    fork = 0x1200011  # what fork passes
    assert on(seccomp.CLONE, thread) == on(seccomp.CLONE, fork) == ALLOW


@both
@on_both_machines
def test_a_number_with_high_bits_set_is_what_the_kernel_takes_it_for(
    machine: str,
    network: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on = On(machine, monkeypatch, network=network)
    high = 1 << 32
    assert on(seccomp.SOCKET, high | 40, 1) == error(errno.EAFNOSUPPORT)
    assert on(seccomp.SOCKET, high | socket.AF_UNIX, high | socket.SOCK_STREAM) == ALLOW
    assert on(seccomp.IOCTL, 0, high | 0x5412) == error(errno.EPERM)


@on_both_machines
def test_without_a_namespace_there_is_less(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = (On(machine, monkeypatch, network=network) for network in (True, False))
    for family in (socket.AF_INET, socket.AF_INET6):
        assert inside(seccomp.SOCKET, family, socket.SOCK_STREAM) == ALLOW
        assert outside(seccomp.SOCKET, family, socket.SOCK_STREAM) == error(errno.EAFNOSUPPORT)
    for numbers in (seccomp.SOCKET, seccomp.SOCKETPAIR):
        assert inside(numbers, socket.AF_UNIX, socket.SOCK_DGRAM) == ALLOW
        assert outside(numbers, socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) == error(errno.EAFNOSUPPORT)
        assert outside(numbers, socket.AF_UNIX, socket.SOCK_RAW) == error(errno.EAFNOSUPPORT)
        assert outside(numbers, socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) == ALLOW
    assert inside(seccomp.CONNECT) == inside(seccomp.PRLIMIT64, 1) == ALLOW
    assert outside(seccomp.CONNECT) == outside(seccomp.PRLIMIT64, 1) == error(errno.EPERM)
    assert outside(seccomp.PRLIMIT64, 0) == ALLOW


def test_another_machine_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.supported()
    with pytest.raises(OSError, match="no seccomp filter for linux on riscv64"):
        seccomp.program(network=True)


# --- what this kernel refuses


@both
def test_every_denied_call_is_refused_by_the_kernel(network: bool) -> None:  # noqa: FBT001
    code = """
    import platform
    column = seccomp.MACHINES[platform.machine()].column
    calls = {name: numbers[column] for name, numbers in seccomp.DENIED.items() if numbers[column] is not None}
    # arguments of -1 are wrong for every one of them, should the filter fail
    print([name for name, number in calls.items() if call(number, -1, -1, -1, -1, -1) != "EPERM"])
    """
    assert boxed(code, network=network) == "[]"


def test_the_filter_stays_for_children() -> None:
    code = """
    child = "import socket\\ntry: socket.socket(socket.AF_INET)\\nexcept OSError as error: print(error.errno)"
    print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout)
    """
    assert boxed(code) == str(errno.EAFNOSUPPORT)


def test_no_privileges_come_back_by_setuid_programs() -> None:
    assert boxed('print(*(line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")))').endswith("1")


def test_threads_that_ran_before_are_filtered_too() -> None:
    prepare = """
    installed, answers = threading.Event(), []
    def work():
        installed.wait()
        answers.append(outcome(socket.socket, socket.AF_INET))
    early = threading.Thread(target=work)
    early.start()
    """
    code = """
    installed.set()
    early.join()
    print(*answers)
    """
    assert boxed(code, prepare=prepare) == "EAFNOSUPPORT"


def test_a_32_bit_call_ends_the_process() -> None:
    if platform.machine() != "x86_64":
        pytest.skip("int 0x80 is x86_64's")
    code = """
    import mmap
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20 (getpid); int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    """
    process = start(code, network=True)
    process.communicate(timeout=60)
    assert process.returncode in {-31, -11}  # SIGSYS; SIGSEGV where the kernel has no 32-bit calls at all


def test_an_x32_call_does_not_exist() -> None:
    if platform.machine() != "x86_64":
        pytest.skip("x32 is x86_64's")
    assert boxed("print(call(0x40000000 + 39), call(521))", network=True) == "ENOSYS ENOSYS"


def test_clone3_is_not_there_and_clone_makes_no_namespace() -> None:
    code = """
    new_user, sigchld = 0x10000000, 17
    clone, clone3 = (seccomp._here(each) for each in (seccomp.CLONE, seccomp.CLONE3))
    print(call(clone3, 0, 0), call(clone, new_user | sigchld, 0, 0, 0, 0))
    """
    assert boxed(code, network=True) == "ENOSYS EPERM"


def test_no_keystrokes_can_be_put_into_a_terminal() -> None:
    code = """
    import fcntl, pty
    leader, terminal = pty.openpty()
    print(outcome(fcntl.ioctl, terminal, 0x5412, b"x"), outcome(fcntl.ioctl, terminal, 0x541C, b"x"))
    print(os.get_terminal_size(terminal).columns)
    """
    assert boxed(code, network=True).split() == ["EPERM", "EPERM", "0"]


def test_a_process_may_make_itself_undumpable() -> None:
    assert boxed("print(libc.prctl(4, 0, 0, 0, 0))") == "0"


def test_a_landlock_may_be_added() -> None:
    version = "print(libc.syscall(ctypes.c_long(444), None, ctypes.c_long(0), ctypes.c_long(1)) >= 0 or "
    assert boxed(version + "errno.errorcode[ctypes.get_errno()])") in {"True", "ENOSYS", "EOPNOTSUPP"}


RARE = {"alg": 38, "bluetooth": 31, "can": 29, "packet": 17, "qipcrtr": 42, "tipc": 30, "vsock": 40}  # AF_*


@both
@pytest.mark.parametrize("family", RARE.values(), ids=RARE)
def test_a_socket_of_a_rare_family_is_refused(family: int, network: bool) -> None:  # noqa: FBT001
    code = f"print(outcome(socket.socket, {family}, socket.SOCK_DGRAM))"
    assert boxed(code, network=network) == "EAFNOSUPPORT"


@both
def test_only_the_routing_protocol_of_netlink_is_there(network: bool) -> None:  # noqa: FBT001
    code = """
    netlink = lambda protocol: outcome(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    usersock, connector, uevents = 2, 11, 15
    print(netlink(0), netlink(usersock), netlink(connector), netlink(uevents))
    print(len(socket.if_nameindex()) > 0)
    """
    refused = ["EAFNOSUPPORT"] * 3
    assert boxed(code, network=network).split() == ["allowed", *refused, "True"]


def test_internet_sockets_are_refused_where_no_namespace_is_around() -> None:
    code = "print(*(outcome(socket.socket, each) for each in (socket.AF_INET, socket.AF_INET6)))"
    assert boxed(code) == "EAFNOSUPPORT EAFNOSUPPORT"


def test_internet_sockets_work_inside_a_network_namespace() -> None:
    code = """
    server = socket.create_server(("127.0.0.1", 0))
    print(outcome(socket.create_connection, server.getsockname()))
    """
    assert boxed(code, network=True) == "allowed"


def test_a_unix_socket_of_the_host_is_out_of_reach(tmp_path: Path) -> None:
    stream, datagram = str(tmp_path / "stream"), str(tmp_path / "datagram")
    code = """
    print(outcome(socket.socket(socket.AF_UNIX).connect, sys.argv[3]))
    print(outcome(socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM))
    print(outcome(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM))
    print(outcome(socket.socket(socket.AF_UNIX).sendto, b"x", sys.argv[4]))
    """
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as second:
        first.bind(stream)
        first.listen()
        second.bind(datagram)
        answers = boxed(code, stream, datagram).split()
    assert answers[:3] == ["EPERM", "EAFNOSUPPORT", "EAFNOSUPPORT"]
    assert answers[3] != "allowed"


def test_the_limits_of_other_processes_stay() -> None:
    code = """
    import resource
    print(outcome(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    """
    assert boxed(code).split() == ["EPERM", "100"]


# --- what goes on


@both
def test_threads_processes_and_subprocesses_work(network: bool) -> None:  # noqa: FBT001
    code = """
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing import Pool
    with ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(abs, range(-9, 0))))
    with Pool(2) as pool:
        print(sum(pool.map(abs, range(-9, 0))))
    print(subprocess.run(["true"]).returncode, subprocess.getoutput("echo $((6 * 7))"))
    """
    assert boxed(code, network=network).split() == ["45", "45", "0", "42"]


@both
def test_joblib_works(network: bool) -> None:  # noqa: FBT001
    pytest.importorskip("joblib")
    code = """
    import joblib
    print(sum(joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(each) for each in range(-9, 0))))
    """
    assert boxed(code, network=network) == "45"


@both
def test_numpy_and_asyncio_work(network: bool) -> None:  # noqa: FBT001
    code = """
    import asyncio, numpy
    print((numpy.ones((300, 300)) @ numpy.ones((300, 300))).sum())
    async def run():
        await asyncio.sleep(0)
        process = await asyncio.create_subprocess_exec("echo", "heard", stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0].decode()
    print(asyncio.run(run()))
    """
    assert boxed(code, network=network).split() == ["27000000.0", "heard"]


@both
def test_zmq_binds_ipc_sockets_and_talks_inside_a_process(network: bool, tmp_path: Path) -> None:  # noqa: FBT001
    code = """
    import zmq
    context = zmq.Context()
    shell = context.socket(zmq.ROUTER)
    shell.bind("ipc://" + sys.argv[3] + "/shell")
    left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    left.bind("inproc://pipe")
    right.connect("inproc://pipe")
    left.send(b"inside")
    print(right.recv().decode(), os.path.exists(sys.argv[3] + "/shell"))
    context.destroy(linger=0)
    """
    assert boxed(code, str(tmp_path), network=network).split() == ["inside", "True"]


@both
def test_a_kernel_answers_over_ipc_sockets(network: bool, tmp_path: Path) -> None:  # noqa: FBT001
    client_module = pytest.importorskip("jupyter_client.blocking")
    names = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
    connection = {"transport": "ipc", "ip": str(tmp_path / "k"), "key": "k", "signature_scheme": "hmac-sha256"}
    connection |= {name: number for number, name in enumerate(names, 1)}
    file = tmp_path / "c.json"
    file.write_text(json.dumps(connection), encoding="utf-8")
    code = """
    sys.argv = ["kernel", "-f", sys.argv[3]]
    from ipykernel.kernelapp import launch_new_instance
    launch_new_instance()
    """
    process = start(code, str(file), network=network)
    client = client_module.BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    heard: list[str] = []
    try:
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive(
            "print(6 * 7)",
            timeout=60,
            output_hook=lambda message: heard.append(message["content"].get("text", "")),
        )
        assert reply["content"]["status"] == "ok"
        assert "42\n" in heard
    finally:
        client.stop_channels()
        process.kill()
        process.communicate()


@pytest.mark.slow
@both
def test_keras_trains(network: bool) -> None:  # noqa: FBT001
    code = """
    import keras, numpy
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    history = model.fit(numpy.ones((64, 4)), numpy.ones(64), epochs=2, verbose=0)
    print(len(history.history["loss"]), model.predict(numpy.ones((2, 4)), verbose=0).shape)
    """
    assert boxed(code, network=network) == "2 (2, 1)"
