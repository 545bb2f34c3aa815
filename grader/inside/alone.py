"""Run an entry of the box in a process of its own, without a parent to fork: where there is no fork to be had."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path


def main(argv: list[str]) -> None:
    """Run ``alone.py REQUEST_FILE``; answers go to the standard output that it was started with."""
    request = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    channel = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    package = importlib.import_module("_boot").package()
    sys.path.pop(0)
    entries = importlib.import_module(f"{package}.entries")
    module = importlib.import_module(f"{package}.places")
    places = module.make_places(request)
    os.environ.update(module.variables(places))
    os.chdir(places["work"])
    entries.run(request["entry"], places, channel, package)


if __name__ == "__main__":
    main(sys.argv[1:])
