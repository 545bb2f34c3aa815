# Puts a folder in the place of the events, and a file in the place of the models.
import shutil

from hostile import EVENTS, OUT, train, tried

train()
tried()
EVENTS.unlink()
EVENTS.mkdir()
shutil.rmtree(OUT / "models")
(OUT / "models").write_text("no models")
