# A saved model whose parts want to be unpacked elsewhere, and which holds each of its parts twice.
import warnings
import zipfile

from hostile import OUT, target, train, tried

train()
tried()
warnings.simplefilter("ignore")
for path in (OUT / "models").glob("*.keras"):
    with zipfile.ZipFile(path, "a") as archive:
        for name in (
            "../../../../mine",
            f"{target.open_folder}/mine",
            "/box/out/report.json",
            "config.json",
            "a\0b",
            "x" * 5000,
        ):
            archive.writestr(name, b"{}")
