# ruff: noqa: F821
# Messages that show nothing, of widgets: nbclient keeps their state, and nobody counts it as output.
import time

from hostile import escaped, tried

tried()
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
for number in range(150):
    content = {"comm_id": f"c{number}", "target_name": "mine", "data": {"state": {"x": "x" * (4 << 20)}}}
    kernel.session.send(kernel.iopub_socket, "comm_open", content, parent=parent)
time.sleep(3)
escaped("600 MB sent in messages that nobody counts")
