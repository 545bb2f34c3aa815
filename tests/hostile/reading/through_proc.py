# ruff: noqa: B023, PTH208
# Every process has a folder in /proc with ways back: root, cwd, open files, memory maps, environment.
import os
from pathlib import Path

from hostile import attempt, escaped, target, tried

tried()
for process in (target.grader, *target.parents, 1, os.getppid()):
    for way in ("root", "cwd", "fd/0", "fd/1", "fd/2", "fd/3", "map_files"):
        attempt(
            f"reach {target.secret_file} by process {process}",
            lambda: Path(f"/proc/{process}/{way}{target.secret_file}").read_bytes(),
        )
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        environment = Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        continue
    if b"SECRET" in environment:
        escaped(f"the environment of process {process}")
