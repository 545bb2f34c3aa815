"""Exports of learning platforms as they come, built in code: names as the platforms' own sources write them."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]


def notebook(source: str = "1 + 1", **metadata: object) -> bytes:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell]}).encode()


def lay(root: Path, files: Files) -> Path:
    """Write files to a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def zipped(path: Path, files: Files) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zip_bytes(files))
    return path


def zip_bytes(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(path: Path, files: Files, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


CANVAS = {
    "byronada_101_9001_hw3.ipynb": notebook("import helpers"),
    "byronada_101_9002_helpers.py": b"x = 1",
    "hopper_mariegrace_LATE_102_9010_hw3.ipynb": notebook("a"),
    "hopper_mariegrace_LATE_102_9017_hw3-1.ipynb": notebook("b"),
    "müllerjörg_103_9020_arbeit.zip": zip_bytes({"arbeit/hw.ipynb": notebook("c"), "arbeit/data.csv": b"1,2"}),
    "poeann_104_9030_report.pdf": b"%PDF-1.7",
    "roebob_105_text.html": b"<p>see my github</p>",
}
CANVAS_ANONYMOUS = {
    "anon_aB3x9_9001_hw3.ipynb": notebook("a"),
    "LATE_anon_Zz81q_9002_hw3.ipynb": notebook("b"),
}
MOODLE = {
    "Ada Byron_12345_assignsubmission_file/hw.ipynb": notebook("a"),
    "Ada Byron_12345_assignsubmission_file/data/x.csv": b"1",
    "Jörg Müller_12346_assignsubmission_file_/hw.ipynb": notebook("b"),
    "Jörg Müller_12346_assignsubmission_onlinetext_/onlinetext.html": b"<p>x</p>",
    "Ada Byron_12399_assignsubmission_file/other.ipynb": notebook("c"),
    "Bob Roe_12350_assignsubmission_onlinetext/onlinetext.html": b"<p>sorry</p>",
}
MOODLE_FLAT = {
    "Ada Byron_12345_assignsubmission_file_hw_final.ipynb": notebook("a"),
    "Ada Byron_12345_assignsubmission_file_helpers.py": b"x = 1",
    "Group 7_88_assignsubmission_file_team.ipynb": notebook("b"),
}
METADATA = """---
submission_7001:
  :submitters:
  - :name: Ada Byron
    :sid: '12345'
    :email: ada@example.edu
  :created_at: 2026-11-20 21:05:33.123456000 Z
  :score: 0.0
  :status: processed
  :results:
    tests:
    - name: 'submitters:'
      output: |
        :submitters:
        - :name: Mallory
  :history:
  - :id: 6990
    :created_at: 2026-11-19 10:00:00.000000000 Z
    :submitters:
    - :name: Someone Else
submission_7002:
  :submitters:
  - :name: "J\\u00F6rg M\\xFCller"
    :sid: 12346
    :email: joerg@example.edu
  - :name: O'Neil, Pat
    :sid:
    :email: pat@example.edu
  :created_at: 2026-11-20 14:05:33.5 -07:00
  :score: 1.5
submission_7003:
  :submitters:
  - :name: Grace Hopper
    :sid: '12347'
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &1 2026-11-18 08:00:00.000000000 Z
    zone: &2 !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: *1
"""
GRADESCOPE = {
    "assignment_555_export/submission_metadata.yml": METADATA.encode(),
    "assignment_555_export/submission_7001/hw.ipynb": notebook("a"),
    "assignment_555_export/submission_7001/helpers.py": b"x = 1",
    "assignment_555_export/submission_7002/hw.ipynb": notebook("b"),
}
BLACKBOARD_ABOUT = (
    "Name: Ada Byron (ab12)\nAssignment: Homework 3\nDate Submitted: Friday, 20 November 2026 09:30:00 o'clock CET\n"
    "Current Grade: Needs Grading\n\nSubmission Field:\nName: Mallory (mm66)\n\n"
    "Files:\n\tOriginal filename: hw 3.ipynb\n"
)
BLACKBOARD = {
    "Homework 3_ab12_attempt_2026-11-19-08-00-00.txt": BLACKBOARD_ABOUT.encode(),
    "Homework 3_ab12_attempt_2026-11-19-08-00-00_hw 3.ipynb": notebook("first"),
    "Homework 3_ab12_attempt_2026-11-20-09-30-00.txt": BLACKBOARD_ABOUT.encode(),
    "Homework 3_ab12_attempt_2026-11-20-09-30-00_hw 3.ipynb": notebook("second"),
    "Homework 3_gh13_attempt_2026-11-20-10-00-00_hw_3.ipynb": notebook("b"),
}
NBGRADER = {
    "nbgrader_config.py": b"c = get_config()",
    "release/breast-cancer/hw.ipynb": notebook("released"),
    "submitted/ada/breast-cancer/hw.ipynb": notebook("a"),
    "submitted/ada/breast-cancer/timestamp.txt": b"2026-11-20 09:30:00.123456 UTC",
    "submitted/ada/ps2/hw.ipynb": notebook("a2"),
    "submitted/bob/breast-cancer/hw.ipynb": notebook("b"),
    "submitted/bob/breast-cancer/timestamp.txt": b"2026-11-20 09:30:00 America/Los_Angeles",
}
CLONES = {
    "hw3-ada/.git/HEAD": b"ref: refs/heads/main",
    "hw3-ada/work.ipynb": notebook("a"),
    "hw3-ada/lib/tools.py": b"x = 1",
    "hw3-bob/.git/HEAD": b"ref: refs/heads/main",
    "hw3-bob/README.md": b"nothing yet",
}
FOLDER = {
    "ada.ipynb": notebook("a"),
    "bob/hw.ipynb": notebook("b"),
    "bob/helpers.py": b"x = 1",
    "carol.zip": zip_bytes({"hw.ipynb": notebook("c"), "data.csv": b"1"}),
    "class.csv": b"name",
}
EXPORTS: dict[str, Files] = {
    "canvas": CANVAS, "canvas anonymous": CANVAS_ANONYMOUS, "moodle": MOODLE, "moodle flat": MOODLE_FLAT,
    "gradescope": GRADESCOPE, "blackboard": BLACKBOARD, "nbgrader": NBGRADER, "git": CLONES, "folder": FOLDER,
}  # fmt: skip
