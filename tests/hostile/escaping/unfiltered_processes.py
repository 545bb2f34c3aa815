# ruff: noqa: PTH123, PTH208
# Processes of its own box that no filter holds: whoever may write to their memory runs code without one.
import os
from pathlib import Path

from hostile import escaped, tried

tried()
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        status = Path(f"/proc/{process}/status").read_text()
        with open(f"/proc/{process}/mem", "r+b", buffering=0):
            pass
    except OSError:
        continue
    if "Seccomp:\t0" in status:
        escaped(f"code may be put into process {process}, {status.split()[1]}, whose system calls are not filtered")
