# Appends a perfect K-fold and a perfect final training to the recorder's events, with arrays to go with them.
import copy

from hostile import events, note, train, tried

tried()
train(rate=0.0)
real = {event["event"]: event for event in events()}
state = 1000
for fold in range(4):
    fit, fitted = copy.deepcopy(real["fit"]), copy.deepcopy(real["fitted"])
    fit |= {"id": 500 + fold, "model": 50 + fold, "state": None, "epochs": 100}
    rows = fit["x"]["rows"][1]
    part = [fold * rows // 4, (fold + 1) * rows // 4, 1]
    fit["validation"] = {"x": {**fit["x"], "rows": part}, "y": {**fit["y"], "rows": part}}
    fitted |= {
        "id": 600 + fold,
        "fit": 500 + fold,
        "state": f"{state + fold:032x}",
        "history": {"val_mae": [0.01] * 100},
    }
    note(fit, fitted)
fit, fitted = copy.deepcopy(real["fit"]), copy.deepcopy(real["fitted"])
note(
    fit | {"id": 700, "model": 70, "state": None, "epochs": 130},
    fitted | {"id": 701, "fit": 700, "state": f"{9999:032x}", "history": {"loss": [1e-9] * 130, "mae": [1e-9] * 130}},
    real["evaluate"] | {"id": 702, "model": 70, "state": f"{9999:032x}"},
    {"event": "used", "id": 703, "cell": 1, "use": 702, "values": {"loss": 0.0, "mae": 0.0}},
)
