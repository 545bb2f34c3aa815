# Cuts the recorder's file in the middle of a line and goes on in its own words.
from hostile import EVENTS, train, tried

train()
tried()
content = EVENTS.read_bytes()
EVENTS.write_bytes(content[: len(content) // 2] + b"\nfull marks\n")
