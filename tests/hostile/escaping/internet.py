# ruff: noqa: ANN001, ANN201, B023, T201
# TCP and UDP: to the grader's own machine, to name servers, over IPv4 and IPv6, and by name.
import socket
import urllib.request

from hostile import attempt, target, tried

tried()


def reach(family, kind, address):
    with socket.socket(family, kind) as line:
        line.settimeout(0.5)
        line.connect(address)
        line.send(b"caught")
        if kind == socket.SOCK_DGRAM and address[1] != target.port:
            line.recv(1)  # that nothing was refused says nothing yet


for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        if kind == socket.SOCK_STREAM:
            attempt(f"{kind.name} to the grader", lambda: reach(family, kind, (host, target.port)))
        else:  # nobody answers: whether it arrived, the grader knows
            try:
                reach(family, kind, (host, target.port))
            except OSError as error:
                print("refused:", error)
attempt("TCP to a name server", lambda: reach(socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 53)))
attempt("HTTP by name", lambda: urllib.request.urlopen("http://example.org", timeout=0.5).read(1))
