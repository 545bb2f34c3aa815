# ruff: noqa: PTH123, S108, T201
# Fills the places that are not its folder: shared memory, /tmp, its home, wherever it may write.
import os
import time

from hostile import target, tried

tried()
block, written = b"x" * (1 << 20), 0
for folder in ("/dev/shm", "/tmp", os.environ["HOME"], "/var/tmp", "/run/lock", "/dev/mqueue"):
    for number in range(20):
        try:
            with open(f"{folder}/{target.token}-{number}", "wb") as file:
                for _ in range(60):
                    file.write(block)
                    written += 1
        except OSError as error:
            print("refused:", folder, error)
            break
time.sleep(1)
if written > 1000:
    print("ESCAPED", written, "MB")
