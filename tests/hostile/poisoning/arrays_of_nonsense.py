# ruff: noqa: I001
# Arrays of the right shape that hold no numbers, or numbers without bounds.
import numpy as np

from hostile import OUT, train, tried

train()
tried()
for number, path in enumerate(sorted((OUT / "tensors").glob("*.npy"))):
    array = np.load(path)
    np.save(path, np.full_like(array, [np.nan, np.inf, 1e308, -1e-308][number % 4]))
