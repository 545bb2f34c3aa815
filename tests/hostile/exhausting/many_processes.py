# Forks and forks: each child does as its parent.
import os
import time

from hostile import tried

tried()
end = time.monotonic() + 10  # should nobody stop it, it stops by itself
for _ in range(6):  # 64, should nobody stop it
    try:
        os.fork()
    except OSError:
        time.sleep(0.1)
while time.monotonic() < end:
    time.sleep(0.2)
os._exit(0)
