"""What choosing a backend and a device promises: it happens before Keras is imported, or in one clear line."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reference import devices
from reference.errors import DeviceError, UnknownChoiceError

if TYPE_CHECKING:
    from pathlib import Path

MISSING = [name for name in devices.BACKENDS if importlib.util.find_spec(name) is None]


def test_choosing_a_backend_does_not_import_keras(tmp_path: Path) -> None:
    chosen = "from reference import devices; devices.choose_backend('tensorflow')"
    code = f"import sys; {chosen}; sys.exit('keras' in sys.modules)"
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0


def test_an_unknown_backend_is_answered_with_the_choices() -> None:
    with pytest.raises(UnknownChoiceError, match="unknown backend 'theano'; choose one of: tensorflow, jax, torch"):
        devices.choose_backend("theano")


def test_an_unknown_device_is_answered_with_the_choices() -> None:
    with pytest.raises(UnknownChoiceError, match="unknown device 'tpu'; choose one of: cpu, gpu"):
        devices.choose_backend(device="tpu")


@pytest.mark.skipif(not MISSING, reason="every backend is installed")
@pytest.mark.parametrize("by_variable", [True, False])
def test_a_backend_that_is_not_installed_is_answered_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, *, by_variable: bool
) -> None:
    if by_variable:
        monkeypatch.setenv("KERAS_BACKEND", MISSING[0])
    with pytest.raises(DeviceError, match=f"'{MISSING[0]}' is not installed; choose one of: .*tensorflow"):
        devices.choose_backend(None if by_variable else MISSING[0])


def test_the_backend_of_keras_configuration_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "theano"}', encoding="utf-8")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    with pytest.raises(UnknownChoiceError, match="theano"):
        devices.choose_backend()


def test_a_gpu_that_is_not_there_is_answered_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_gpus", list)
    with pytest.raises(DeviceError, match=r"no GPU that the backend '.*' can use; choose one of: cpu"):
        devices.choose_device("gpu")


def test_what_ran_is_recorded() -> None:
    found = devices.versions()
    assert {"keras", "backend", "numpy", "python", found["backend"]} == set(found)
    assert devices.choose_device("cpu").startswith("cpu")


def test_jax_does_not_take_a_whole_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "--other")
    devices._read_on_import("cpu", deterministic=True)
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert os.environ["XLA_FLAGS"].split() == ["--other", "--xla_gpu_deterministic_ops=true"]
    assert os.environ["JAX_PLATFORMS"] == "cpu"
