# ruff: noqa: PTH123, SIM115, T201
# Prints more than it may, in small pieces, and then does something else for as long as it likes.
import time

from hostile import tried

tried()
for _ in range(60):
    print("x" * 60_000, flush=True)
    time.sleep(0.03)
time.sleep(15)
print("ESCAPED it went on for 15 seconds")
open("../out/went_on", "w").write("yes")
