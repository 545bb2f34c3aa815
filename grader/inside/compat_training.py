"""What the history calls its metrics, what callbacks watch, and the names of files that models are saved to."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
from collections.abc import Callable
from typing import Any

from .compat_calls import Adapt, Json, wrap

TWINS = {
    f"{when}{one}": f"{when}{other}"
    for pair in (("acc", "accuracy"), ("mae", "mean_absolute_error"), ("mse", "mean_squared_error"))
    for one, other in (pair, pair[::-1])
    for when in ("", "val_")
} | {"lr": "learning_rate"}
OF_KEY = {"acc": "history-accuracy", "accuracy": "history-accuracy", "lr": "history-rate"}


class History(dict[str, Any]):
    """A history that knows its metrics by their other names, too; a copy of it is a plain dictionary."""

    compat: Any = None

    def __missing__(self, key: str) -> Any:
        twin = TWINS.get(key)
        if twin is None or twin not in self:
            raise KeyError(key)
        self.compat.used(OF_KEY.get(key.removeprefix("val_"), "history-error"))
        return self[twin]

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def histories(compat: Any) -> None:
    """history.history['acc'] of a model compiled with 'accuracy', and the like."""
    import keras

    original = keras.callbacks.History.__init__

    @functools.wraps(original)
    def begin(self: Any) -> None:
        original(self)
        self.history = History(self.history)
        self.history.compat = compat

    keras.callbacks.History.__init__ = begin


def monitors(compat: Any) -> None:
    """EarlyStopping(monitor='val_acc') of a model compiled with 'accuracy'."""
    base = importlib.import_module("keras.src.callbacks.monitor_callback").MonitorCallback

    def asked(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        callback = args[0]
        held = [metric for each in callback.model.metrics for metric in getattr(each, "metrics", [each])]
        names = {metric.name for metric in held}
        wanted = callback.monitor.removeprefix("val_")
        if wanted not in names and TWINS.get(wanted) in names:
            callback.monitor = TWINS[callback.monitor]
            compat.used("monitor")
        return args, kwargs

    wrap(base, "_set_monitor_op", asked)


def files(compat: Any) -> None:
    """model.save('name'), ModelCheckpoint('best.hdf5', period=1), and loading what was saved so."""
    import keras

    def endings(construct: str, *allowed: str) -> Adapt:
        def saved(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:
            return _with_path(original, args, kwargs, lambda path: _ended(compat, construct, path, allowed))

        return saved

    def checkpoint(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:
        if kwargs.pop("period", None) is not None:
            compat.used("checkpoint-period")
        alone = kwargs.get("save_weights_only")
        allowed = (".weights.h5",) if alone else (".keras", ".h5")
        return _with_path(original, args, kwargs, lambda path: _ended(compat, "checkpoint-path", path, allowed))

    def loaded(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:
        return _with_path(original, args, kwargs, functools.partial(_there, compat))

    wrap(keras.Model, "save", endings("save-path", ".keras", ".h5", ".hdf5"))
    wrap(keras.Model, "save_weights", endings("save-path", ".weights.h5"))
    wrap(keras.Model, "load_weights", loaded)
    wrap(keras.callbacks.ModelCheckpoint, "__init__", checkpoint)
    for home in ("keras", "keras._tf_keras.keras", "tensorflow.keras"):
        for part in ("models", "saving"):
            wrap(importlib.import_module(f"{home}.{part}"), "load_model", loaded)


def _with_path(original: Any, args: tuple[Any, ...], kwargs: Json, change: Callable[[str], str]) -> Any:
    """Change the path in a call's arguments, its first one after ``self``."""
    names = list(inspect.signature(original).parameters)
    place = names.index("filepath")
    if len(args) > place and isinstance(args[place], str):
        return (*args[:place], change(args[place]), *args[place + 1 :]), kwargs
    if isinstance(kwargs.get("filepath"), str):
        return args, {**kwargs, "filepath": change(kwargs["filepath"])}
    return args, kwargs


def _ended(compat: Any, construct: str, path: str, allowed: tuple[str, ...]) -> str:
    if path.endswith(allowed):
        return path
    compat.used(construct)
    return path + allowed[0]


def _there(compat: Any, path: str) -> str:
    """Return where a file is that was to be saved under a path which Keras doesn't take."""
    for ending in (".keras", ".weights.h5"):
        if not os.path.lexists(path) and os.path.lexists(path + ending):
            compat.used("load-path")
            return path + ending
    return path


PARTS: tuple[Callable[[Any], None], ...] = (histories, monitors, files)
