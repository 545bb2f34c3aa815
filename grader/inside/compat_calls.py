"""Arguments and methods of Keras that have other names today."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Adapt = Callable[[Any, tuple[Any, ...], Json], tuple[tuple[Any, ...], Json]]

QUEUES = ("use_multiprocessing", "workers", "max_queue_size", "max_q_size", "nb_worker", "pickle_safe")
LAYERS: dict[str, dict[str, str]] = {
    "Dense": {
        "output_dim": "units", "init": "kernel_initializer", "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint",
        "bias": "use_bias",
    },
    "Dropout": {"p": "rate"},
    "Embedding": {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"},
}  # fmt: skip
RECURRENT = {
    "output_dim": "units", "init": "kernel_initializer", "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation", "W_regularizer": "kernel_regularizer",
    "dropout_W": "dropout", "dropout_U": "recurrent_dropout",
}  # fmt: skip
LAYERS |= {"LSTM": RECURRENT, "GRU": RECURRENT, "SimpleRNN": RECURRENT}
GENERATORS = {
    "nb_epoch": "epochs", "nb_val_samples": "validation_steps", "samples_per_epoch": "steps_per_epoch",
    "val_samples": "steps", "generator": "x",
}  # fmt: skip


def wrap(owner: Any, name: str, adapt: Adapt) -> None:
    """Let ``adapt`` make modern arguments of old ones before each call of ``owner.name``."""
    holder = next((each for each in getattr(owner, "__mro__", (owner,)) if name in vars(each)), owner)
    original = getattr(holder, name)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython leaves such frames out of a student's traceback
        args, kwargs = adapt(original, args, kwargs)
        return original(*args, **kwargs)

    wrapper.__signature__ = inspect.signature(original)  # type: ignore[attr-defined] # Keras reads those of layers
    setattr(holder, name, wrapper)


def _rename(compat: Any, construct: str, kwargs: Json, names: dict[str, str]) -> None:
    old = {name: new for name, new in names.items() if name in kwargs and new not in kwargs}
    kwargs.update({new: kwargs.pop(name) for name, new in old.items()})
    if old:
        compat.used(construct)


def _drop(compat: Any, construct: str, kwargs: Json, names: tuple[str, ...]) -> None:
    old = [name for name in names if name in kwargs]
    for name in old:
        del kwargs[name]
    if old:
        compat.used(construct)


# --- models -------------------------------------------------------------------------------------------


def model_calls(compat: Any) -> None:
    """fit(nb_epoch=…, workers=…), compile(metrics='accuracy')."""
    import keras

    def called(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        _rename(compat, "nb-epoch", kwargs, {"nb_epoch": "epochs"})
        _drop(compat, "queue-arguments", kwargs, QUEUES)
        return args, kwargs

    def compiled(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        if isinstance(kwargs.get("metrics"), str):
            kwargs["metrics"] = [kwargs["metrics"]]
            compat.used("metrics-text")
        return args, kwargs

    for name in ("fit", "evaluate", "predict"):
        wrap(keras.Model, name, called)
    wrap(keras.Model, "compile", compiled)


def model_methods(compat: Any) -> None:
    """predict_classes, predict_proba and the methods for generators."""
    import keras

    def predict_proba(self: Any, *args: Any, **kwargs: Any) -> Any:
        compat.used("predict-proba")
        return self.predict(*args, **kwargs)

    def predict_classes(self: Any, *args: Any, **kwargs: Any) -> Any:
        compat.used("predict-classes")
        found = self.predict(*args, **kwargs)
        return found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")

    def generator(name: str) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            compat.used("generators")
            old = {key: kwargs.pop(key) for key in GENERATORS if key in kwargs}
            given = {GENERATORS[key]: value for key, value in old.items()} | kwargs
            if args[1:]:
                given["steps_per_epoch" if name == "fit" else "steps"] = args[1]
            if args[2:] and name == "fit":
                given["epochs"] = args[2]
            known = {key: value for key, value in given.items() if key not in QUEUES}
            return getattr(self, name)(*args[:1], **known)

        return method

    # Where all models find them; a student's own method of that name comes first.
    keras.Model.predict_proba, keras.Model.predict_classes = predict_proba, predict_classes
    for name in ("fit", "evaluate", "predict"):
        setattr(keras.Model, f"{name}_generator", generator(name))


# --- optimizers, layers, activations, loaders -----------------------------------------------------------


def optimizers(compat: Any) -> None:
    """RMSprop(lr=…), optimizer.lr, Adam(epsilon=None)."""
    import keras

    def made(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        if "lr" in kwargs:  # a class gives its own default as learning_rate, too
            kwargs["learning_rate"] = kwargs.pop("lr")
            args = args[:1]
            compat.used("optimizer-lr")
        return args, kwargs

    def without_epsilon(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        if "epsilon" in kwargs and kwargs["epsilon"] is None:
            del kwargs["epsilon"]
            compat.used("optimizer-epsilon")
        return args, kwargs

    base = importlib.import_module("keras.src.optimizers.base_optimizer").BaseOptimizer
    wrap(base, "__init__", made)
    base.lr = property(functools.partial(_rate, compat), functools.partial(_set_rate, compat))
    for name in ("Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam"):
        wrap(getattr(keras.optimizers, name), "__init__", without_epsilon)


def _rate(compat: Any, optimizer: Any) -> Any:
    if not compat.theirs():  # TensorFlow looks at all attributes of what it exports
        message = f"{type(optimizer).__name__!r} object has no attribute 'lr'"
        raise AttributeError(message, name="lr", obj=optimizer)
    compat.used("optimizer-lr")
    return optimizer.learning_rate


def _set_rate(compat: Any, optimizer: Any, value: Any) -> None:
    compat.used("optimizer-lr")
    optimizer.learning_rate = value


def layers(compat: Any) -> None:
    """Dense(output_dim=…, init=…) of Keras 1, and numbers of units that are NumPy's."""
    import keras

    def made(original: Any, args: tuple[Any, ...], kwargs: Json, *, names: dict[str, str]) -> Any:  # noqa: ARG001
        _rename(compat, "layer-arguments", kwargs, names)
        return args, kwargs

    def dense(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:
        args, kwargs = made(original, args, kwargs, names=LAYERS["Dense"])
        if "batch_input_shape" in kwargs:
            kwargs["input_shape"] = tuple(kwargs.pop("batch_input_shape"))[1:]
            compat.used("layer-arguments")
        units: Any = args[1] if args[1:] else kwargs.get("units")
        if isinstance(units, int) or not _is_whole(units):
            return args, kwargs
        compat.used("units-not-int")
        if args[1:]:
            return (args[0], int(units), *args[2:]), kwargs
        return args, {**kwargs, "units": int(units)}

    for name, names in LAYERS.items():
        wrap(
            getattr(keras.layers, name), "__init__", dense if name == "Dense" else functools.partial(made, names=names)
        )


def _is_whole(value: Any) -> bool:
    """Say whether a value is one positive whole number, of any type but text."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__int__") or getattr(value, "shape", ()) != ():
        return False
    return bool(value > 0 and int(value) == value)


def activations(compat: Any) -> None:
    """Dense(…, activation='Softmax')."""
    import keras

    module = importlib.import_module("keras.src.activations")
    original, known = module.get, set(module.ALL_OBJECTS_DICT)

    @functools.wraps(original)
    def get(identifier: Any) -> Any:
        try:
            return original(identifier)
        except ValueError:
            if not isinstance(identifier, str) or identifier.lower() not in known:
                raise
        compat.used("activation-capital")
        return original(identifier.lower())

    vars(module)["get"] = keras.activations.get = get


def loaders(compat: Any) -> None:
    """imdb.load_data(nb_words=…), to_categorical(nb_classes=…): through the recorder's wrapper of the loader."""
    from . import datasets

    def loader(original: Callable[..., Any]) -> Callable[..., Any]:
        def load_data(*args: Any, **kwargs: Any) -> Any:
            _rename(compat, "nb-words", kwargs, {"nb_words": "num_words"})
            return original(*args, **kwargs)

        return load_data

    for name in ("imdb", "reuters"):
        datasets.replace(name, loader)

    def classes(original: Any, args: tuple[Any, ...], kwargs: Json) -> Any:  # noqa: ARG001
        _rename(compat, "nb-classes", kwargs, {"nb_classes": "num_classes"})
        return args, kwargs

    first = importlib.import_module("keras.utils")
    wrap(first, "to_categorical", classes)
    for home in ("keras._tf_keras.keras.utils", "tensorflow.keras.utils"):
        vars(importlib.import_module(home))["to_categorical"] = first.to_categorical


PARTS: tuple[Callable[[Any], None], ...] = (model_calls, model_methods, optimizers, layers, activations, loaders)
