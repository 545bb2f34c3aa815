# Ten million lines: each is read, checked and kept.
from hostile import EVENTS, train, tried

train()
tried()
with EVENTS.open("a") as file:
    for _ in range(100):
        file.write("{}\n" * 100_000)
