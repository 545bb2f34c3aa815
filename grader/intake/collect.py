"""Paths → Submissions, each with a student's name that no other has; all that is not run is told with the reason."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from grader.intake.companions import companions
from grader.intake.given import Layout, Told, Upload
from grader.intake.naming import told_apart
from grader.intake.roster import Person, Roster
from grader.intake.rules import Choice, Chosen, Task, choose, latest, misnamed
from grader.intake.sources import Unpacker, expanded, sources
from grader.intake.uploads import printable
from grader.records import Record, Submission
from grader.scratch import make


class Remark(Record):
    """Something about a student's upload that an instructor should know; the upload is graded."""

    student: str
    text: str


class Collected(Record):
    """What a set of uploads came to."""

    submissions: tuple[Submission, ...]
    refused: tuple[Told, ...] = ()
    """What should have been graded and can't be, in a line each."""
    remarks: tuple[Remark, ...] = ()
    told: tuple[Told, ...] = ()
    """Every other file that is neither run nor placed beside one, and why."""
    unrun: tuple[str, ...] = ()
    """Students whose upload can't be run."""
    missing: tuple[Person, ...] = ()
    """Those on the roster of whom there is no upload."""
    found: tuple[str, ...] = ()
    """What each path is: ``Canvas export, 41 uploads``."""


class _Work:
    """One upload that counts, on its way to its submissions."""

    def __init__(self, upload: Upload, choice: Choice, people: tuple[Person, ...]) -> None:
        self.upload, self.choice, self.people = upload, choice, people

    def names(self, chosen: Chosen) -> tuple[str, ...]:
        """Return what the student may be called for one of the files chosen."""
        several = len(self.choice.chosen) > 1
        return tuple(f"{name}-{Path(chosen.file.base).stem}" if several else name for name in self.upload.names)

    def members(self, roster: Roster | None) -> tuple[str, ...]:
        """Return the names of all whose work it is, where they are several."""
        if len(self.upload.members) > 1:
            return self.upload.members
        people = roster.group_of(self.people) if roster else ()
        return tuple(person.name for person in people) if len(people) > 1 else ()


def collect(
    paths: Sequence[Path],
    *,
    tasks: Sequence[Task] = (),
    layout: Layout | None = None,
    roster: Roster | None = None,
    into: Path | None = None,
    skip: Path | None = None,
) -> Collected:
    """Read all submissions in ``paths``: files, folders, archives, and exports of learning platforms.

    How each is laid out is recognised by its shape, or said by ``layout``; archives are unpacked below ``into``;
    ``skip``, the folder of results, is passed over. Of
    several attempts and of several notebooks the rules in `rules` take one. What can't be read is among the refused;
    `UsageError` tells of a folder with nothing to read.
    """
    gathering = _Gathering(tasks, into or make())
    gathering.gather(paths, layout, skip)
    return gathering.collected(roster)


class _Gathering:
    """What has been found so far."""

    def __init__(self, tasks: Sequence[Task], into: Path) -> None:
        self.tasks, self.into = tasks, into
        self.uploads: list[tuple[str, Upload]] = []
        self.found: list[str] = []
        self.told: list[Told] = []
        self.refused: list[Told] = []
        self.remarks: list[Remark] = []
        self._seen: set[Path] = set()

    def gather(self, paths: Sequence[Path], layout: Layout | None, skip: Path | None) -> None:
        unpacker = Unpacker(self.into / "unpacked")
        for source in sources(paths, layout, unpacker, skip=skip):
            self.found.append(str(source))
            self.told += source.told
            self.refused += source.refused
            for upload in source.uploads:
                if (new := self._unseen(upload)) is not None:
                    full, told, refused = expanded(new, unpacker)
                    self.uploads.append((source.layout, full))
                    self.told += told
                    self.refused += refused

    def _unseen(self, upload: Upload) -> Upload | None:
        """Return an upload without files that were given before, say by their folder and by name."""
        files = tuple(file for file in upload.files if _resolved(file.path) not in self._seen)
        self._seen |= {_resolved(file.path) for file in files}
        return upload.model_copy(update={"files": files}) if files or not upload.files else None

    def collected(self, roster: Roster | None) -> Collected:
        kept, told = latest(self.uploads)
        self.told += told
        uploads = [upload for _, upload in self._of_this_assignment(kept)]
        matched = roster.matched(uploads) if roster else [()] * len(uploads)
        known = [_called(each, people) for each, people in zip(uploads, matched, strict=True)]
        works = self._once(
            [_Work(each, choose(each, self.tasks), who) for each, who in zip(known, matched, strict=True)]
        )
        for work in works:
            self.told += work.choice.told
            self.refused += work.choice.refused
        submissions = self._submissions(works, roster)
        missing = _missing(roster, works)
        unrun = [(work.upload.names[0], *work.members(roster)) for work in works if not work.choice.chosen]
        return Collected(
            submissions=tuple(submissions), refused=tuple(self.refused), remarks=tuple(self.remarks),
            told=tuple(self.told), unrun=tuple(dict.fromkeys(name for names in unrun for name in names)),
            missing=missing, found=tuple(self.found),
        )  # fmt: skip

    def _once(self, works: list[_Work]) -> list[_Work]:
        """Return the uploads without those that were given twice: of one student, and the same to the last byte."""
        kept: dict[object, _Work] = {}
        for number, work in enumerate(works):
            digests = tuple(chosen.submission.sha256 for chosen in work.choice.chosen)
            first = kept.setdefault((work.upload.key, digests) if digests else number, work)
            if first is not work:
                line = f"given before, as {printable(first.upload.names[0])}'s"
                self.told += [Told(path=file.path, reason=f"{file.shown}: {line}") for file in work.upload.files]
        return list(kept.values())

    def _of_this_assignment(self, uploads: list[tuple[str, Upload]]) -> list[tuple[str, Upload]]:
        """Return the uploads for what is graded, where a layout says what each is for and one of them is it."""
        names = {task.name.casefold() for task in self.tasks}
        if not any(upload.assignment.casefold() in names for _, upload in uploads if upload.assignment):
            return uploads
        kept = [
            (layout, each) for layout, each in uploads if not each.assignment or each.assignment.casefold() in names
        ]
        for layout, each in uploads:
            if (layout, each) not in kept:
                line = f"handed in for {printable(each.assignment)}"
                self.told += [Told(path=file.path, reason=f"{file.shown}: {line}") for file in each.files]
        return kept

    def _submissions(self, works: Sequence[_Work], roster: Roster | None) -> list[Submission]:
        each_chosen = [(work, chosen) for work in works for chosen in work.choice.chosen]
        students = told_apart([work.names(chosen) for work, chosen in each_chosen])
        submissions = []
        for number, ((work, chosen), student) in enumerate(zip(each_chosen, students, strict=True)):
            submission = self._submission(work, chosen, roster, student, number)
            submissions.append(submission)
            self._remark(work, chosen, student, roster)
        self._same_files(submissions)
        self._shared_names(works, each_chosen, students)
        return submissions

    def _submission(self, work: _Work, chosen: Chosen, roster: Roster | None, student: str, number: int) -> Submission:
        beside, told = companions(chosen, work.choice.others, self.into / "beside" / str(number))
        self.told += told
        upload = work.upload
        ids = [person.id for person in work.people if person.id] or [
            *filter(None, [upload.number]),
            *upload.identifiers,
        ]
        changes = {
            "student": student,
            "student_id": ids[0] if ids else "",
            "members": work.members(roster),
            "submitted_at": upload.submitted_at,
            "late": upload.late,
            "beside": beside,
        }
        return chosen.submission.model_copy(update=changes)

    def _remark(self, work: _Work, chosen: Chosen, student: str, roster: Roster | None) -> None:
        others = sum(1 for each in work.choice.told if "not run;" in each.reason)
        texts = [misnamed(chosen)]
        if others:
            texts.append(f"{printable(chosen.file.base)} is run, {others} other{'s' * (others > 1)} not: {chosen.why}")
        if roster and not work.people:
            texts.append("not on the roster, or more than one there could be meant")
        self.remarks += [Remark(student=student, text=text) for text in texts if text]

    def _same_files(self, submissions: Sequence[Submission]) -> None:
        by_digest: dict[str, list[str]] = defaultdict(list)
        for submission in submissions:
            by_digest[submission.sha256].append(submission.student)
        for students in by_digest.values():
            for student in students if len(students) > 1 else ():
                others = ", ".join(each for each in students if each != student)
                self.remarks.append(
                    Remark(student=student, text=f"the same file, to the last byte, as that of {others}")
                )

    def _shared_names(
        self, works: Sequence[_Work], each_chosen: Sequence[tuple[_Work, Chosen]], students: Sequence[str]
    ) -> None:
        bearers: dict[str, set[int]] = defaultdict(set)
        for number, work in enumerate(works):
            bearers[work.names(work.choice.chosen[0])[0].casefold() if work.choice.chosen else ""].add(number)
        for (work, chosen), student in zip(each_chosen, students, strict=True):
            name = work.names(chosen)[0]
            if len(bearers[name.casefold()]) > 1:
                text = f"another upload goes by the name {printable(name)}; both are graded"
                self.remarks.append(Remark(student=student, text=text))


def _called(upload: Upload, people: tuple[Person, ...]) -> Upload:
    """Return an upload with the name that the roster has for its student in front."""
    if len(people) != 1:
        return upload
    names = (people[0].name, f"{people[0].name}-{people[0].id or people[0].email}", *upload.names)
    return upload.model_copy(update={"names": names})


def _missing(roster: Roster | None, works: Sequence[_Work]) -> tuple[Person, ...]:
    if roster is None:
        return ()
    here = {person for work in works for person in roster.group_of(work.people)}
    return tuple(person for person in roster.people if person not in here)


def _resolved(path: Path) -> Path:
    # Of the folder only: a link is itself. Not resolve(), which raises on circular links.
    return Path(os.path.realpath(path.parent)) / path.name
