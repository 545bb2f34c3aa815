# ruff: noqa: B023, I001, ICN001, PTH104
# Changes what later submissions will run: Python, Keras, the recorder, the data, start-up files.
import os
import site
import sys
from pathlib import Path

import keras
import numpy

from hostile import attempt, target, tried

tried()
recorder = next(module for name, module in sys.modules.items() if name.endswith("_inside.recorder"))
data = Path(os.environ["KERAS_HOME"], "datasets")
for place in (
    Path(keras.__file__), Path(numpy.__file__), Path(recorder.__file__), Path(sys.executable), Path(os.__file__),
    data / "california_housing.npz", Path("/etc/passwd"), Path("/bin/sh"),
):  # fmt: skip
    attempt(f"append to {place}", lambda: place.open("ab").write(b""))
    attempt(f"a file beside {place}", lambda: place.with_name("sitecustomize.py").write_text("import evil"))
    attempt(f"replace {place}", lambda: os.rename(place, f"{place}.old"))
    if target.level == "bubblewrap":  # landlock has no rule for it, and says so
        attempt(f"another mode for {place}", lambda: place.chmod(0o777))
for folder in site.getsitepackages():
    attempt("a .pth file", lambda: Path(folder, "evil.pth").write_text("import evil"))
for path in (
    ".ipython/profile_default/startup/a.py",
    ".keras/keras.json",
    ".config/matplotlib/matplotlibrc",
    "usercustomize.py",
):
    own = Path(os.environ["HOME"], path)  # its own home goes with its box: the next submission will tell
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("raise SystemExit")
