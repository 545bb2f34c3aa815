"""Do a student's functions return what they should, called in the student's kernel on inputs of the grader's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from grader.answers import told
from grader.calls import Call, Returned
from grader.checks.base import Answer, Facts, Question, failed, passed, unjudged
from grader.checks.layers import Activation
from grader.checks.words import loss_name, plural
from grader.errors import GradingFailed
from grader.events import LossNote
from grader.probes import KINDS, Kind, Probe, probes
from grader.records import Exit
from grader.runs import TaskCapture
from grader.structure import structure

MODEL = "model"  # the kind of a function without parameters that builds one
MODEL_CALLS = 2  # to see whether each returns a model of its own


def returns(*, name: str, probe: Kind, aliases: tuple[str, ...] = ()) -> Question:
    """Ask whether a function of the student's returns what it should, on inputs drawn anew for each submission.

    It is called in the student's kernel after the last cell. Answers may be lists, tuples, arrays, DataFrames or
    tensors of whole numbers, floats or truth values. Each input answered right earns its share; one whose
    arguments were changed on the way earns half of it.

    Args:
        name: the function's name in the notebook or module.
        probe: what it does, and so what it is called with: ``k_fold``, ``multi_hot``, ``one_hot``,
            ``smooth_curve`` or ``standardise``.
        aliases: other names that it may have.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        takes = KINDS[probe].takes
        calls = _calls(submitted, name, probe)
        if isinstance(calls, Answer):
            return calls
        if calls[0].found is None:
            return _missing(submitted, (name, *aliases), takes)
        cases = list(zip(calls, probes(probe, _seed(submitted)), strict=False))
        problems = [(call, case, _problem(call, case.problem, takes)) for call, case in cases]
        right = sum((0.5 if call.mutated else 1.0) for call, _, said in problems if said is None)
        return _concluded(problems, right, len(probes(probe, 0)), takes)

    return question


def builds_model(
    *, units: int, activation: Activation, name: str = "build_model", aliases: tuple[str, ...] = (), hidden: int = 1,
    loss: str | None = None,
) -> Question:  # fmt: skip
    """Ask whether a function without parameters returns a compiled Keras model, a new one each time.

    It is called twice in the student's kernel after the last cell. Half the credit is for the model being new and
    compiled, half for its layers and, where asked for, its loss.

    Args:
        units: units of the last layer.
        activation: of the last layer: ``sigmoid``, ``softmax`` or ``linear``; a linear one is right where the loss
            is told ``from_logits=True``.
        name: the function's name in the notebook or module.
        aliases: other names that it may have.
        hidden: fewest hidden layers, each with an activation that is not linear.
        loss: the loss, in any spelling; by default any.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        calls = _calls(submitted, name, MODEL)
        if isinstance(calls, Answer):
            return calls
        if calls[0].found is None:
            return _missing(submitted, (name, *aliases), "")
        called = f"Your function {calls[0].found} was called {plural(len(calls), 'time')}"
        for call in calls:
            said = _problem(call, _no_model, "")
            if said is not None:
                return _at(call, failed(f"{called}. {said}", help=_help(call, "")))
        made = _unusable(calls)
        layers = _layers_problem(calls[0].returned, units=units, activation=activation, hidden=hidden, loss=loss)
        if made is None and layers is None:
            return _at(
                calls[0], passed(f"{called}: each time it returned a new, compiled model with the right layers.")
            )
        last = f"Let the last layer be Dense({units}) with the activation {activation}, after hidden layers with relu."
        told_so = " ".join(each for each in (made, layers) if each)
        mend = "Build, compile and return the model within the function." if made else last
        credit = 0.5 * (made is None) + 0.5 * (layers is None)
        return _at(calls[0], failed(f"{called}. {told_so}", help=mend, credit=credit))

    return question


# --- what is asked of the kernel ------------------------------------------------------------------


def requests(criteria: Iterable[tuple[str, Mapping[str, Any]]], seed: int) -> tuple[dict[str, Any], ...]:
    """Return the calls that criteria, each a check's name with its parameters, need: names and inputs alone."""
    wanted: dict[str, dict[str, Any]] = {}
    for check, params in criteria:
        if check not in {"functions.returns", "functions.builds_model"}:
            continue
        name = str(params.get("name", "build_model"))
        kind = str(params.get("probe", MODEL))
        given = [[]] * MODEL_CALLS if kind == MODEL else [list(each.arguments) for each in probes(kind, seed)]
        known = wanted.setdefault(_key(name, kind), {"function": _key(name, kind), "names": [], "probes": given})
        known["names"] = list(dict.fromkeys([*known["names"], name, *params.get("aliases", ())]))
    return tuple(wanted.values())


def _key(name: str, kind: str) -> str:
    return f"{name}: {kind}"


def _seed(submitted: TaskCapture) -> int:
    return submitted.calls.seed if submitted.calls is not None else 0


def _calls(submitted: TaskCapture, name: str, kind: str) -> Sequence[Call] | Answer:
    """Return the calls of a function, or why there are none."""
    if submitted.calls is None:
        message = f"the function {name} was not called in this run; grade the submission again"
        raise GradingFailed(message)
    calls = submitted.calls.of(_key(name, kind))
    if calls:
        return calls
    if submitted.execution.exit.ends_the_run:
        return unjudged(
            f"Your run ended before its last cell, so your function {name} could not be called.",
            help="Mend what ended the run.",
        )
    if submitted.calls.faults:
        message = f"the function {name} could not be called: the recorder failed; please mark this by hand"
        raise GradingFailed(message)
    return unjudged(
        f"Your function {name} could not be called: a function that was called before it ended Python or did not "
        "come back.",
        help="Mend that function first.",
    )


# --- what came back -------------------------------------------------------------------------------


def _problem(call: Call, judge: Callable[[Returned], str | None], takes: str) -> str | None:
    """Return what is wrong with a call, in a sentence or two, or None."""
    if call.outcome == "arity":
        return f"Its parameters are {call.takes}; it is called with ({takes})."
    if call.outcome == "raised":
        return f"It raised {call.error or 'an exception'}."
    if call.outcome == "timed_out":
        return "It was stopped because it did not return within 10 seconds."
    if call.outcome == "unfinished" or call.returned is None:
        return "It did not come back: it ended Python, or ran on after it was stopped."
    said = judge(call.returned)
    if said is not None and call.returned.kind == "none" and call.mutated:
        return f"{said} It changed its argument instead."
    return said


def _concluded(problems: Sequence[tuple[Call, Probe, str | None]], right: float, count: int, takes: str) -> Answer:
    first = problems[0][0]
    wrong = next(((call, case, said) for call, case, said in problems if said is not None), None)
    changed = next(((call, case) for call, case, _ in problems if call.mutated), None)
    called = f"Your function {first.found} was called on {plural(count, 'input')} of the grader's"
    if wrong is None and changed is None and len(problems) == count:
        return _at(first, passed(f"{called} and returned what it should for each."))
    if wrong is None and changed is not None:
        said = f"What it returned is right, but for {changed[1].text()} it also changed its arguments."
        return _at(
            changed[0],
            failed(
                f"{called}. {said} Whoever calls it still needs them as they were.",
                help="Make a new array in the function, or begin with a copy.",
                credit=right / count,
            ),
        )
    call, case, said = wrong or (*problems[-1][:2], "It did not come back from the next input.")
    answered = sum(said is None for *_, said in problems)
    shown = "" if call.outcome == "arity" else f" For {case.text()}:"
    return _at(
        call,
        failed(
            f"{called} and was right on {answered}.{shown} {said}",
            help=_help(call, takes),
            credit=right / count,
        ),
    )


def _help(call: Call, takes: str) -> str:
    if call.outcome == "arity":
        return f"Define it as def {call.found}({takes})."
    if call.outcome == "raised":
        return "Call it on this input yourself, and mend the line that fails."
    if call.returned is not None and call.returned.kind == "none":
        return "End the function with return and its result."
    if call.outcome in {"timed_out", "unfinished"}:
        return "Look for a loop that does not end, or for work that does not belong in this function."
    return "Call it on this input yourself, and compare step by step."


def _missing(submitted: TaskCapture, names: Sequence[str], takes: str) -> Answer:
    stopped = f" {submitted.execution.stopped}" if submitted.execution.exit is Exit.RAISED else ""
    others = f" (or {', '.join(names[1:])})" if names[1:] else ""
    return failed(
        f"After your last cell there is no function {names[0]}{others}.{stopped} Expected: a function that others can "
        "call by this name.",
        help=f"Write def {names[0]}({takes}) in a cell that runs.",
    )


def _at(call: Call, answer: Answer) -> Answer:
    """Return an answer with the place it is about: the line that raised, else the definition."""
    cell, line = (call.error_cell, call.error_line) if call.error_cell is not None else (call.cell, call.line)
    return Answer(
        credit=answer.credit, rationale=answer.rationale, help=answer.help, evidence=answer.evidence, cell=cell,
        line=line,
    )  # fmt: skip


# --- models ---------------------------------------------------------------------------------------


def _no_model(returned: Returned) -> str | None:
    return None if returned.kind == "model" else f"{told(returned)} Expected: a Keras model."


def _unusable(calls: Sequence[Call]) -> str | None:
    if any(call.returned is not None and not call.returned.fresh for call in calls):
        return (
            "It returned the same model again. Expected: a new one each time, or each fold goes on training the model "
            "of the fold before."
        )
    if any(call.returned is not None and call.returned.compile is None for call in calls):
        return "The model it returned is not compiled. Expected: a model that is ready for fit."
    return None


def _layers_problem(
    returned: Returned | None, *, units: int, activation: str, hidden: int, loss: str | None
) -> str | None:
    if returned is None or returned.structure is None:
        return None
    built, compiled = structure(returned.structure), returned.compile
    found = f"Its model is {built.text() or 'empty'}"
    learning = [block for block in built.hidden if block.activation != "linear"]
    if len(learning) < hidden:
        wanted = plural(hidden, "hidden layer")
        return f"{found}: {plural(len(learning), 'hidden layer')} with an activation. Expected: at least {wanted}."
    logits = compiled is not None and compiled.loss is not None and compiled.loss.from_logits
    wanted = "linear" if logits else activation
    if built.output is None or built.output.units != units or built.output.activation != wanted:
        return f"{found}. Expected of the last layer: {plural(units, 'unit')} with the activation {wanted}."
    used = loss_name(compiled.loss) if compiled is not None else ""
    if loss is not None and compiled is not None and used != _spelled(loss):
        return f"It is compiled with the loss {used}. Expected: {_spelled(loss)}."
    return None


def _spelled(name: str) -> str:
    return loss_name(LossNote(name=name))
