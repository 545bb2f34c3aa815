"""Start an ipykernel with the recorder in place: the process in which a student's code runs."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import compat, courtesy, datasets, figures, functions
from .recorder import Recorder

# Read when Keras and TensorFlow are imported, or when Python starts: in here that has happened already.
TOO_LATE = "it has an effect only before the import that has been made here already; it was ignored"
NOTICES = {
    "KERAS_BACKEND": "the assignment runs on the TensorFlow backend; the setting was ignored",
    "TF_USE_LEGACY_KERAS": TOO_LATE,
    "TF_ENABLE_ONEDNN_OPTS": TOO_LATE,
    "PYTHONHASHSEED": TOO_LATE,
}


def enter(job: dict[str, Any], places: dict[str, str], tell: Callable[[dict[str, Any]], None]) -> None:
    """Serve a kernel until it is told to shut down.

    The job: ``data`` (data folder or null), ``trusted_data``, ``refused`` (packages that are no student's
    business), ``module`` (file name of a script, or null), ``threads`` (of one operation, or null),
    ``functions`` (of the student's to be called, with their inputs), ``compat`` (whether old spellings are run as
    their modern ones). ``tell`` says when the sockets are bound.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if job.get("threads"):  # read when TensorFlow's runtime starts, which no parent has done
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(job["threads"])
    recorder = _record(job, places)
    _refuse(tuple(job.get("refused", ())))
    connection = Path(places["run"]) / "kernel.json"
    shutil.copyfile(Path(places["inputs"]) / "connection.json", connection)
    app = _kernel(str(connection), recorder, job.get("module"))
    functions.install(app.shell, recorder, job.get("functions", []))
    if job.get("compat"):
        compat.watch(app.shell, recorder)
    tell({"ready": True, "last": True})
    app.start()


def _record(job: dict[str, Any], places: dict[str, str]) -> Any:
    data = Path(job["data"]) if job["data"] else None
    datasets.prepare(Path(places["home"]) / "keras", data)
    import keras  # noqa: F401

    with contextlib.suppress(ImportError):  # the same loaders, as tensorflow.keras shows them
        importlib.import_module("keras._tf_keras.keras.datasets")
    datasets.redirect(data, trusted=bool(job["trusted_data"]))
    figures.no_windows()
    recorder = Recorder(Path(places["out"]))
    recorder.install()
    return recorder


def _refuse(names: tuple[str, ...]) -> None:
    """Keep installed packages that are no student's business from being imported; a student's own file may be."""

    class Refuser(importlib.abc.MetaPathFinder):
        def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
            if fullname.split(".", maxsplit=1)[0] not in names or path is not None:
                return None
            own = importlib.machinery.PathFinder.find_spec(fullname, [""])
            if own is None:
                message = f"No module named {fullname!r}"
                raise ModuleNotFoundError(message, name=fullname)
            return own

    sys.meta_path.insert(0, Refuser())


def _kernel(connection: str, recorder: Any, module: str | None) -> Any:
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class PatientApp(IPKernelApp):
        """Outputs that are not fetched yet wait in this process, whose memory is limited; none is dropped."""

        def init_iopub(self, context: Any) -> None:
            context.setsockopt(zmq.SNDHWM, 0)
            super().init_iopub(context)
            context.sockopts.pop(zmq.SNDHWM)

    sys.path.insert(0, "")  # modules uploaded beside the notebook
    app = PatientApp.instance()
    app.initialize(
        [
            "-f",
            connection,
            "--HistoryManager.enabled=False",
            "--IPKernelApp.capture_fd_output=False",
        ]
    )
    sys.argv = [module or ""]  # a script's own arguments: none
    if module is not None:
        app.shell.user_ns["__file__"] = str(Path.cwd() / module)
    _follow_cells(app.shell, recorder)
    courtesy.install(app.shell, lambda text: _note(recorder, text))
    return app


def _note(recorder: Any, text: str) -> None:
    print(f"[{text}]")  # noqa: T201 - into the cell's output, where the student looks for it
    with recorder.quietly():
        recorder.write("note", text=text)


def _follow_cells(shell: Any, recorder: Any) -> None:
    """Tell the recorder which cell runs, and undo settings that can't be had once keras is imported."""
    given = {name: os.environ.get(name) for name in NOTICES}
    running = 0  # %%capture and get_ipython().run_cell run a cell within a cell: only the outer one counts

    def before(info: Any) -> None:
        nonlocal running
        recorder.cell += not running
        running += 1
        with recorder.quietly():
            recorder.file = shell.compile.get_code_name(info.raw_cell, info.raw_cell, 0)
            recorder.files[recorder.file] = recorder.cell

    def after(_result: object) -> None:
        nonlocal running
        running -= 1
        with recorder.quietly():
            recorder.flush()
            for name, why in NOTICES.items():
                if os.environ.get(name) != given[name]:
                    recorder.write("note", text=f"{name}={os.environ.get(name)}: {why}")
                    _set(name, given[name])

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
