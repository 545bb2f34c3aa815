# ruff: noqa: SIM117
# A saved model of 5 MB that unpacks to 5 GB.
import zipfile

from hostile import OUT, train, tried

train()
tried()
for path in (OUT / "models").glob("*.keras"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("config.json", "w", force_zip64=True) as file:
            for _ in range(5000):
                file.write(b" " * (1 << 20))
