# ruff: noqa: PTH208, T201
# Mount tables and command lines tell where things are on the host: names of students, courses, folders.
import os
from pathlib import Path

from hostile import escaped, target, tried

tried()
session = target.session.split("/")[-2]
places = {"mounts": "/proc/self/mountinfo"} | {p: f"/proc/{p}/cmdline" for p in os.listdir("/proc") if p.isdigit()}
for name, path in places.items():
    try:
        text = Path(path).read_text(errors="replace")
    except OSError:
        continue
    if target.neighbour in text or target.rubric[0] in text:
        escaped(f"{name} names {target.neighbour} or the rubric")
    print(name, "names the session" if session in text else "names nothing")
