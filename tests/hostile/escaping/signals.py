# ruff: noqa: B023
# Sends the last signal to everybody: the grader, the warm parent, the neighbours.
import os
import signal

from hostile import attempt, target, tried

tried()
for process in (target.grader, *target.parents):
    for sign in (signal.SIGCONT, signal.SIGSTOP, signal.SIGKILL):
        attempt(f"signal {sign.name} to {process}", lambda: os.kill(process, sign))
    attempt(f"a group of {process}", lambda: os.killpg(process, signal.SIGKILL))
    attempt(f"a descriptor of {process}", lambda: signal.pidfd_send_signal(os.pidfd_open(process), signal.SIGKILL))
