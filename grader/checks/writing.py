"""Did the student answer in words; what the words are worth, a person marks."""

from __future__ import annotations

from grader.checks.base import Answer, Facts, Question, by_hand, failed
from grader.checks.words import plural
from grader.records import Evidence
from grader.runs import TaskCapture
from grader.writing import Line


def present(*, heading: str = "", words: int = 10) -> Question:
    """Ask whether there is a written answer, which a person then marks: until then its points are open.

    Accepts any markdown cell. What the starter says already does not count. Where nothing stands under the heading,
    all other writing counts: a student may have renamed or moved it.

    Args:
        heading: words of the heading that the answer stands under; by default all writing is meant.
        words: fewest words of an answer; fewer fail without a person.
    """

    def question(*, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        under = [line for line in submitted.writing if heading.casefold() in line.heading.casefold()]
        lines = under if _words(under) >= words else list(submitted.writing)
        count = _words(lines)
        where = f" under “{heading}”" if heading and lines == under and under else ""
        if count >= words:
            return by_hand(
                f"You wrote {plural(count, 'word')}{where}. A person reads and marks them; until then these points "
                "are open.",
                cell=lines[0].cell,
            )
        place = f" under the heading “{heading}”" if heading else ""
        return failed(
            f"Your markdown cells hold {plural(count, 'word')} of your own. Expected: an answer of at least "
            f"{plural(words, 'word')}{place}. Saying in words what a result means is how you find out whether you "
            "understood it.",
            help=f"Add a markdown cell{place} and write your answer in a few sentences.",
            evidence=Evidence.RECORDED,
        )

    return question


def _words(lines: list[Line]) -> int:
    return sum(len([word for word in line.text.split() if any(map(str.isalnum, word))]) for line in lines)
