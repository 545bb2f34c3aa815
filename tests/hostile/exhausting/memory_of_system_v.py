# ruff: noqa: T201
# Shared memory of the old kind belongs to no process, and stays when all have ended.
import ctypes
import time

from hostile import escaped, target, tried

tried()
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
key, size = int(target.token[1:8], 16), 64 << 20
for number in range(48):
    segment = libc.shmget(key + (number << 20 if number else 0), size, 0o1666)
    at = libc.shmat(segment, None, 0)
    if segment < 0 or at in (None, ctypes.c_void_p(-1).value):
        print("refused:", ctypes.get_errno())
        break
    ctypes.memset(at, 1, size)
    libc.shmdt(ctypes.c_void_p(at))
else:
    time.sleep(2)
    escaped("3,000 MB in segments that nobody holds")
