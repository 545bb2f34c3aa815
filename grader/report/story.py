"""What a result says in sentences, in the order a reader needs them; every rendering tells this."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from grader.records import Exit, Verdict
from grader.report.words import EXIT_WORDS, counted, duration, points, worth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.records import CellRun, Finding, OldCode, Result


def to_win(finding: Finding) -> float:
    """Return the points that a finding still leaves to win."""
    return finding.possible - (finding.points or 0.0)


def to_fix(result: Result) -> tuple[Finding, ...]:
    """Return the findings a student can mend, most points first.

    At equal points a failure comes before what was skipped because of it. When the code did not
    run to the end, what was skipped waits for just that, and is told by ``waiting`` instead.
    """
    wanted = {Verdict.FAILED: 0, Verdict.PARTIAL: 1, Verdict.SKIPPED: 2}
    if result.execution.exit is not Exit.OK:
        del wanted[Verdict.SKIPPED]
    open_ones = [finding for finding in result.findings if finding.verdict in wanted]
    return tuple(sorted(open_ones, key=lambda one: (-to_win(one), wanted[one.verdict])))


def waiting(result: Result) -> str:
    """Return what was skipped because the code did not run to the end; empty when nothing was."""
    skipped = [one for one in result.findings if one.verdict is Verdict.SKIPPED]
    if result.execution.exit is Exit.OK or not skipped:
        return ""
    count = counted(len(skipped), "criterion", "criteria")
    return f"{count} could not be looked at: {worth(sum(map(to_win, skipped)))} to win."


def standing(result: Result) -> str:
    """Return whether the submission passed, in two words; a withheld grade is neither."""
    if result.withheld:
        return "Grade withheld"
    return "Passed" if result.passed else "Not passed yet"


def score_line(result: Result) -> str:
    """Return the score as a sentence without its full stop; withheld is never told as zero."""
    if not result.withheld:
        return f"{points(result.points)} of {worth(result.possible)}"
    end = "the grader is mended"
    return (
        f"{worth(result.points)} so far, up to {points(result.most_possible)} "
        f"of {points(result.possible)} once {'a person has marked it' if result.waits_for_a_person else end}"
    )


def withheld(result: Result) -> str:
    """Return why there is no grade yet, in a sentence or two."""
    if result.waits_for_a_person:
        return "A person marks part of your work, so there is no grade yet."
    return "The grader itself failed, so there is no grade yet. This is not your mistake and costs you nothing."


def summary(result: Result) -> str:
    """Return one line: how many criteria came out which way, and how the code ended."""
    return f"{tally(result.findings)} {ending(result)}"


def tally(findings: Sequence[Finding]) -> str:
    """Return how many criteria came out which way."""
    if not findings:
        return "No criteria to show."
    counts = Counter(finding.verdict for finding in findings)
    if counts[Verdict.PASSED] == len(findings):
        return f"{counted(len(findings), 'criterion', 'criteria')} looked at, all passed."
    words = {
        Verdict.PARTIAL: "partly passed",
        Verdict.FAILED: "failed",
        Verdict.SKIPPED: "skipped",
        Verdict.ERRORED: "not judged",
    }
    rest = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict]]
    passed = f"{counts[Verdict.PASSED]} of {counted(len(findings), 'criterion', 'criteria')} passed"
    return ", ".join([passed, *rest]) + "."


def ending(result: Result) -> str:
    """Return how the execution ended, where, and after how long."""
    execution = result.execution
    broken = stopped_at(result)
    where = f" in cell {broken.cell + 1}" if broken else ""
    after = "in" if execution.exit is Exit.OK else "after"
    return f"Your code {EXIT_WORDS[execution.exit]}{where} {after} {duration(execution.seconds)}."


def stopped_at(result: Result) -> CellRun | None:
    """Return the first cell that did not finish, when the execution didn't end well."""
    if result.execution.exit is Exit.OK:
        return None
    return next((run for run in result.execution.cells if run.state in ("raised", "stopped")), None)


def unseen(result: Result) -> str:
    """Return the line about findings left out of this view; empty when there are none."""
    if result.hidden <= 0:
        return ""
    verb = "is" if result.hidden == 1 else "are"
    return f"{counted(result.hidden, 'criterion', 'criteria')} {verb} not shown here yet."


def old_code(result: Result) -> str:
    """Return what a reader has to know about the old spellings in their code, before each is told."""
    mapped = any(old.effect == "mapped" for old in result.execution.old_code)
    told = "Parts of your code are written for older versions of its libraries."
    if mapped:
        return f"{told} Here they were run as they are written today; elsewhere they fail, so write them so yourself."
    return f"{told} They fail today, or do nothing."


def old_effect(old: OldCode) -> str:
    """Return what an old spelling came to."""
    if old.effect == "mapped":
        return f"It was run as its modern spelling, {'once' if old.count == 1 else counted(old.count, 'time')}."
    if old.effect == "ignored":
        return f"It has no effect, in {counted(old.count, 'place')}."
    cells = ", ".join(str(cell + 1) for cell in old.stopped)
    where = f" You have it in {counted(old.count, 'place')}." if old.count > 1 else ""
    return f"It stopped {'cell' if len(old.stopped) == 1 else 'cells'} {cells}.{where}"


def instead(old: OldCode) -> str:
    """Return what to write in place of an old spelling."""
    return f"write {old.modern} in place of {old.old}" if old.modern else f"leave out {old.old}"


def modernise(result: Result) -> list[str]:
    """Return one line for each old spelling: what to write instead, where, and what it came to."""
    return [f"Old code{_at(old)}: {instead(old)}. {old.why} {old_effect(old)}" for old in result.execution.old_code]


def _at(old: OldCode) -> str:
    first = old.places[0] if old.places else None
    if first is None:
        return ""
    return f" in cell {first.cell + 1}" + (f", line {first.line}" if first.line is not None else "")
