# ruff: noqa: F821
# Messages from the year 9,999,999, and from no day at all.
import json
import time

from hostile import tried

tried()
kernel = get_ipython().kernel
session = kernel.session
for date in (
    "9999999-99-99T99:99:99Z",
    "0000-00-00T00:00:00.000000Z",
    "2024-01-01T00:00:00+99:99",
    7,
    None,
    "9" * 5000,
):
    parts = session.serialize(session.msg("stream", {"name": "stdout", "text": "x"}, parent=kernel.get_parent("shell")))
    at = parts.index(b"<IDS|MSG>")
    header = json.loads(parts[at + 2]) | {"date": date}
    body = [json.dumps(header).encode(), *parts[at + 3 : at + 6]]
    kernel.iopub_socket.send_multipart([b"stream", b"<IDS|MSG>", session.sign(body), *body])
time.sleep(1)
