# ruff: noqa: F401, FBT003, PTH115, PTH208
# A descriptor that the parent left open is a key to what it stands for, whatever the rules on paths say.
import os
import socket
import stat

from hostile import escaped, target, tried

tried()
own = {os.path.realpath(".").rpartition("/")[0], "/dev", "/memfd", "anon_inode:", "pipe:", "socket:"}
for descriptor in map(int, os.listdir("/proc/self/fd")):
    try:
        leads, facts = os.readlink(f"/proc/self/fd/{descriptor}"), os.fstat(descriptor)
    except OSError:
        continue
    if stat.S_ISSOCK(facts.st_mode):
        with socket.socket(fileno=os.dup(descriptor)) as line:
            try:
                line.setblocking(False)
                kind = line.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
                if line.family == socket.AF_UNIX and kind == socket.SOCK_SEQPACKET:
                    escaped(f"descriptor {descriptor}: a line to the grader")
            except OSError:
                pass
    elif "/proc/" not in leads and not any(leads.startswith(place) for place in own) and "/lib" not in leads:
        escaped(f"descriptor {descriptor}: {leads}")
