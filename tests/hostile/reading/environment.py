# Tokens live in environment variables: of this process, and of those it was forked from.
import os
from pathlib import Path

from hostile import escaped, tried

tried()
found = [name for name in os.environ if "SECRET" in name or "TOKEN" in name or "PASS" in name]
initial = Path("/proc/self/environ").read_bytes()
if found or b"SECRET" in initial:
    escaped(f"variables {found}")
