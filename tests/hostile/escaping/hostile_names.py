# ruff: noqa: PTH118, PTH123, SIM115
# File names that are commands, paths, other lines, no text at all, or too long.
import os

from hostile import OUT, attempt, train, tried

train()
tried()
NAMES = [
    b"..evil",
    b"-rf",
    b"a b;touch x",
    b"$(touch x)",
    b"`touch x`",
    b"two\nlines",
    b"tab\tand\rreturn",
    b"\xff\xfe.npy",
    b"\x1b[2J.npy",
    b"n" * 255,
    b"CON",
    b"aux.npy",
    b"trailing.",
    b"C:evil",
    b"back\\slash",
    "\u202egpj.npy".encode(),
    b"<script>alert(1)<",
    b"%00",
    b"~",
    b"*",
]
for name in NAMES:
    for folder in (OUT, OUT / "tensors", OUT / "models"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(b"x")
attempt("a name with a slash", lambda: open(OUT / "tensors" / ".." / ".." / ".." / ".." / "evil", "w"))
