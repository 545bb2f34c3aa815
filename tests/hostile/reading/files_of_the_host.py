# ruff: noqa: B023, PTH208
# Reads what a thief would: passwords, keys, other people's work, and whatever lies where everybody may write.
import os
from pathlib import Path

from hostile import attempt, target, tried

tried()
wanted = [
    "/etc/shadow",
    f"{target.user_home}/.bashrc",
    f"{target.user_home}/.ssh",
    "/var/log",
    "/home",
    target.secret_file,
    target.home,
]
wanted += [f"{target.home}/.ssh/id_rsa", f"{target.neighbour}/submission.py", f"{target.neighbour}/out/result.json"]
wanted += [
    target.neighbours_box,
    Path(target.neighbours_box, "work", "answers.py"),
    "/opt/box/session",
    "/opt/box/data/../session",
]
for path in wanted:
    attempt(f"read {path}", lambda: os.listdir(path)[0] if Path(path).is_dir() else Path(path).read_bytes())
