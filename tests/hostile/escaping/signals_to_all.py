# ruff: noqa: T201
# Kills every process it may, all at once: its own box may fall, nothing else.
import os
import signal
import time

from hostile import tried

tried()
for process in (1, -1):
    try:
        os.kill(process, signal.SIGKILL)
    except OSError as error:
        print("refused:", error)
time.sleep(1)
