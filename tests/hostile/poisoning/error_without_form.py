# ruff: noqa: F821
# Messages with everything missing or of another kind: each is an exception in a reader that trusts it.
import time

from hostile import tried

tried()
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
kernel.session.pack = lambda thing: __import__("json").dumps(thing, default=str).encode("ascii")
for kind, content in (
    ("error", {"ename": None, "evalue": 7, "traceback": None}),
    ("error", {"ename": {"a": []}, "evalue": [1], "traceback": [1, None, {"a": "b"}]}),
):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
    time.sleep(0.2)
