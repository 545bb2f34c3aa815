# ruff: noqa: I001, ICN001, PTH102, T201
# Folders 2,000 deep: whoever walks them by calling itself runs out of stack. Then it takes memory.
import os
import time

import numpy

from hostile import OUT, tried

tried()
os.chdir(OUT)
for _ in range(1900):
    os.mkdir("d")
    os.chdir("d")
time.sleep(1)
held = [numpy.ones(8_000_000) for _ in range(48)]  # 3,000 MB: is anybody still watching?
time.sleep(2)
print("ESCAPED nobody watches")
