"""Modules and names that are gone: each is found again, by the student's own code alone, where it is today."""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import re
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

HOMES = ("keras", "keras._tf_keras.keras", "tensorflow.keras")  # what students call keras and tf.keras
LOWERCASE = {
    "sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam", "adagrad": "Adagrad", "adadelta": "Adadelta",
    "adamax": "Adamax", "nadam": "Nadam",
}  # fmt: skip
SHORT = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}  # fmt: skip
INSIDE_LAYERS = (
    "core|embeddings|convolutional|pooling|recurrent|normalization|advanced_activations|merge|wrappers|noise|local"
)
# Modules that are gone, by what follows the name of Keras, with those that have their names today.
GONE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("np-utils", r"utils\.np_utils", ("utils",)),
    ("utils-modules", r"utils\.(vis|generic|layer|data|io)_utils", ("utils",)),
    ("layer-modules", rf"layers\.({INSIDE_LAYERS})", ("layers",)),
    ("engine", r"engine(\.\w+)?", ("models", "layers")),
    ("objectives", r"objectives", ("losses",)),
    ("optimizers-legacy", r"optimizers?(\.legacy|\.experimental|\.\w+_v2|_v\d)(\.\w+)?", ("optimizers",)),
    ("preprocessing-text", r"preprocessing\.text", ("_tf_keras.keras.preprocessing.text",)),
    ("tf-session", r"backend\.tensorflow_backend", ("backend",)),
)
Find = Callable[[], Any]


def module_names(compat: Any) -> None:
    """Offer old modules to ``import`` statements, after everything else that could have them."""
    sys.meta_path.append(_Finder(compat))


def attributes(compat: Any) -> None:
    """Offer old names as attributes of the modules that had them."""
    for home in HOMES:
        for part in ("", "optimizers", "losses", "metrics", "utils", "layers", "preprocessing"):
            module = importlib.import_module(f"{home}.{part}".rstrip("."))
            offer(compat, module, {**_submodules(home, part), **_names(part)})
        _legacy_optimizers(compat, home)


def offer(compat: Any, module: ModuleType, names: Mapping[str, tuple[str, Find]]) -> None:
    """Let a module find names that it lacks; each has the construct's name and a function that returns the thing.

    Python asks a module's ``__getattr__`` only for what is not there, so nothing else changes.
    """
    behind = vars(module).get("__getattr__")

    def find_old(name: str) -> Any:
        if name in names and compat.theirs():
            construct, find = names[name]
            if not compat.importing():
                compat.used(construct)
            return find()
        if behind is not None:
            return behind(name)
        message = f"module {module.__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=module)

    vars(module)["__getattr__"] = find_old


def _names(part: str) -> dict[str, tuple[str, Find]]:
    optimizers, losses = importlib.import_module("keras.optimizers"), importlib.import_module("keras.losses")
    if part == "optimizers":
        return {old: ("optimizer-lowercase", _getter(optimizers, new)) for old, new in LOWERCASE.items()}
    if part in {"losses", "metrics"}:
        short = {case(old): new for old, new in SHORT.items() for case in (str.lower, str.upper)}
        return {old: ("short-losses", _getter(losses, new)) for old, new in short.items()}
    return {}


def _getter(module: ModuleType, name: str) -> Find:
    return lambda: getattr(module, name)


def _submodules(home: str, part: str) -> dict[str, tuple[str, Find]]:
    """Return the old modules inside of a module: ``from keras.utils import np_utils``, ``keras.layers.core.Dense``."""
    inside = {
        "": ("engine", "objectives"), "utils": ("np_utils", "vis_utils", "generic_utils"), "preprocessing": ("text",),
        "layers": tuple(INSIDE_LAYERS.split("|")), "optimizers": ("experimental", "adam_v2", "rmsprop_v2"),
    }.get(part, ())  # fmt: skip
    found = {name: f"{part}.{name}".lstrip(".") for name in inside}
    return {name: (_gone(path)[0], functools.partial(_alias, f"{home}.{path}", path)) for name, path in found.items()}


def _legacy_optimizers(compat: Any, home: str) -> None:
    """``keras.optimizers.legacy`` exists, with classes that only raise: they give way to the ones of today."""
    legacy, today = importlib.import_module(f"{home}.optimizers.legacy"), importlib.import_module("keras.optimizers")
    gone = {name: thing for name, thing in vars(legacy).items() if isinstance(thing, type)}
    for name in gone:
        if hasattr(today, name):
            delattr(legacy, name)
    offer(compat, legacy, {name: ("optimizers-legacy", _getter(today, name)) for name in gone if hasattr(today, name)})


def _gone(path: str) -> tuple[str, tuple[str, ...]]:
    """Return the construct and today's modules for an old module, given without Keras's name."""
    return next(((name, today) for name, pattern, today in GONE if re.fullmatch(pattern, path)), ("", ()))


def _alias(name: str, path: str) -> ModuleType:
    """Return a module of an old name with everything that today's modules have."""
    module = sys.modules.get(name) or ModuleType(name)
    return _filled(module, path)


def _filled(module: ModuleType, path: str) -> ModuleType:
    module.__path__ = []
    for today in _gone(path)[1]:
        source = importlib.import_module(f"keras.{today}")
        public = {name: thing for name, thing in vars(source).items() if not name.startswith("_")}
        vars(module).update({name: thing for name, thing in public.items() if name not in vars(module)})
        if "__getattr__" in vars(source):
            vars(module)["__getattr__"] = vars(source)["__getattr__"]
    return module


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last, for what no one else has."""

    def __init__(self, compat: Any) -> None:
        self._compat = compat

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        construct = _gone(_without_home(fullname))[0]
        if not construct or not self._compat.theirs():
            return None
        self._compat.imported(construct, fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        _filled(module, _without_home(module.__name__))


def _without_home(fullname: str) -> str:
    home = next((home for home in sorted(HOMES, key=len, reverse=True) if fullname.startswith(f"{home}.")), "")
    return fullname[len(home) + 1 :] if home else ""


PARTS: tuple[Callable[[Any], None], ...] = (module_names, attributes)
