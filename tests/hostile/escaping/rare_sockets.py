# ruff: noqa: B023
# Families of sockets that no namespace hides, or from which exploits of the kernel start: vsock reaches a VM's host.
import socket

from hostile import attempt, tried

tried()
FAMILIES = {
    "vsock": 40,
    "packet": 17,
    "alg": 38,
    "bluetooth": 31,
    "can": 29,
    "tipc": 30,
    "xdp": 44,
    "smc": 43,
    "rds": 21,
}
for name, family in FAMILIES.items():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        attempt(f"a {name} socket", lambda: socket.socket(family, kind))
attempt("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
for protocol in (2, 4, 9, 11, 15, 16):  # netlink: usersock, sock_diag, audit, connector, uevents, generic
    attempt(f"netlink {protocol}", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol))
