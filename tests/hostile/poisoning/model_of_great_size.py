# ruff: noqa: F401
# A saved model of a few kB that wants a layer of 400 GB.
import json
import zipfile

from hostile import OUT, train, tried

train()
tried()
for path in (OUT / "models").glob("*.keras"):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = parts["config.json"].replace(b'"units": 64', b'"units": 12345678901')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
