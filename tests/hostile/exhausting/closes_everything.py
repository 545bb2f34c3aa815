# Closes every descriptor, its sockets included: it lives, and nobody can speak to it.
import os
import time

from hostile import tried

tried()
time.sleep(0.5)
os.closerange(0, 4096)
while True:
    time.sleep(1)
