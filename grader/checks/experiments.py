"""Which of the book's exercises were tried: other depth, width, loss or activation, compared on held-out rows."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.base import Answer, Facts, Question, failed, nothing_trained, passed
from grader.checks.words import loss_name, plural
from grader.runs import TaskCapture, TrainingRun


def _depth(run: TrainingRun) -> object:
    return len(run.structure.hidden)


def _width(run: TrainingRun) -> object:
    return max((block.units or 0 for block in run.structure.hidden), default=0)


def _loss(run: TrainingRun) -> object:
    return loss_name(run.fit.compile.loss)


def _activation(run: TrainingRun) -> object:
    return tuple(sorted({block.activation for block in run.structure.hidden}))


def _optimizer(run: TrainingRun) -> object:
    return run.fit.compile.optimizer


VARIED: dict[str, tuple[str, Callable[[TrainingRun], object]]] = {
    "depth": ("the number of hidden layers", _depth),
    "width": ("the units of a hidden layer", _width),
    "loss": ("the loss", _loss),
    "activation": ("the activation of hidden layers", _activation),
    "optimizer": ("the optimizer", _optimizer),
}


def tried(*, least: int = 1, of: tuple[str, ...] = ("depth", "width", "loss", "activation")) -> Question:
    """Ask whether variations of the model were trained and compared on rows held out of the training.

    Each value of a property beyond the first counts as one experiment, whatever else was changed with it. Runs that
    were not validated on held-out rows, and those that failed, can't be compared and don't count.

    Args:
        least: fewest experiments for full credit; fewer earn their share.
        of: what may be varied: ``depth``, ``width``, ``loss``, ``activation``, ``optimizer``.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        if not submitted.runs:
            return nothing_trained(submitted)
        compared = [run for run in submitted.runs if run.finished and run.validation == "held_out"]
        values = {name: {VARIED[name][1](run) for run in compared} for name in of}
        count = sum(max(len(found) - 1, 0) for found in values.values())
        varied = [VARIED[name][0] for name, found in values.items() if len(found) > 1]
        cell = compared[-1].fit.cell if compared else None
        if count >= least:
            return passed(
                f"You compared {plural(count + 1, 'variant')} on held-out rows, varying {_listed(varied)}.", cell=cell
            )
        models = len({run.structure.blocks for run in compared})
        if submitted.unseen:
            nothing_trained(submitted)
        what = f"varying {_listed(varied)}" if varied else "all of one kind"
        return failed(
            f"You compared {plural(models, 'model')} on held-out rows, {what}. Expected: at least "
            f"{plural(least, 'experiment')} beyond the first model. Only a comparison shows whether a larger or "
            "a smaller model would have done better.",
            help=f"Train it again with one thing changed ({_listed([VARIED[name][0] for name in of])}), validate it on "
            "the same rows, and compare.",
            credit=count / least,
            cell=cell,
        )

    return question


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
