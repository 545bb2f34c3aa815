# Deletes everything the recorder wrote: no evidence, no mistake?
import shutil

from hostile import OUT, train, tried

train()
tried()
for entry in list(OUT.iterdir()):
    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
