# ruff: noqa: PTH211, T201
# Leaves links, pipes and devices where the grader will read: it would read, or overwrite, what they point to.
import os

from hostile import EVENTS, OUT, target, train, tried

train()
tried()
os.symlink(target.secret_file, OUT / "tensors" / "secret.npy")
os.symlink(target.open_folder, OUT / "folder")
os.symlink("/dev/zero", OUT / "models" / "s2.keras")
os.link(EVENTS, OUT / "second.jsonl")
for make in (
    lambda: os.mkfifo(OUT / "models" / "s3.keras"),
    lambda: os.mknod(OUT / "zero", 0o020666, os.makedev(1, 5)),
):
    try:
        make()
    except OSError as error:
        print("refused:", error)
