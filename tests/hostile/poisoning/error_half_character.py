# ruff: noqa: F821
# An error whose text is half of a character, which JSON can carry and no file can.
from hostile import tried

tried()
kernel = get_ipython().kernel
real = kernel.session.send
content = {"ename": "E", "evalue": "\ud800", "traceback": ["\ud800"]}
kernel.session.pack = lambda thing: __import__("json").dumps(thing, default=str).encode("ascii")
kernel.session.send(kernel.iopub_socket, "error", content, parent=kernel.get_parent("shell"))
