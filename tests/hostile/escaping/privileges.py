# ruff: noqa: PLW1510, PTH101, S103, T201
# Becomes somebody: root, another user, a program that may do more.
import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from hostile import attempt, escaped, tried

tried()
for name, act in {
    "setuid": lambda: os.setuid(0), "setgid": lambda: os.setgid(0), "setgroups": lambda: os.setgroups([0, 27]),
    "setresuid": lambda: os.setresuid(0, 0, 0), "another user": lambda: os.setuid(1000),
}.items():  # fmt: skip
    if os.getuid() != 0 or name in ("setgroups", "another user"):
        attempt(name, act)
libc = ctypes.CDLL(None, use_errno=True)
header, all_of_them = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
attempt("all capabilities", lambda: libc.capset(header, all_of_them) == 0 or 1 / 0)
for program in ("su", "sudo", "mount", "passwd", "pkexec", "newgrp"):
    if path := shutil.which(program):
        done = subprocess.run([path, "--help"], capture_output=True, timeout=5, stdin=subprocess.DEVNULL)
        print(program, done.returncode)
shutil.copy("/bin/sh", "shell")
os.chmod("shell", 0o6755)
who = subprocess.run(["./shell", "-c", "id -u"], capture_output=True, text=True).stdout.strip()
if who and int(who) != os.getuid():
    escaped(f"became {who}")
status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
if any(int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")) or status["NoNewPrivs"] != "1":
    escaped("it holds privileges")
