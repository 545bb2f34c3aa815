"""Choose Keras's backend and device, before Keras is imported, and say what was chosen.

The solutions are the same on each: only this module knows of backends. Environment variables are
used where a backend reads them on import, because later settings come too late.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from reference.errors import DeviceError, UnknownChoiceError

__all__ = ["BACKENDS", "DEVICES", "choose_backend", "choose_device", "device", "versions"]

BACKENDS = ("tensorflow", "jax", "torch")
DEVICES = ("cpu", "gpu")


def choose_backend(name: str | None = None, *, device: str | None = None, deterministic: bool = False) -> str:
    """Settle the backend: ``name``, else ``KERAS_BACKEND``, else Keras's own configuration.

    To be called before Keras is imported; ``device`` and ``deterministic`` as of :func:`choose_device`,
    for the parts that backends read on import.

    Returns:
        The backend's name.

    Raises:
        DeviceError: The backend isn't installed, or Keras runs with another one already.
        UnknownChoiceError: Keras has no such backend, or there is no such device.
    """
    backend = name or os.environ.get("KERAS_BACKEND") or _configured()
    if backend not in BACKENDS:
        raise UnknownChoiceError(kind="backend", name=backend, choices=BACKENDS)
    if device is not None and device not in DEVICES:
        raise UnknownChoiceError(kind="device", name=device, choices=DEVICES)
    installed = [known for known in BACKENDS if importlib.util.find_spec(known)]
    if backend not in installed:
        message = f"the backend '{backend}' is not installed; choose one of: {', '.join(installed) or 'none'}"
        raise DeviceError(message)
    if "keras" in sys.modules and _running() != backend:
        message = f"Keras runs with the backend '{_running()}' already; start a new process for '{backend}'"
        raise DeviceError(message)
    os.environ["KERAS_BACKEND"] = backend
    _read_on_import(device, deterministic=deterministic)
    return backend


def choose_device(wanted: str | None = None, *, deterministic: bool = False) -> str:
    """Set the device up for training; imports Keras.

    On TensorFlow and JAX a GPU's memory is taken as it is needed, so that others can use the rest.

    Args:
        wanted: ``cpu``, ``gpu``, or None for what Keras finds.
        deterministic: Whether the same seed has to give the same figures on the same machine.

    Returns:
        The device, such as ``cpu:0`` or ``gpu:0``.

    Raises:
        DeviceError: There is no GPU that the backend can use.
    """
    backend = _running()
    if wanted == "gpu" and not _gpus():
        message = f"no GPU that the backend '{backend}' can use; choose one of: cpu"
        raise DeviceError(message)
    if backend == "tensorflow":
        _set_up_tensorflow(wanted, deterministic=deterministic)
    elif backend == "torch" and deterministic:
        importlib.import_module("torch").use_deterministic_algorithms(mode=True)
    return device()


def device() -> str:
    """Return the device that Keras trains on, such as ``cpu:0`` or ``gpu:0``."""
    keras = _keras()
    if _running() == "torch":  # has no list of devices in Keras
        return str(importlib.import_module("keras.src.backend.torch.core").get_device())
    devices = keras.distribution.list_devices()
    return str(devices[0]) if devices else "cpu:0"


def versions() -> dict[str, str]:
    """Return what ran: Keras, its backend, numpy, Python."""
    backend = _running()
    names = ("keras", backend, "numpy")
    found = {name: str(importlib.import_module(name).__version__) for name in names}
    return {"backend": backend, "python": platform.python_version()} | found


def _configured() -> str:
    """Return the backend in the file where Keras keeps its configuration, as Keras will read it."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _read_on_import(device: str | None, *, deterministic: bool) -> None:
    """Set what the backends read when they are imported."""
    environment = os.environ
    # JAX takes three quarters of a GPU's memory at once otherwise.
    environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if device == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
        environment["KERAS_TORCH_DEVICE"] = "cpu"
    if deterministic:
        flag = "--xla_gpu_deterministic_ops=true"
        if flag not in environment.get("XLA_FLAGS", ""):
            environment["XLA_FLAGS"] = f"{environment.get('XLA_FLAGS', '')} {flag}".strip()
        environment.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # PyTorch asks for it


def _set_up_tensorflow(wanted: str | None, *, deterministic: bool) -> None:
    config = importlib.import_module("tensorflow").config
    try:
        for gpu in config.list_physical_devices("GPU"):
            config.experimental.set_memory_growth(gpu, enable=True)
        if wanted == "cpu":
            config.set_visible_devices([], "GPU")
    except RuntimeError as error:
        message = "TensorFlow uses its devices already; start a new process to choose another"
        raise DeviceError(message) from error
    if deterministic:
        config.experimental.enable_op_determinism()


def _gpus() -> list[str]:
    """Return the GPUs that the backend finds; TensorFlow is asked without starting them."""
    backend = _running()
    if backend == "tensorflow":
        return [gpu.name for gpu in importlib.import_module("tensorflow").config.list_physical_devices("GPU")]
    if backend == "torch":
        return [name for name in (device(),) if not name.startswith("cpu")]
    try:
        return list(_keras().distribution.list_devices("gpu"))
    except RuntimeError:  # JAX without any
        return []


def _running() -> str:
    return str(_keras().backend.backend())


def _keras() -> Any:  # noqa: ANN401  # Keras has no types
    return importlib.import_module("keras")
