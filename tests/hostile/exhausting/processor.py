# Uses more processor time than it has, on all cores, within its time.
import os
import time

from hostile import tried

tried()
for _ in range(4):
    if os.fork() == 0:
        end = time.monotonic() + 15
        while time.monotonic() < end:
            pass
        os._exit(0)
time.sleep(15)
