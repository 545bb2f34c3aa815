# ruff: noqa: ANN001, ANN201, B023
# Sockets with a path belong to no network: the grader's, the desktop's, the container engine's; and abstract ones.
import socket

from hostile import attempt, target, tried

tried()


def reach(kind, address):
    with socket.socket(socket.AF_UNIX, kind) as line:
        line.settimeout(0.5)
        line.connect(address)
        line.send(b"caught")


attempt("the grader's socket", lambda: reach(socket.SOCK_STREAM, target.socket))
attempt("the grader's datagrams", lambda: reach(socket.SOCK_DGRAM, target.datagrams))
attempt("the grader's abstract socket", lambda: reach(socket.SOCK_STREAM, "\0" + target.abstract))
for path in (
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/notify",
):
    attempt(path, lambda: reach(socket.SOCK_STREAM, path))
    attempt(path, lambda: reach(socket.SOCK_DGRAM, path))
