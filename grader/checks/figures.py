"""Did the student plot curves; whether they are well read is marked by hand."""

from __future__ import annotations

from grader.checks.base import Answer, Facts, Question, failed, nothing_trained, passed
from grader.records import Evidence
from grader.runs import TaskCapture

CURVE_POINTS = 3


def curves() -> Question:
    """Ask whether at least one figure with a curve was shown or saved.

    Accepts any line or scatter of three points or more, made with matplotlib or what builds on it.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        drawn = [axes for figure in submitted.figures for axes in figure.axes]
        good = [
            axes
            for axes in drawn
            if axes.points >= CURVE_POINTS or any(len(line) >= CURVE_POINTS for line in axes.lines)
        ]
        if not submitted.runs:
            return nothing_trained(submitted)
        if good:
            count = len(submitted.figures)
            return passed(
                f"You showed {count} figure{'s' if count > 1 else ''} with curves.",
                evidence=Evidence.REPORTED,
            )
        return failed(
            f"No figure with a curve was shown (found {len(drawn)} plots, expected at least 1). The curves of training "
            "and validation loss show at which epoch overfitting starts.",
            help='Plot history.history["loss"] and history.history["val_loss"] over the epochs, then call plt.show().',
            evidence=Evidence.REPORTED,
        )

    return question
