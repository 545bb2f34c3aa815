# Thousands of trainings and uses, all well-formed: each is compared with each of the others.
import json

from hostile import EVENTS, events, train, tried

train()
tried()
fit, fitted, use = (next(each for each in events() if each["event"] == kind) for kind in ("fit", "fitted", "evaluate"))
with EVENTS.open("a") as file:
    for number in range(6000):
        state = f"{number:032x}"
        for event in (
            fit | {"id": 1000 + 3 * number, "model": 1000 + number, "state": None},
            fitted | {"id": 1001 + 3 * number, "fit": 1000 + 3 * number, "state": state},
            use | {"id": 1002 + 3 * number, "model": 1000 + number, "state": state},
        ):
            file.write(json.dumps(event) + "\n")
