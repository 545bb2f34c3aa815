"""Let notebooks written for other machines run here: installs, Colab imports and mounts are noted and skipped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

COLAB: dict[str, dict[str, object]] = {  # what each call returns here
    "drive": {"mount": None, "flush_and_unmount": None},
    "files": {"upload": {}, "download": None},
    "output": {"clear": None},
    "userdata": {"get": None},
}
Note = Callable[[str], None]

INSTALLERS = re.compile(r"^\s*(?:sudo\s+)?(?:python3?\s+-m\s+)?(?:pip3?|conda|mamba|apt|apt-get|uv)\s+\S+")
SKIPPED_MAGICS = ("pip", "conda", "mamba", "uv", "tensorflow_version")


def install(shell: Any, note: Note) -> None:
    """Replace the shell's installers and Colab's modules by ones that do nothing but say so."""
    _do_without_terminals(shell)
    _skip_installers(shell, note)
    _skip_magics(shell, note)
    _offer_colab(note)
    _offer_winsound()


def _do_without_terminals(shell: Any) -> None:
    """Where no pseudo-terminal can be had, give ``!command`` a pipe instead."""
    try:
        for descriptor in os.openpty():
            os.close(descriptor)
    except (OSError, AttributeError):

        def system(command: str) -> None:
            # by a shell, because that is what '!command' means: the student's own line, in the student's own box
            done = subprocess.run(  # noqa: S602
                shell.var_expand(command, depth=1), shell=True, check=False, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            sys.stdout.write(done.stdout.decode(errors="replace"))
            shell.user_ns["_exit_code"] = done.returncode

        object.__setattr__(shell, "system", system)


def _skip_installers(shell: Any, note: Note) -> None:
    for name in ("system", "system_piped", "system_raw", "getoutput"):
        original = getattr(shell, name)

        def skip(command: str, *args: Any, _original: Any = original, _name: str = name, **kwargs: Any) -> Any:
            if not INSTALLERS.match(command):
                return _original(command, *args, **kwargs)
            note(f"skipped: {command.strip()[:200]}")
            return [] if _name == "getoutput" else None

        object.__setattr__(shell, name, skip)


def _skip_magics(shell: Any, note: Note) -> None:
    for name in SKIPPED_MAGICS:

        def magic(line: str = "", cell: str | None = None, *, _name: str = name) -> None:  # noqa: ARG001
            note(f"skipped: %{_name} {line.strip()[:200]}")

        shell.register_magic_function(magic, magic_kind="line_cell", magic_name=name)


def _offer_colab(note: Note) -> None:
    def skipped(what: str, result: object = None) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ARG001
            note(f"skipped: {what} (this is not Colab)")
            return result

        return call

    colab = types.ModuleType("google.colab")
    for name, calls in COLAB.items():
        part = types.ModuleType(f"google.colab.{name}")
        for call, result in calls.items():
            setattr(part, call, skipped(f"google.colab.{name}.{call}", result))
        setattr(colab, name, part)
        sys.modules[f"google.colab.{name}"] = part
    sys.modules["google.colab"] = colab
    google = sys.modules.get("google") or types.ModuleType("google")
    google.colab = colab  # type: ignore[attr-defined]
    sys.modules.setdefault("google", google)


def _offer_winsound() -> None:
    if "winsound" not in sys.modules and sys.platform != "win32":
        silent = types.ModuleType("winsound")
        silent.Beep = silent.PlaySound = silent.MessageBeep = lambda *_, **__: None  # type: ignore[attr-defined]
        sys.modules["winsound"] = silent
