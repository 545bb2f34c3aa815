"""The warm parent: it has imported what submissions import, has executed nothing, and every box is a fork of it.

Forking is safe only while there is exactly one thread and TensorFlow's runtime has not been started:
both are asserted before each fork, and a parent that can't promise it says so instead of forking.
The process that grades speaks to it over one socket, a JSON message and a descriptor at a time; when
that socket closes, it ends, and with it every box.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

MESSAGE = 1 << 17  # bytes of one request at most

# What notebooks of this course import, and what a kernel and the first fit import behind their backs.
# Not matplotlib_inline's backend: imported before there is a shell, it never shows a figure.
PRELOADED = (
    "numpy", "numpy.random", "pandas", "scipy.sparse", "sklearn.datasets", "sklearn.metrics", "sklearn.model_selection",
    "sklearn.pipeline", "sklearn.preprocessing", "matplotlib.pyplot", "matplotlib.backends.backend_agg",
    "tensorflow", "keras", "keras._tf_keras.keras.datasets", "keras.src.backend.tensorflow.trainer",
    "keras.src.saving.saving_lib", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger",
    "IPython.core.pylabtools", "IPython.core.completerlib", "h5py",
    "multiprocessing.pool", "tensorflow.python.data.ops.dataset_ops", "tensorflow.python.framework.indexed_slices",
    "tensorflow.python.data.ops.concatenate_op", "tensorflow.python.data.ops.flat_map_op",
    "tensorflow.python.data.ops.from_tensors_op", "tensorflow.python.data.ops.range_op",
    "tensorflow.python.data.ops.zip_op", "PIL.PngImagePlugin", "PIL.JpegImagePlugin", "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin", "PIL.PpmImagePlugin",
)  # fmt: skip


def main(argv: list[str]) -> None:
    """Run ``parent.py CONTROL_DESCRIPTOR warm|cold [DATA_FOLDER CALLS]``: a warm one makes those calls, too."""
    control = socket.socket(fileno=int(argv[0]))
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    package = importlib.import_module("_boot").package()
    sys.path.pop(0)
    parent = Parent(control, package)
    missing = _preload(package, argv[2:]) if argv[1] == "warm" else []
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": True, "missing": missing, "unsafe": unsafe()}).encode())
    parent.serve()


def _preload(package: str, data: list[str]) -> list[str]:
    """Import everything and make the calls in ``data`` (folder, calls as JSON), if any.

    Returns what could not be imported: a box without pandas is still a box.
    """
    missing = []
    own = [f"{package}.{part}" for part in ("kernel", "recorder", "courtesy", "predictor", "rawdata")]
    for name in (*PRELOADED, *own):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if data:
        importlib.import_module(f"{package}.datasets").preload(Path(data[0]), json.loads(data[1]))
    return missing


def unsafe() -> str:
    """Return why this process can't be forked, or an empty text."""
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads != 1:
        return f"{threads} threads run in it"
    context = sys.modules.get("tensorflow.python.eager.context")
    started = getattr(getattr(context, "_context", None), "_context_handle", None)
    return "TensorFlow's runtime was started in it" if started is not None else ""


class Parent:
    """Opens boxes on request, one after another, until the grading process is gone."""

    def __init__(self, control: socket.socket, package: str) -> None:
        self._control = control
        self._package = package
        self._enter, self._entries = (importlib.import_module(f"{package}.{part}") for part in ("enter", "entries"))
        self._enter.adopt_orphans()

    def serve(self) -> None:
        """Take requests: a JSON message with the descriptor of the channel to answer on."""
        ended = _watch_children()
        poll = select.poll()
        for source in (self._control, ended):
            poll.register(source, select.POLLIN)
        while True:
            ready = {source for source, _ in poll.poll()}
            if ended in ready:  # at once: a box's namespace is only gone when its last process was waited for
                os.read(ended, 512)
                _reap()
            if self._control.fileno() not in ready:
                continue
            message, channels, _, _ = socket.recv_fds(self._control, MESSAGE, 1)
            if not message:
                return
            self._open(json.loads(message), channels[0])
            os.close(channels[0])

    def _open(self, request: dict[str, Any], channel: int) -> None:
        """Make a box's namespaces and fork into them; whatever goes wrong is told, and nothing runs."""
        bwrap = init = None
        try:
            if why := unsafe():
                raise RuntimeError(why)  # noqa: TRY301 - told like everything else
            if request["namespaces"] is not None:
                bwrap, init = self._enter.make_namespaces(request["namespaces"])
            if os.fork() == 0:
                self._become(request, channel, init)
        except Exception as error:  # noqa: BLE001 - the parent outlives every request
            if bwrap is not None:
                os.kill(bwrap, signal.SIGKILL)
            self._complain(channel, error)
        finally:
            if init is not None:
                os.close(init)

    def _become(self, request: dict[str, Any], channel: int, init: int | None) -> None:
        """Go on as the process of a box; never returns."""
        status = 1
        try:
            self._control.detach()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            places = self._enter.enter(request, channel, init)
            self._entries.run(request["entry"], places, channel, self._package)
            status = 0
        except BaseException as error:  # noqa: BLE001 - nothing of the parent may run on in here
            self._complain(channel, error)
        finally:
            os._exit(status)

    def _complain(self, channel: int, error: BaseException) -> None:
        with contextlib.suppress(OSError):
            self._entries.tell(channel, {"error": f"{type(error).__name__}: {error}"})


def _watch_children() -> int:
    """Return a descriptor that can be read from whenever a child has ended."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return ended


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
