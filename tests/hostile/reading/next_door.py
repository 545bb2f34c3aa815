# ruff: noqa: B023
# Other students' boxes are open at the same time: their folders, by every path that could lead there.
import os
from pathlib import Path

from hostile import attempt, target, tried

tried()
number = target.neighbours_box.split("/")[-2]
roots = [
    target.session,
    "/opt/box/session",
    str(Path("/proc", str(target.parents[0]), "root", "opt", "box", "session")),
    "/proc/1/root/opt/box/session",
]
roots += [os.path.realpath("../../.."), "/opt/box/in/../../session"]
for root in roots:
    attempt(f"read {root}/{number}", lambda: Path(root, number, "in", "work", "answers.py").read_bytes())
    attempt(f"write {root}/{number}", lambda: Path(root, number, "in", "work", "answers.py").write_text("mine"))
