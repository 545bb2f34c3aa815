# Says that perfect figures belong to the model that was really saved: which is as bad as it was.
from hostile import events, note, train, tried

tried()
train(rate=0.0)
real = {event["event"]: event for event in events()}
note(
    real["fitted"] | {"id": 900, "history": {"loss": [1e-9] * 50, "val_loss": [1e-9] * 50, "mae": [0.0] * 50}},
    {"event": "used", "id": 901, "cell": 1, "use": real["evaluate"]["id"], "values": {"loss": 0.0, "mae": 0.0}},
)
