# ruff: noqa: F821
# A message nested 100,000 deep, signed, so that it is read.
import time

from hostile import tried

tried()
kernel = get_ipython().kernel
session = kernel.session
parts = session.serialize(session.msg("display_data", {"data": {}, "metadata": {}}, parent=kernel.get_parent("shell")))
deep = b'{"data": {"text/plain": ' + b"[" * 100_000 + b"]" * 100_000 + b'}, "metadata": {}}'
at = parts.index(b"<IDS|MSG>")
header, parent, metadata = parts[at + 2 : at + 5]
signed = [session.sign([header, parent, metadata, deep]), header, parent, metadata, deep]
getattr(kernel.iopub_socket, "io_thread", kernel.iopub_socket)
send = kernel.iopub_socket.send_multipart
send([b"display_data", b"<IDS|MSG>", *signed])
time.sleep(1)
