"""What a batch would run, and what not and why: gathered before anything runs, and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from grader import intake
from grader.assignment import Assignment
from grader.assignment_problems import nearest
from grader.errors import UsageError
from grader.intake import Collected, Person
from grader.intake.uploads import printable
from grader.records import Submission

MOST_NAMED = 5  # of those who are missing, where all are not asked for


def gather(
    paths: Sequence[Path],
    assignments: Sequence[Assignment],
    *,
    into: Path,
    layout: str | None = None,
    pattern: str | None = None,
    roster: Path | None = None,
    skip: Path | None = None,
) -> Collected:
    """Return the submissions in ``paths``; archives are unpacked below ``into``, results in ``skip`` passed over."""
    if layout and pattern:
        message = "--layout and --pattern: found both; expected one of them; leave the other out"
        raise UsageError(message)
    forced = intake.pattern_layout(pattern) if pattern else intake.named(layout) if layout else None
    return intake.collect(
        paths,
        tasks=[intake.Task(name=each.name, loader=each.loader) for each in assignments],
        layout=forced,
        roster=intake.read_roster(roster) if roster else None,
        into=into,
        skip=skip,
    )


def only(collected: Collected, wanted: Sequence[str]) -> Collected:
    """Return what concerns the students asked for, by their names, numbers or user names; all, if none is."""
    if not wanted:
        return collected
    known = {word for each in collected.submissions for word in _words(each)}
    for word in wanted:
        if word.casefold() not in known:
            names = sorted(each.student for each in collected.submissions)
            message = f"--only {word!r}: found no submission of that student{nearest(word, names)}"
            raise UsageError(message)
    asked = {word.casefold() for word in wanted}
    kept = tuple(each for each in collected.submissions if _words(each) & asked)
    students = {each.student for each in kept}
    remarks = tuple(each for each in collected.remarks if each.student in students)
    return collected.model_copy(
        update={"submissions": kept, "remarks": remarks, "refused": (), "unrun": (), "missing": ()}
    )


def _words(submission: Submission) -> set[str]:
    return {word.casefold() for word in (submission.student, submission.student_id, *submission.members) if word}


def table(collected: Collected) -> Table:
    """Return the plan as a table: a row for each submission, then for each that can't be run and each missing."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("student", "file", "handed in", "beside it", "remarks"):
        shown.add_column(column, overflow="fold")
    for each in collected.submissions:
        remarks = "; ".join(remark.text for remark in collected.remarks if remark.student == each.student)
        beside = ", ".join(path.name for path in each.beside)
        cells = (_who(each), each.file.name, _when(each), beside, remarks)
        shown.add_row(*(Text(printable(cell)) for cell in cells))
    for student in collected.unrun:
        shown.add_row(Text(printable(student)), Text("can't be run, see below"))
    for person in collected.missing:
        shown.add_row(Text(printable(person.name)), Text("nothing handed in"))
    return shown


def _who(submission: Submission) -> str:
    others = [name for name in submission.members if name != submission.student]
    return ", ".join([submission.student, *others])


def _when(submission: Submission) -> str:
    time = f"{submission.submitted_at:%Y-%m-%d %H:%M}" if submission.submitted_at else ""
    return f"{time} late".strip() if submission.late else time


def summary(collected: Collected) -> Iterator[str]:
    """Yield the lines that stand above a run: what was found, what is not run, who is missing."""
    yield from collected.found
    unused = [each for each in collected.told if not each.used]
    if unused:
        reasons = Counter(each.reason.partition(": ")[2].partition(";")[0] for each in unused)
        files = f"{len(unused)} file{'s are' if len(unused) > 1 else ' is'}"
        yield f"{files} not run: {_listed(reasons)} (--dry-run names them)"
    for remark in collected.remarks:
        yield f"note: {printable(remark.student)}: {remark.text}"
    if collected.missing:
        yield f"nothing handed in by {len(collected.missing)} on the roster: {_named(collected.missing)}"


def details(collected: Collected) -> Iterator[str]:
    """Yield a line for each file that is not run, those first that should have been."""
    yield from (f"error: {each.reason}" for each in collected.refused)
    yield from (f"{'used' if each.used else 'not run'}: {each.reason}" for each in collected.told)


def _listed(reasons: Counter[str]) -> str:
    common = [f"{count} {reason}" for reason, count in reasons.most_common(3)]
    return ", ".join(common) + (", …" if len(reasons) > len(common) else "")


def _named(people: Sequence[Person]) -> str:
    names = [printable(person.name) for person in people]
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def absent(collected: Collected) -> list[tuple[str, str]]:
    """Return those who get no result, with the reason in a word: for their rows in the gradebook."""
    return [
        *((student, "can't be run") for student in collected.unrun),
        *((person.name, "nothing handed in") for person in collected.missing),
    ]
