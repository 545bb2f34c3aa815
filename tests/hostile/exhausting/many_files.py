# Makes empty files, which take no space, without end.
import time

from hostile import OUT, tried

tried()
for number in range(6000):
    (OUT / f"f{number}").touch()
time.sleep(2)
