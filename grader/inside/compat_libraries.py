"""Old spellings of keras.backend, TensorFlow 1, NumPy, pandas and matplotlib."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from .compat_calls import Json, wrap
from .compat_modules import Find, offer

TYPES = {"float": float, "int": int, "object": object, "str": str, "long": int, "complex": complex, "unicode": str}
RENAMED = {
    "float_": "float64", "complex_": "complex128", "unicode_": "str_", "string_": "bytes_", "Inf": "inf",
    "Infinity": "inf", "NaN": "nan", "NAN": "nan", "product": "prod", "cumproduct": "cumprod", "alltrue": "all",
    "sometrue": "any", "in1d": "isin", "trapz": "trapezoid", "row_stack": "vstack", "round_": "round",
}  # fmt: skip
ORDERINGS = {"channels_last": "tf", "channels_first": "th"}
UNEVEN = "inhomogeneous shape"


def numpy_names(compat: Any) -> None:
    """np.float, np.Inf, np.product."""
    import numpy as np

    offer(compat, np, {
        **{old: ("numpy-types", functools.partial(_same, kind)) for old, kind in TYPES.items()},
        **{old: ("numpy-renamed", functools.partial(getattr, np, new)) for old, new in RENAMED.items()},
        "asscalar": ("numpy-renamed", lambda: lambda array: array.item()),
    })  # fmt: skip


def _same(thing: Any) -> Any:
    return thing


def ragged_arrays(compat: Any) -> None:
    """np.array of rows of different length, in the student's own code."""
    import numpy as np

    def tolerant(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make(*args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            except ValueError as error:
                if UNEVEN not in str(error) or args[1:] or kwargs or not compat.theirs():
                    raise
            compat.used("ragged-array")
            return original(args[0], dtype=object)

        return make

    np.array, np.asarray = tolerant(np.array), tolerant(np.asarray)


def frames(compat: Any) -> None:
    """DataFrame.drop('price', 1), append, as_matrix."""
    import pandas as pd

    def drop(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        if len(args) == 3 and "axis" not in kwargs:
            compat.used("frame-drop")
            kwargs["axis"] = args[2]
            args = args[:2]
        return args, kwargs

    def append(self: Any, other: Any, ignore_index: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002 - pandas's
        compat.used("frame-append")
        if isinstance(other, dict):
            other = pd.DataFrame([other])
        elif isinstance(other, pd.Series) and isinstance(self, pd.DataFrame):
            other = other.to_frame().T
        more = other if isinstance(other, list) else [other]
        return pd.concat([self, *more], ignore_index=ignore_index)

    def as_matrix(self: Any) -> Any:
        compat.used("frame-values")
        return self.to_numpy()

    for kind in (pd.DataFrame, pd.Series):
        wrap(kind, "drop", drop)
        kind.append, kind.as_matrix = append, as_matrix


def styles(compat: Any) -> None:
    """plt.style.use('seaborn-white')."""
    from matplotlib import style

    def used(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        given = args[0] if args else kwargs.get("style")
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not any(_is_old(name) for name in names):
            return args, kwargs
        compat.used("seaborn-style")
        return ([_style(name) for name in names],), {}

    core = importlib.import_module("matplotlib.style")
    wrap(core, "use", used)
    style.use = core.use


def _style(name: Any) -> Any:
    return name.replace("seaborn", "seaborn-v0_8", 1) if _is_old(name) else name


def _is_old(name: Any) -> bool:
    from matplotlib import style

    new = name.replace("seaborn", "seaborn-v0_8", 1) if isinstance(name, str) else ""
    return new != name and name not in style.available and new in style.available


def backend(compat: Any) -> None:
    """K.mean and its kin, K.image_dim_ordering, K.set_session."""
    kept = importlib.import_module("keras._tf_keras.keras.backend")  # what is left of them in tf.keras
    own = importlib.import_module("keras.backend")
    functions = [name for name in vars(kept) if not name.startswith("_") and not hasattr(own, name)]
    names: dict[str, tuple[str, Find]] = {
        **{name: ("backend-functions", functools.partial(getattr, kept, name)) for name in functions},
        "image_dim_ordering": ("image-dim-ordering", lambda: lambda: ORDERINGS[own.image_data_format()]),
        "set_image_dim_ordering": ("image-dim-ordering", lambda: _set_ordering),
        "set_session": ("tf-session", lambda: lambda *_, **__: None),
    }
    for home in ("keras", "keras._tf_keras.keras", "tensorflow.keras"):
        offer(compat, importlib.import_module(f"{home}.backend"), names)


def _set_ordering(ordering: str) -> None:
    formats = {old: new for new, old in ORDERINGS.items()}
    importlib.import_module("keras.backend").set_image_data_format(formats[ordering])


def tensorflow_names(compat: Any) -> None:
    """tf.set_random_seed, tf.ConfigProto, tf.Session, tf.logging."""
    import tensorflow as tf

    old = tf.compat.v1
    session = ("Session", "InteractiveSession", "ConfigProto", "GPUOptions")
    offer(compat, tf, {
        "set_random_seed": ("tf-seed", lambda: tf.random.set_seed),
        "logging": ("tf-logging", lambda: old.logging),
        **{name: ("tf-session", functools.partial(getattr, old, name)) for name in session},
    })  # fmt: skip


PARTS: tuple[Callable[[Any], None], ...] = (
    numpy_names, ragged_arrays, frames, styles, backend, tensorflow_names,
)  # fmt: skip
