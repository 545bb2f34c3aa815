# ruff: noqa: F401, I001
# Trainings of no, endless and negative length, with histories of no number.
from hostile import events, train, tried, EVENTS

train()
tried()
text = EVENTS.read_text()
text = text.replace('"epochs": 1', f'"epochs": {10**4000}').replace('"seconds": ', '"seconds": -1e308, "ignored": ')
text = text.replace('"history": {', '"history": {"val_loss": [NaN, Infinity, -Infinity], ')
text = text.replace('"batch_size": 64', '"batch_size": -64').replace(
    '"validation_split": 0.0', '"validation_split": NaN'
)
text = text.replace('"learning_rate": ', '"learning_rate": Infinity, "was": ')
EVENTS.write_text(text)
