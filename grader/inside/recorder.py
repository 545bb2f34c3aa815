"""Watch the public seams of Keras from inside a student's kernel and write down what was called with what.

Events go to ``events.jsonl``, arrays to ``tensors/``, models to ``models/``. Nothing here ever raises
into student code, changes a result, or consumes a data set. What is written is a claim: the grading
process trusts none of it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import datasets, figures, models, plain
from .loops import Loops, is_batch
from .streams import Streams
from .tensors import Tensors

Json = dict[str, Any]

BUDGET = 0.08  # share of the wall time the recorder may cost before it checks less
GRACE_SECONDS = 4.0  # ... once it has cost this much
EVENT_CAP = 20_000
ALWAYS_WRITTEN = frozenset({"load", "fit", "fitted", "saved", "kept", "unobserved", "fault", "call", "called"})
ASIDE = frozenset({"call", "called", "fault"})  # what is written while the grader calls a student's functions
USES = 200  # evaluations or predictions of one model in one cell: more of them tell nothing new
REPEATS = 3  # identical fits in a row from here on save only the last state


class Recorder:
    """One per kernel: installs the wrappers, keeps identities, writes events."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._events = (folder / "events.jsonl").open("a", encoding="utf-8")
        self.tensors = Tensors(folder / "tensors")
        self._models: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._model_count = 0
        self._saved: dict[str, Json] = {}
        self._event_count = 0
        self._depth = 0
        self._repeat: tuple[Any, ...] = ()
        self._repeats = 0
        self._unsaved: tuple[Any, str] | None = None
        self._started = time.perf_counter()
        self.cell = 0
        self.file = ""  # name under which the running cell was compiled
        self.files: dict[str, int] = {}  # cells by the names under which they were compiled
        self._aside = False
        self._uses: dict[tuple[str, int, int], int] = {}
        self._compile_lines: dict[int, int | None] = {}
        self._loops = Loops(self)
        self._streams = Streams(self)
        self._fit = 0  # the fit that runs
        self.spent = 0.0

    # --- writing ------------------------------------------------------------------------------

    def write(self, event: str, **fields: object) -> int:
        """Append one event and return its number."""
        if self._aside and event not in ASIDE:
            return 0
        self._event_count += 1
        if self._event_count <= EVENT_CAP or event in ALWAYS_WRITTEN:
            line = {
                "event": event,
                "id": self._event_count,
                "cell": self.cell,
                "line": self.line(),
                **fields,
                "spent": round(self.spent, 4),
            }
            self._events.write(json.dumps(line, default=str) + "\n")
            self._events.flush()
        return self._event_count

    def line(self) -> int | None:
        """Return the line of the running cell that is being executed, from 1."""
        frame = sys._getframe() if self.file else None  # noqa: SLF001 - the inspect module's way costs milliseconds
        while frame is not None and frame.f_code.co_filename != self.file:
            frame = frame.f_back
        return None if frame is None else frame.f_lineno

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Run recorder code on its own clock; a fault of ours becomes an event, never the student's exception."""
        begin = time.perf_counter()
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, student code must not see it
            with contextlib.suppress(Exception):
                self.write("fault", error=f"{type(error).__name__}: {error}"[:500])
        finally:
            self.spent += time.perf_counter() - begin

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Let student code run that is not the student's own run: nothing but calls is written."""
        self._depth += 1
        self._aside = True
        try:
            yield
        finally:
            self._depth -= 1
            self._aside = False

    def store(self, array: Any) -> Json | None:
        """Store an array and return its reference."""
        return self.tensors.note(array)

    def careful(self) -> bool:
        """Return whether there is time to look for arrays changed in place."""
        return self.spent < GRACE_SECONDS or self.spent < BUDGET * (time.perf_counter() - self._started)

    # --- identities ---------------------------------------------------------------------------

    def number(self, model: Any) -> int:
        """Return a model's number in order of first appearance; an id reused after deletion is a new model."""
        known = self._models.get(id(model))
        if known is not None and known[0]() is model:
            return known[1]
        self._model_count += 1
        self._models[id(model)] = (weakref.ref(model), self._model_count)
        return self._model_count

    def save(self, model: Any, state: str | None, *, structure: bool = False) -> None:
        """Save a state of weights that was not saved before, with the model's structure where no fit tells it."""
        if state is None or state in self._saved:
            return
        described = models.describe(model) if structure else None
        files = models.save(model, self._folder / "models", f"s{len(self._saved) + 1}")
        self._saved[state] = files
        self.write("saved", model=self.number(model), state=state, files=files, structure=described)

    def flush(self) -> None:
        """Write and save what was put off: loops that went on, and a model that was fitted again and again."""
        self._loops.end()
        if self._unsaved is not None:
            model, _ = self._unsaved
            self._unsaved = None
            self.save(model, models.fingerprint(model))

    # --- what is called before and after a student's own call ---------------------------------

    def loaded(self, loader: str, arguments: Json) -> None:
        """Note a call of a data-set loader."""
        plain = {key: value.item() if hasattr(value, "item") else value for key, value in arguments.items()}
        simple = {key: value for key, value in plain.items() if isinstance(value, (int, float, str, type(None)))}
        self.write("load", loader=loader, arguments=simple)

    def compiled(self, model: Any) -> None:
        """Note a compile."""
        self._loops.end_training(model)
        self._compile_lines[self.number(model)] = self.line()
        self.write(
            "compile",
            model=self.number(model),
            compile=models.compiled(model),
            state=models.fingerprint(model),
        )

    def before_fit(self, model: Any, given: Json) -> int:
        """Note a fit that begins: model, compile in force, tensors, arguments."""
        self._loops.end()
        state = models.fingerprint(model)
        check = self.careful()
        x, y = self._data(given.get("x"), given.get("y"), check=check)
        event = {
            "x": x,
            "y": y,
            "validation": self._validation(given.get("validation_data"), check=check),
            "validation_split": plain.number(float, given.get("validation_split"), 0.0),
            "epochs": plain.number(int, given.get("epochs"), 1),
            "initial_epoch": plain.number(int, given.get("initial_epoch"), 0),
            "batch_size": plain.number(int, given.get("batch_size"), 32),
            "shuffle": bool(given.get("shuffle", True)),
            "weighted": given.get("sample_weight") is not None or given.get("class_weight") is not None,
            "callbacks": plain.callbacks(given.get("callbacks")),
        }
        key = (self.number(model), self.cell, event["epochs"], json.dumps([x, y], default=str))
        if key != self._repeat:
            self.flush()
        self._repeats = self._repeats + 1 if key == self._repeat else 1
        self._repeat = key
        return self.write(
            "fit", model=self.number(model), state=state, steps=models.steps(model),
            compile=models.compiled(model), compile_line=self._compile_lines.get(self.number(model)), **event,
        )  # fmt: skip

    def after_fit(
        self, model: Any, fit: int, history: Any, error: str | None, seconds: float, passed: dict[str, Any]
    ) -> None:
        """Note how a fit ended, which rows passed if they came in batches, and save the model as it is now."""
        state = models.fingerprint(model)
        self.write(
            "fitted", fit=fit, state=state, steps=models.steps(model), seconds=round(seconds, 4), error=error,
            history=plain.history(history), structure=models.describe(model), **self._streams.noted(passed),
        )  # fmt: skip
        if error is not None:
            return
        if self._repeats >= REPEATS:
            self._unsaved = (model, str(state))
        else:
            self.save(model, state)

    def before_use(self, kind: str, model: Any, given: Json) -> int:
        """Note an evaluate or predict that begins, and save a state of weights not seen before."""
        key = (kind, self.number(model), self.cell)
        self._uses[key] = self._uses.get(key, 0) + 1
        if self._uses[key] > USES:
            return 0
        self.flush()
        state = models.fingerprint(model)
        x, y = self._data(given.get("x"), given.get("y"), check=self.careful())
        number = self.write(kind, model=self.number(model), state=state, steps=models.steps(model), x=x, y=y)
        if getattr(model, "compiled", False) or self._loops.custom:
            self.save(model, state, structure=True)
        return number

    def after_use(self, use: int, value: Any, error: str | None, passed: dict[str, Any]) -> None:
        """Note what an evaluate returned; predictions are not kept, the grader makes its own."""
        if use:
            self.write("used", use=use, error=error, values=plain.numbers(value), **self._streams.noted(passed))

    def kept(self, model: Any) -> None:
        """Note that a model's weights are written to a file while a fit runs: they may be loaded back."""
        state = models.fingerprint(model)
        if state is not None:
            self.write("kept", model=self.number(model), state=state, fit=self._fit)

    def _data(self, x: object, y: object, *, check: bool) -> tuple[Json | None, Json | None]:
        return self.tensors.note(x, check=check), self.tensors.note(y, check=check)

    def _validation(self, value: Any, *, check: bool) -> Json | None:
        if value is None:
            return None
        if isinstance(value, (tuple, list)) and len(value) in (2, 3):
            x, y = self._data(value[0], value[1], check=check)
            return {"x": x, "y": y}
        return {"x": self.tensors.note(value, check=check), "y": None}

    # --- wrapping -----------------------------------------------------------------------------

    def install(self) -> None:
        """Wrap the seams of the Keras that is imported; student code that imports it later gets the wrapped ones."""
        import keras

        self._wrap(keras.Model, "compile", self._around_compile)
        self._wrap(keras.Model, "fit", self._around_fit)
        self._wrap(keras.Model, "train_on_batch", functools.partial(self._around_batch, "train"))
        self._wrap(keras.Model, "test_on_batch", functools.partial(self._around_batch, "evaluate"))
        self._wrap(keras.Model, "predict_on_batch", functools.partial(self._around_batch, "predict"))
        self._wrap(keras.Model, "evaluate", functools.partial(self._around_use, "evaluate"))
        self._wrap(keras.Model, "predict", functools.partial(self._around_use, "predict"))
        self._wrap_call(keras.Model)
        self._listen(keras.Model, "save", self._saved_by_student)
        self._listen(keras.Model, "save_weights", self._saved_by_student)
        self._listen(keras.optimizers.Optimizer, "apply", self._applied)
        self._wrap_loaders()
        figures.watch(self._figure)

    def _figure(self, description: Json) -> None:
        with self.quietly():
            self.write("figure", **description)

    def _wrap(self, model_class: Any, name: str, around: Callable[..., Any]) -> None:
        # Where it is defined: a class that overrides 'compile' is loaded from a file without being compiled.
        owner = next(each for each in model_class.__mro__ if name in vars(each))
        original = getattr(owner, name)
        signature = inspect.signature(original)

        @functools.wraps(original)
        def wrapper(model: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True  # IPython leaves such frames out of a student's traceback
            if self._depth:
                return original(model, *args, **kwargs)
            given: Json = {}
            with contextlib.suppress(TypeError):  # a wrong call fails in Keras, with Keras's own message
                given = dict(signature.bind(model, *args, **kwargs).arguments)
                given.update(given.pop("kwargs", {}))

            def call(**replaced: Any) -> Any:
                __tracebackhide__ = True
                if not replaced:
                    return original(model, *args, **kwargs)
                bound = signature.bind(model, *args, **kwargs)
                bound.arguments.update(replaced)
                return original(*bound.args, **bound.kwargs)

            self._depth += 1
            try:
                return around(call, model, given)
            finally:
                self._depth -= 1

        setattr(owner, name, wrapper)

    def _listen(self, owner: Any, name: str, tell: Callable[..., None]) -> None:
        """Tell of each call of a method before it is made; a method of a base class stays as it is in others."""
        original = getattr(owner, name)

        @functools.wraps(original)
        def wrapper(this: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            tell(this, *args, **kwargs)
            return original(this, *args, **kwargs)

        setattr(owner, name, wrapper)

    def _wrap_call(self, model_class: Any) -> None:
        """Note arrays that a model is called on directly; models within models are not noted."""
        original = model_class.__call__

        @functools.wraps(original)
        def wrapper(model: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if self._depth:
                return original(model, *args, **kwargs)
            self._depth += 1
            try:
                with self.quietly():
                    if args and kwargs.get("training") is not True and is_batch(args[0]):
                        self._loops.used("applied", model, args[0], None)
                return original(model, *args, **kwargs)
            finally:
                self._depth -= 1

        model_class.__call__ = wrapper

    def _saved_by_student(self, model: Any, *_: Any, **__: Any) -> None:
        if self._fit:
            with self.quietly():
                self.kept(model)

    def _applied(self, optimizer: Any, grads: Any = None, trainable_variables: Any = None, **_: Any) -> None:  # noqa: ARG002
        if not self._depth:
            with self.quietly():
                self._loops.applied(trainable_variables)

    def _around_compile(self, call: Callable[[], Any], model: Any, given: Json) -> Any:  # noqa: ARG002
        result = call()
        with self.quietly():
            self.compiled(model)
        return result

    def _around_fit(self, call: Callable[..., Any], model: Any, given: Json) -> Any:
        __tracebackhide__ = True
        with contextlib.ExitStack() as stack:
            with self.quietly():
                self._fit = self.before_fit(model, given)
            fit = self._fit
            replaced, passed = self._streams.watch(
                stack, given, x="steps_per_epoch", validation_data="validation_steps"
            )
            begin, error, history = time.perf_counter(), None, None
            try:
                history = call(**replaced)
            except BaseException as caught:
                error = f"{type(caught).__name__}: {caught}"[:2000]
                raise
            finally:
                seconds, self._fit = time.perf_counter() - begin, 0
                with self.quietly():
                    self.after_fit(model, fit, history, error, seconds, passed)
        return history

    def _around_batch(self, kind: str, call: Callable[..., Any], model: Any, given: Json) -> Any:
        __tracebackhide__ = True
        with self.quietly():
            if kind == "train":
                self._loops.trained(model, given.get("x"), given.get("y"))
            else:
                self._loops.used(kind, model, given.get("x"), given.get("y"))
        return call()

    def _around_use(self, kind: str, call: Callable[..., Any], model: Any, given: Json) -> Any:
        __tracebackhide__ = True
        with contextlib.ExitStack() as stack:
            number = 0
            with self.quietly():
                number = self.before_use(kind, model, given)
            replaced, passed = self._streams.watch(stack, given, x="steps") if number else ({}, {})
            value, error = None, None
            try:
                value = call(**replaced)
            except BaseException as caught:
                error = f"{type(caught).__name__}: {caught}"[:2000]
                raise
            finally:
                with self.quietly():
                    self.after_use(number, value if kind == "evaluate" else None, error, passed)
        return value

    def _wrap_loaders(self) -> None:
        with contextlib.suppress(ImportError):
            importlib.import_module("sklearn.datasets")  # a cold kernel: what students do themselves a moment later
        for loader in (*datasets.LOADERS, *datasets.SKLEARN):
            datasets.replace(loader, functools.partial(self._around_load, loader=loader))

    def _around_load(self, original: Callable[..., Any], loader: str) -> Callable[..., Any]:
        signature = inspect.signature(original)

        def load(*args: Any, **kwargs: Any) -> Any:
            data = original(*args, **kwargs)
            with self.quietly():  # only now: a wrong call has failed in the loader itself
                bound = signature.bind(*args, **kwargs)
                arguments = {**bound.arguments, **bound.arguments.get("kwargs", {})}
                arguments.pop("kwargs", None)
                self.loaded(loader, arguments)
            return data

        return load
