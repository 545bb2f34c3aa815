# ruff: noqa: PTH104, PTH211
# Exchanges the folders themselves: what the grader holds open must not lead to where the names now lead.
import os

from hostile import OUT, target, tried

tried()
os.rename(OUT, "../elsewhere")
os.symlink(target.home, OUT)
os.rename("../run", "../ran")
os.symlink(target.open_folder, "../run")
