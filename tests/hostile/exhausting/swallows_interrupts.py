# ruff: noqa: BLE001, S112
# Never ends, and takes whatever is thrown at it.
import signal
import time

from hostile import tried

tried()
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        time.sleep(3600)
    except BaseException:
        continue
