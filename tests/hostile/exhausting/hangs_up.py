# ruff: noqa: BLE001, E402, F821, T201
# Closes its side of the sockets properly and lives on.
import time

from hostile import tried

tried()
time.sleep(0.5)
kernel = get_ipython().kernel
import gc

import zmq

for each in gc.get_objects():
    if isinstance(each, zmq.Socket):
        try:
            each.close(linger=0)
        except Exception as error:
            print(error)
while True:
    time.sleep(1)
