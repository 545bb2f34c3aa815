# Five thousand long notes, which a result and a page would repeat.
from hostile import note, train, tried

train()
tried()
note(*({"event": "note", "id": number, "cell": 1, "text": f"{number} " + "<b>x</b>" * 400} for number in range(5_000)))
