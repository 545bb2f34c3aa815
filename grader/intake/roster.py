"""Reads a class list and says whose an upload is: by number, user name or address, by name only where one fits."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grader.errors import SubmissionUnreadable, UsageError
from grader.intake.given import Upload
from grader.intake.naming import squeezed
from grader.intake.uploads import content, printable
from grader.records import Record

# What learning platforms call their columns, squeezed: "SIS Login ID" is sisloginid.
IDS = (
    "studentid", "id", "sid", "studentnumber", "matriculationnumber", "idnumber", "sisuserid", "sisloginid", "userid",
    "username", "login", "loginid", "identifier", "participant", "participantid", "orgdefinedid", "githubusername",
    "githubid", "matrikelnummer",
)  # fmt: skip
NAMES = ("name", "fullname", "studentname", "student", "displayname")
FIRST = ("firstname", "first", "givenname", "forename", "vorname")
LAST = ("lastname", "last", "surname", "familyname", "nachname")
EMAILS = ("email", "emailaddress", "mail", "studentemail", "emailid")
GROUPS = ("group", "groupname", "team", "teamname")


class Person(Record):
    """One row of a roster."""

    name: str
    ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """A platform's own: ``canvas 101``, ``moodle 12345``."""
    email: str = ""
    group: str = ""

    @property
    def known_as(self) -> set[str]:
        """What surely means this person."""
        return {text.casefold() for text in (*self.ids, *self.numbers, self.email) if text}

    @property
    def id(self) -> str:
        """The first of the person's numbers and user names."""
        return self.ids[0] if self.ids else ""


class Roster(Record):
    """A class, in the order of its list."""

    people: tuple[Person, ...]

    def matched(self, uploads: Sequence[Upload]) -> list[tuple[Person, ...]]:
        """Return for each upload the people whose it is: none for one who isn't listed.

        Numbers, user names and addresses are certain. A name counts where one person alone bears it, and no two
        uploads claim that person by name.
        """
        certain = [self._by_identifier(upload) or self._by_group(upload) for upload in uploads]
        taken = {person for people in certain for person in people}
        named = [() if sure else self._by_names(upload) for sure, upload in zip(certain, uploads, strict=True)]
        claims = Counter(
            (person, upload.key) for people, upload in zip(named, uploads, strict=True) for person in people
        )
        rivals = Counter(person for person, _ in claims)
        return [
            sure or tuple(person for person in people if rivals[person] == 1 and person not in taken)
            for sure, people in zip(certain, named, strict=True)
        ]

    def group_of(self, people: Sequence[Person]) -> tuple[Person, ...]:
        """Return ``people`` with all others of their groups."""
        groups = {person.group for person in people if person.group}
        return tuple(person for person in self.people if person in people or (person.group and person.group in groups))

    def _by_identifier(self, upload: Upload) -> tuple[Person, ...]:
        wanted = {text.casefold() for text in (*upload.identifiers, upload.names[0])}
        wanted |= {f"{upload.platform} {upload.number}"} if upload.number else set()
        known = {text: [person for person in self.people if text in person.known_as] for text in wanted}
        found = {people[0] for people in known.values() if len(people) == 1}
        return tuple(person for person in self.people if person in found)

    def _by_group(self, upload: Upload) -> tuple[Person, ...]:
        names = {squeezed(name) for name in upload.names}
        return tuple(person for person in self.people if person.group and squeezed(person.group) in names)

    def _by_names(self, upload: Upload) -> tuple[Person, ...]:
        found = []
        for name in upload.members or upload.names[:1]:
            bearers = [person for person in self.people if squeezed(name) in _spellings(person)]
            found += bearers if len(bearers) == 1 else []
        return tuple(dict.fromkeys(found))


def read_roster(path: Path) -> Roster:
    """Read a CSV with a header; `UsageError` tells what is wrong with one that can't be a roster."""
    try:
        text = content(path).decode("utf-8-sig")
    except SubmissionUnreadable as error:
        message = f"the roster can't be read: {error}"
        raise UsageError(message) from error
    except UnicodeDecodeError as error:
        raise _refusal(path, "bytes that are not UTF-8", "save it as CSV in UTF-8") from error
    rows = [row for row in csv.reader(io.StringIO(text), _dialect(text)) if any(cell.strip() for cell in row)]
    columns = [squeezed(re.sub(r"\(.*\)", "", cell)) for cell in rows[0]] if rows else []
    if not {*IDS, *NAMES, *LAST, *EMAILS} & set(columns):
        raise _refusal(path, "no column that says who is meant", "name columns in its first line")
    people = [_person(dict(zip(columns, row, strict=False))) for row in rows[1:]]
    return Roster(people=tuple(dict.fromkeys(person for person in people if person)))


def _refusal(path: Path, found: str, remedy: str) -> UsageError:
    expected = "a CSV with columns for student id, name or email"
    return UsageError(f"{printable(str(path))}: found {found}; expected {expected}; {remedy}")


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found


def _person(row: dict[str, str]) -> Person | None:
    """Return the person of a row, or ``None``: Canvas writes the points possible below its header."""
    cells = {column: cell.strip() for column, cell in row.items()}
    name = _first(cells, NAMES) or " ".join(part for part in (_first(cells, FIRST), _first(cells, LAST)) if part)
    ids = tuple(dict.fromkeys(_plain(cells[column]) for column in IDS if cells.get(column)))
    email = _first(cells, EMAILS)
    if squeezed(name) in {"pointspossible", "studenttest"} or not (name or ids or email):
        return None
    return Person(
        name=_turned(name) or email or ids[0],
        ids=ids,
        numbers=_numbers(cells),
        email=email,
        group=_first(cells, GROUPS),
    )


def _first(cells: dict[str, str], columns: Sequence[str]) -> str:
    return next((cells[column] for column in columns if cells.get(column)), "")


def _plain(text: str) -> str:
    """Return an identifier; Moodle writes ``Participant 12345``, in its own language."""
    return re.sub(r"^\w+ (?=\d+$)", "", text)


def _numbers(cells: dict[str, str]) -> tuple[str, ...]:
    """Return the platform's own numbers in its own list: the gradebook of Canvas, the worksheet of Moodle."""
    canvas = cells.get("id") if {"student", "section"} <= set(cells) else None
    moodle = re.fullmatch(r"\D+ (\d+)", cells.get("identifier", ""))  # "Participant 12345", in any language
    return tuple([f"canvas {canvas}"] if canvas else []) + tuple([f"moodle {moodle[1]}"] if moodle else [])


def _turned(name: str) -> str:
    """Return ``Ada Byron`` for ``Byron, Ada``."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() and "," not in first else name


def _spellings(person: Person) -> set[str]:
    """Return a person's name as platforms write it, squeezed: with the first name in front, or the last name."""
    words = person.name.split()
    turned = {squeezed(" ".join(words[cut:] + words[:cut])) for cut in range(1, len(words))}
    return {squeezed(person.name), *turned} - {""}
