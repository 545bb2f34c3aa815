"""Follow a student's own loops: batches given to train_on_batch are one training, batches given to a model one use."""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from dataclasses import dataclass, field
from typing import Any

from . import models
from .batches import Batches

Json = dict[str, Any]
FEWEST_ROWS = 20  # of a use: a few rows are looked at, not evaluated
MOST_CALLS = 5000  # in one line of a cell: each takes the weights' digest
FEW_CALLS = 200  # ... where there is no time for more


@dataclass
class _Training:
    """Batches of one model since its last event of another kind."""

    model: Any
    before: str | None
    steps: int | None
    compiled: Json
    line: int | None
    batches: Batches = field(default_factory=lambda: Batches(distinct=True))
    begun: float = field(default_factory=time.perf_counter)


@dataclass
class _Use:
    """Batches that went through one model with the same weights."""

    kind: str
    model: Any
    state: str | None
    steps: int | None
    line: int | None
    batches: Batches = field(default_factory=Batches)


class Loops:
    """What goes on in loops and is not written yet; ``writer`` is the recorder."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._training: dict[int, _Training] = {}
        self._use: _Use | None = None
        self._calls: dict[tuple[int, int, int | None], int] = {}
        self._applied: set[int] = set()

    def trained(self, model: Any, x: object, y: object) -> None:
        """Note a batch that ``train_on_batch`` is about to be given."""
        self.end_use()
        number = self._writer.number(model)
        if number not in self._training:
            self._training[number] = _Training(
                model, models.fingerprint(model), models.steps(model), models.compiled(model), self._writer.line()
            )
        batches = self._training[number].batches
        if not batches.settled or self._writer.careful():
            batches.add(x, y)
        else:
            batches.passed += batches.batch_size or 0

    def used(self, kind: str, model: Any, x: object, y: object) -> None:
        """Note a batch that a model is about to be called on, outside of evaluate and predict."""
        self.end_training(model)
        key = (self._writer.number(model), self._writer.cell, self._writer.line())
        self._calls[key] = self._calls.get(key, 0) + 1
        if self._calls[key] > (MOST_CALLS if self._writer.careful() else FEW_CALLS):
            return
        state = models.fingerprint(model)
        going = self._use
        if going is None or (going.model(), going.kind, going.line, going.state) != (model, kind, key[2], state):
            self.end_use()
            going = _Use(kind, weakref.ref(model), state, models.steps(model), key[2])
            self._use = going
        going.batches.add(x, y)

    def applied(self, variables: Any) -> None:
        """Note that a student's own code applied an optimizer to a model's weights; once in each cell."""
        if self._writer.cell not in self._applied and any("/" in getattr(each, "path", "") for each in variables or ()):
            self._applied.add(self._writer.cell)
            self._writer.write("unobserved")

    @property
    def custom(self) -> bool:
        """Whether a student's own code has applied an optimizer."""
        return bool(self._applied)

    def end(self) -> None:
        """Write what is left: a cell ends, or another call of Keras begins."""
        self.end_use()
        for training in list(self._training.values()):
            self.end_training(training.model)

    def end_use(self) -> None:
        """Write the use that went on, where it was one of more than a few rows."""
        use, self._use = self._use, None
        model = None if use is None else use.model()
        if use is None or model is None or use.batches.passed < FEWEST_ROWS:
            return
        x, y = use.batches.note(self._writer.tensors)
        if x is None or use.state is None:
            return
        self._writer.write(
            use.kind, model=self._writer.number(model), state=use.state, steps=use.steps, x=x, y=y, line=use.line
        )
        if models.fingerprint(model) == use.state and (getattr(model, "compiled", False) or self.custom):
            self._writer.save(model, use.state, structure=True)

    def end_training(self, model: Any) -> None:
        """Write a model's batches as a fit, and save the weights it has now."""
        training = self._training.pop(self._writer.number(model), None)
        state = models.fingerprint(model)
        if training is None or state == training.before:
            return
        x, y = training.batches.note(self._writer.tensors)
        if x is None or y is None:
            self._writer.write("unobserved", model=self._writer.number(model))
            return
        rows = x["shape"][0]
        fit = self._writer.write(
            "fit", model=self._writer.number(model), state=training.before, steps=training.steps,
            compile=training.compiled, x=x, y=y, epochs=max(1, round(training.batches.passed / rows)),
            batch_size=training.batches.batch_size, line=training.line,
        )  # fmt: skip
        self._writer.write(
            "fitted", fit=fit, state=state, steps=models.steps(model), structure=models.describe(model),
            seconds=round(time.perf_counter() - training.begun, 4), error=None, history={},
        )  # fmt: skip
        self._writer.save(model, state)


def is_batch(value: object) -> bool:
    """Return whether a model is called on numbers, outside of any tape: not on symbols, and not to learn from it."""
    if isinstance(value, dict):
        return len(value) == 1 and is_batch(next(iter(value.values())))
    concrete = type(value).__name__ in {"ndarray", "EagerTensor", "DataFrame"}
    return concrete and len(getattr(value, "shape", ())) > 1 and not _recording()


def _recording() -> bool:
    with contextlib.suppress(Exception):
        return bool(sys.modules["tensorflow.python.eager.record"].could_possibly_record())
    return False
