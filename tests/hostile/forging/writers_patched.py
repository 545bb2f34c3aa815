# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ARG005, I001, PLW0108
# Replaces what the recorder writes with: open, json.dumps, numpy.save, and the digests that name its arrays.
import builtins
import hashlib
import json

import numpy as np

from hostile import train, tried

tried()
real_dumps, real_save, real_open, real_digest = json.dumps, np.save, builtins.open, hashlib.blake2b


def dumps(thing, *args, **kwargs):
    return real_dumps(thing, *args, **kwargs).replace('"mae": [', '"mae": [0.0, ')


json.dumps = dumps
np.save = lambda file, values, **kwargs: real_save(file, np.zeros_like(values), **kwargs)
hashlib.blake2b = lambda *args, **kwargs: real_digest(b"always the same", digest_size=16)
builtins.open = lambda file, *args, **kwargs: real_open(file, *args, **kwargs)
try:
    train(rate=0.0)
finally:
    json.dumps, np.save, builtins.open, hashlib.blake2b = real_dumps, real_save, real_open, real_digest
