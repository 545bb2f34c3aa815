# Reads where nothing is.
import ctypes

from hostile import tried

tried()
ctypes.string_at(1)
