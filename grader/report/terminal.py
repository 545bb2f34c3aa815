"""Shows a result in the terminal: the score, every criterion, and what to do about open ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from grader.records import Verdict
from grader.report import story
from grader.report.outputs import plain
from grader.report.words import ASCII_SYMBOLS, VERDICT_SYMBOLS, VERDICT_WORDS, share

if TYPE_CHECKING:
    from rich.console import Console

    from grader.records import Diagnosis, Finding, Result

_COLOURS: Final = {
    Verdict.PASSED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.FAILED: "red",
    Verdict.SKIPPED: "bright_black",
    Verdict.ERRORED: "magenta",
}


def show(result: Result, console: Console) -> None:
    """Print a result for a person.

    In a terminal the lines are folded to its width; piped output is plain text, one line per
    criterion and per sentence, neither coloured nor cut.
    """
    for line in opening(result):
        _say(console, line)
    _say(console, Text())
    if console.is_terminal:
        console.print(_table(result, console))
    else:
        _list(result, console)
    for diagnosis in result.diagnoses:
        for line in diagnosed(diagnosis):
            _say(console, line)
    for sentence in closing(result):
        _say(console, Text(sentence))


def opening(result: Result) -> list[Text]:
    """Return the lines above the criteria: what was graded, the score, and a summary."""
    colour = "magenta" if result.withheld else "green" if result.passed else "yellow"
    title = (plain(result.title or result.assignment), "bold")
    return [
        Text.assemble(title, f"  {plain(result.student)}, {plain(result.submission.file)}"),
        Text.assemble((story.standing(result), f"bold {colour}"), ": ", story.score_line(result), "."),
        Text(story.summary(result)),
    ]


def closing(result: Result) -> list[str]:
    """Return the lines below the criteria: old code, what waits, what isn't shown, and whose fault it is."""
    failed = "The grader itself failed on some criteria. You don't lose points by it."
    ours = story.withheld(result) if result.waits_for_a_person else failed
    old = [" ".join(plain(line).split()) for line in story.modernise(result)]
    lines = [*old, story.waiting(result), story.unseen(result), ours if result.withheld else ""]
    return [line for line in lines if line]


def details(finding: Finding) -> list[str]:
    """Return what a student reads beneath a criterion that isn't passed: why, and what next."""
    if finding.verdict is Verdict.PASSED:
        return []
    line = f", line {finding.line}" if finding.line is not None else ""
    where = f"Look at cell {finding.cell + 1}{line}." if finding.cell is not None else ""
    lines = [finding.rationale, f"Next: {finding.help}" if finding.help else "", where]
    return [" ".join(plain(line).split()) for line in lines if line]


def diagnosed(diagnosis: Diagnosis) -> list[Text]:
    """Return a named misconception as lines: its title and place, the student's own line, why, and what next."""
    number = f", line {diagnosis.line_number}" if diagnosis.line_number is not None else ""
    where = f"  (cell {diagnosis.cell + 1}{number})" if diagnosis.cell is not None else ""
    own = [f"    > {plain(line)}" for line in diagnosis.line.splitlines() if line.strip()]
    said = [f"    {' '.join(plain(text).split())}" for text in (diagnosis.explanation, f"Fix: {diagnosis.fix}")]
    head = Text.assemble(("Diagnosis: ", "cyan"), (plain(diagnosis.title), "bold"), where)
    return [Text(), head, *(Text(line, style="dim") for line in (*own, *said))]


def _table(result: Result, console: Console) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Criterion", ratio=1)
    table.add_column("Points", justify="right", no_wrap=True)
    for finding in result.findings:
        told = Text(plain(finding.title))
        for detail in details(finding):
            told.append(f"\n{detail}", style="dim")
        earned = share(finding.points, finding.possible)
        table.add_row(_verdict(finding, console), _writable(told, console), earned)
    return table


def _list(result: Result, console: Console) -> None:
    for finding in result.findings:
        told = f"  {plain(finding.title)}  ({share(finding.points, finding.possible)})"
        _say(console, Text.assemble(_verdict(finding, console), told))
        for detail in details(finding):
            _say(console, Text(f"    {detail}"))


def _verdict(finding: Finding, console: Console) -> Text:
    symbols = VERDICT_SYMBOLS if console.encoding.startswith("utf") else ASCII_SYMBOLS
    word = f"{symbols[finding.verdict]} {VERDICT_WORDS[finding.verdict]}"
    return Text(f"{word:<12}", style=_COLOURS[finding.verdict])


def _writable(text: Text, console: Console) -> Text:
    """Return a text without characters that the console's encoding can't write."""
    text.plain = text.plain.encode(console.encoding, "replace").decode(console.encoding)
    return text


def _say(console: Console, line: Text) -> None:
    """Print one line; where nobody watches a terminal it is never folded or cut."""
    console.print(_writable(line, console), soft_wrap=not console.is_terminal, highlight=False)
