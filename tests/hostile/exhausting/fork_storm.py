# Forks faster than anybody counts, each child at once replacing its parent: a list of processes is never true.
import os
import time

from hostile import tried

tried()
end = time.monotonic() + 3
if os.fork() == 0:
    os.setsid()
    while time.monotonic() < end:
        for _ in range(4):
            if os.fork():
                continue
            if os.fork() and os.fork():
                os._exit(0)
            time.sleep(0.02)
        if os.fork():
            os._exit(0)
    os._exit(0)
time.sleep(4)
