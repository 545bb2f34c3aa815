"""Start an ipykernel with the recorder in place: the process in which a student's code runs."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
from pathlib import Path
from typing import Any

NOTICES = {
    "KERAS_BACKEND": "the assignment runs on the TensorFlow backend; the setting was ignored",
}


def main(argv: list[str]) -> None:
    """Run ``kernel.py -f CONNECTION_FILE --job JOB_FILE``.

    The job is JSON: ``out`` (folder for the capture), ``data`` (data folder or null), ``trusted_data``,
    ``home`` (a writable folder for Keras).
    """
    job = json.loads(Path(argv[argv.index("--job") + 1]).read_text(encoding="utf-8"))
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    name = importlib.import_module("_boot").package()
    sys.path.pop(0)
    recorder = _record(name, job)
    _refuse(tuple(job.get("refused", ())))
    _serve(argv[argv.index("-f") + 1], recorder, importlib.import_module(f"{name}.courtesy"), job.get("module"))


def _record(name: str, job: dict[str, Any]) -> Any:
    inside = {part: importlib.import_module(f"{name}.{part}") for part in ("datasets", "recorder", "figures")}
    data = Path(job["data"]) if job["data"] else None
    inside["datasets"].prepare(Path(job["home"]), data)
    import keras  # noqa: F401

    with contextlib.suppress(ImportError):  # the same loaders, as tensorflow.keras shows them
        importlib.import_module("keras._tf_keras.keras.datasets")
    inside["datasets"].redirect(data, trusted=bool(job["trusted_data"]))
    inside["figures"].no_windows()
    recorder = inside["recorder"].Recorder(Path(job["out"]))
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


def _serve(connection: str, recorder: Any, courtesy: Any, module: str | None) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.path.insert(0, "")  # modules uploaded beside the notebook
    app = IPKernelApp.instance()
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
    app.start()


def _note(recorder: Any, text: str) -> None:
    print(f"[{text}]")  # noqa: T201 - into the cell's output, where the student looks for it
    with recorder.quietly():
        recorder.write("note", text=text)


def _follow_cells(shell: Any, recorder: Any) -> None:
    """Tell the recorder which cell runs, and undo settings that can't be had once keras is imported."""
    running = 0  # %%capture and get_ipython().run_cell run a cell within a cell: only the outer one counts

    def before(info: Any) -> None:
        nonlocal running
        recorder.cell += not running
        running += 1
        with recorder.quietly():
            recorder.file = shell.compile.get_code_name(info.raw_cell, info.raw_cell, 0)

    def after(_result: object) -> None:
        nonlocal running
        running -= 1
        with recorder.quietly():
            recorder.flush()
            for name, why in NOTICES.items():
                if os.environ.get(name) != "tensorflow":
                    asked = os.environ.get(name)
                    os.environ[name] = "tensorflow"
                    recorder.write("note", text=f"{name}={asked}: {why}")

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


if __name__ == "__main__":
    main(sys.argv[1:])
