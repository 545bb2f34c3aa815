# ruff: noqa: I001, ICN001
# Takes memory in eight processes, of which each alone is within the limit.
import os
import time

import numpy

from hostile import tried

tried()
for _ in range(8):
    if os.fork() == 0:
        held = [numpy.ones(8_000_000) for _ in range(8)]  # half a GB
        time.sleep(15)
        os._exit(0)
time.sleep(15)
