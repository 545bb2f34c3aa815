# ruff: noqa: ANN001, ANN201, I001, PTH108, PTH118, PTH208
# Puts sockets of its own in the places of the kernel's and answers for it.
import os
import threading

import zmq

from hostile import train, tried

tried()
train(rate=0.0)
context = zmq.Context()
for name in os.listdir("../run"):
    path = os.path.join("../run", name)
    if not name.startswith("k-"):
        continue
    os.unlink(path)
    impostor = context.socket(zmq.ROUTER)
    impostor.bind(f"ipc://{os.path.realpath(path)}")

    def answer(line=impostor):
        while True:
            line.send_multipart([*line.recv_multipart()[:1], b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"])

    threading.Thread(target=answer, daemon=True).start()
