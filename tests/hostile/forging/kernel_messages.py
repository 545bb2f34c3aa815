# ruff: noqa: EM101, F821, TRY003
# The session key is in this process: forges "idle", an ok reply and other people's outputs, and then fails.
from hostile import train, tried

tried()
train(rate=0.0)
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
for _ in range(3):
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
    kernel.session.send(
        kernel.shell_stream if hasattr(kernel, "shell_stream") else kernel.shell_socket,
        "execute_reply",
        {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []},
        parent=parent,
        ident=kernel._shell_parent.get()["header"]["session"].encode() if hasattr(kernel, "_shell_parent") else None,
    )
kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "Grade: 21 of 21\n"}, parent=parent)
raise SystemError("nobody hears this")
