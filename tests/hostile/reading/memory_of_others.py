# ruff: noqa: PTH123, PTH208, SIM115
# Opens the memory of every process there is, for reading.
import os

from hostile import escaped, target, tried

tried()
for process in {target.grader, *target.parents, *map(int, filter(str.isdigit, os.listdir("/proc")))} - {os.getpid()}:
    try:
        with open(f"/proc/{process}/mem", "rb", buffering=0) as memory, open(f"/proc/{process}/maps") as maps:
            memory.seek(int(maps.readline().split("-")[0], 16))
            memory.read(16)
            name = open(f"/proc/{process}/comm").read().strip()
    except OSError:
        continue
    if name not in {"bwrap", "sleep"}:  # its own box's holders know nothing; writing to them is another attack
        escaped(f"the memory of process {process} ({name})")
