"""Copy what a run wrote out of its box: plain files of plain names within limits, and nothing else."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

FILE_CAP = 1 << 30  # bytes
TOTAL_CAP = 4 << 30
FILES_CAP = 20_000
DEPTH_CAP = 5  # a saved model's variables lie three folders deep
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,149}")
CHUNK = 1 << 24
HOLES = 1 << 20  # file systems round
TOLD = 20  # violations named; a run that leaves thousands of them is told once


@dataclass(kw_only=True)
class _Tally:
    files: int = 0
    bytes: int = 0
    refused: list[str] = field(default_factory=list)

    def refuse(self, name: str, why: str) -> None:
        if len(self.refused) < TOLD:
            self.refused.append(f"{name}: {why}")


def harvest(source: Path, target: Path) -> tuple[str, ...]:
    """Copy a folder's regular files and return what was refused, one sentence each.

    Call it when nothing in the box runs any more: between looking at an entry and opening it there must be
    nobody to exchange it. Links, devices, sockets, files with a second name and sparse files that promise
    more than they hold are refused; names are made printable where they are told.
    """
    tally = _Tally()
    target.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        return (f"the folder itself: it can't be read ({error.strerror})",)
    try:
        _folder(descriptor, target, "", tally, DEPTH_CAP)
    finally:
        os.close(descriptor)
    return tuple(tally.refused)


def _folder(descriptor: int, target: Path, within: str, tally: _Tally, depth: int) -> None:
    with os.scandir(descriptor) as entries:
        for entry in entries:
            name = f"{within}{ascii(entry.name)[1:-1][:150]}"
            if tally.files >= FILES_CAP:
                tally.refuse(name, f"more than {FILES_CAP} files")
                return
            _entry(descriptor, entry, target, name, tally, depth)


def _entry(descriptor: int, entry: os.DirEntry[str], target: Path, name: str, tally: _Tally, depth: int) -> None:
    facts = entry.stat(follow_symlinks=False)
    if why := _refusal(entry.name, facts, tally, depth):
        tally.refuse(name, why)
        return
    tally.files += 1
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        opened = os.open(entry.name, flags, dir_fd=descriptor)
    except OSError as error:
        tally.refuse(name, f"it can't be read ({error.strerror})")
        return
    try:
        if stat.S_ISDIR(facts.st_mode):
            (target / entry.name).mkdir(exist_ok=True)
            _folder(opened, target / entry.name, f"{name}/", tally, depth - 1)
        else:
            tally.bytes += _copy(opened, target / entry.name, facts.st_size)
    finally:
        os.close(opened)


def _refusal(name: str, facts: os.stat_result, tally: _Tally, depth: int) -> str:
    """Return why an entry is left behind, or an empty text."""
    folder, size = stat.S_ISDIR(facts.st_mode), facts.st_size
    reasons = {
        "no name that the recorder gives": not NAME.fullmatch(name),
        "neither a file nor a folder": not folder and not stat.S_ISREG(facts.st_mode),
        "folders too deep in each other": folder and depth == 0,
        "a file with a second name": not folder and facts.st_nlink > 1,
        f"{size} bytes, more than is read": not folder and (size > FILE_CAP or tally.bytes + size > TOTAL_CAP),
        "a file with holes, which promises more than it holds": not folder and facts.st_blocks * 512 < size - HOLES,
    }
    return next((why for why, applies in reasons.items() if applies), "")


def _copy(source: int, target: Path, size: int) -> int:
    with target.open("xb") as file:
        left = size
        while left > 0 and (chunk := os.read(source, min(CHUNK, left))):
            file.write(chunk)
            left -= len(chunk)
    return size - left


__all__ = ["harvest"]
