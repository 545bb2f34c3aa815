# Says that the data were loaded with arguments of its own choosing: of absurd kinds, sizes and names.
from hostile import events, note, train, tried

train()
tried()
load = next(event for event in events() if event["event"] == "load")
for number, arguments in enumerate(
    (
        {"path": "/etc/passwd"},
        {"test_split": 1e-9},
        {"test_split": "../../x"},
        {"seed": -1},
        {"version": "large"},
        {"seed": 1 << 70},
    )
):
    note(load | {"id": 1000 + number, "arguments": arguments})
