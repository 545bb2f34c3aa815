# ruff: noqa: F401, S108
# Crashes with as large a core file as it may ask for: a dump holds memory, and is written where the host says.
import ctypes
import os
import resource

from hostile import attempt, target, tried

tried()
attempt("core files", lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30)))
attempt("more processes", lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)))
os.chdir("/tmp")
ctypes.string_at(0)
