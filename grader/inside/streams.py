"""Let data sets, generators and Keras's own sequences give their batches to Keras, noting each as it passes."""

from __future__ import annotations

import contextlib
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from . import plain
from .batches import Batches

Json = dict[str, Any]
Quietly = Callable[[], contextlib.AbstractContextManager[None]]


class Streams:
    """The streams among the arguments of calls, and what is known of them; ``writer`` is the recorder."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._known: dict[int, tuple[weakref.ref[Any], Any]] = {}  # what streams held, by id

    def watch(self, stack: contextlib.ExitStack, given: Json, **steps: str) -> tuple[Json, Json]:
        """Return what to hand to Keras instead of each stream among the arguments, and what will be known of it.

        ``steps`` names the arguments that may be streams, each with the argument that says how many batches are a pass.
        """
        replaced: Json = {}
        passed: Json = {}
        with self._writer.quietly():
            for name, limit in steps.items():
                value = given.get(name)
                if not is_stream(value):
                    continue
                known = self._known.get(id(value))
                if known is not None and known[0]() is value and not self._writer.careful():
                    passed[name] = known[1]
                    continue
                batches = Batches(most=plain.number(int, given.get(limit), 0) or None)
                replaced[name] = stack.enter_context(watched(value, batches, self._writer.quietly))
                passed[name] = (value, batches)
        return replaced, passed

    def noted(self, passed: Json) -> Json:
        """Return the references to what passed, as the fields of an event."""
        fields: Json = {}
        for name, known in passed.items():
            x, y = self._pair(*known) if isinstance(known[1], Batches) else known
            fields |= {"x": x, "y": y} if name == "x" else {"validation": x and {"x": x, "y": y}}
        return fields

    def _pair(self, value: Any, batches: Batches) -> tuple[Json | None, Json | None]:
        pair = batches.note(self._writer.tensors)
        with contextlib.suppress(TypeError):  # not everything can be remembered without being kept alive
            self._known[id(value)] = (weakref.ref(value), pair)
        return pair


def is_stream(value: object) -> bool:
    """Return whether a value gives its rows batch by batch, in a way that can be watched."""
    return isinstance(value, types.GeneratorType) or _is_dataset(value) or _is_sequence(value)


def _is_dataset(value: object) -> bool:
    tensorflow = sys.modules.get("tensorflow")  # who has one has imported it
    return tensorflow is not None and isinstance(value, tensorflow.data.Dataset)


def _is_sequence(value: object) -> bool:
    import keras

    return isinstance(value, keras.utils.PyDataset)


@contextlib.contextmanager
def watched(value: Any, batches: Batches, quietly: Quietly) -> Iterator[Any]:
    """Give what to hand to Keras in place of a stream: the same batches in the same order, each noted as it passes."""
    if isinstance(value, types.GeneratorType):
        yield _passing(value, batches, quietly)
    elif _is_sequence(value):
        with _listening(value, batches, quietly):
            yield value
    else:
        seen = None
        with quietly():
            seen = _mapped(value, batches, quietly)
        if seen is None:
            batches.lost = True
        yield value if seen is None else seen


def _note(batch: Any, batches: Batches) -> None:
    parts = batch if isinstance(batch, (tuple, list)) else (batch,)
    batches.add(parts[0], parts[1] if len(parts) > 1 else None)


def _passing(generator: Any, batches: Batches, quietly: Quietly) -> Iterator[Any]:
    """Yield what a generator yields; it is asked for a batch only when Keras asks, and never closed."""
    for batch in generator:
        if not batches.done:
            with quietly():
                _note(batch, batches)
        yield batch


@contextlib.contextmanager
def _listening(sequence: Any, batches: Batches, quietly: Quietly) -> Iterator[None]:
    """Note the first batch of each number that ``sequence[number]`` returns meanwhile, in whatever thread."""
    owner: Any = next(each for each in type(sequence).__mro__ if "__getitem__" in vars(each))
    original = vars(owner)["__getitem__"]
    numbers: set[int] = set()
    lock = threading.Lock()  # workers fetch batches at the same time

    def noting(self: Any, index: Any) -> Any:
        batch = original(self, index)
        if self is sequence:
            with quietly(), lock:
                if int(index) not in numbers:
                    numbers.add(int(index))
                    _note(batch, batches)
        return batch

    owner.__getitem__ = noting
    try:
        yield
    finally:
        owner.__getitem__ = original
        with quietly():  # workers in processes of their own show us nothing
            batches.expect(sequence.num_batches)


def _mapped(dataset: Any, batches: Batches, quietly: Quietly) -> Any:
    """Return a data set of the same batches that shows each to us; None where they can't be read.

    They are counted from the start of each pass: Keras looks at the first one to build a model, then begins again.
    """
    import tensorflow as tf

    spec = dataset.element_spec
    parts = spec[:2] if isinstance(spec, tuple) and type(spec) is tuple else (spec,)
    chosen = [tf.nest.flatten(part) for part in parts]
    plain = all(
        len(each) == 1 and isinstance(each[0], tf.TensorSpec) and each[0].dtype.is_numpy_compatible for each in chosen
    )
    if not plain or any(each[0].dtype == tf.string for each in chosen):
        return None

    def seen(place: Any, *arrays: Any) -> None:
        with quietly():
            if int(place) == 0 and not batches.done:
                batches.done = batches.count > 1
                if not batches.done:
                    batches.restart()
            if not batches.done:
                batches.add(arrays[0], arrays[1] if len(arrays) > 1 else None)

    def observe(place: Any, element: Any) -> Any:
        several = element[:2] if isinstance(element, tuple) else (element,)
        tf.numpy_function(seen, [place, *(tf.nest.flatten(part)[0] for part in several)], [])
        return element

    return dataset.enumerate().map(tf.autograph.experimental.do_not_convert(observe))
