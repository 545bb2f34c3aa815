# ruff: noqa: B007, S606
# Leaves processes behind that nobody is the parent of, to go on when the grader believes that all is over.
import os
import signal
import subprocess
import time

from hostile import target, tried

tried()
for number in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for each in range(1, 32):
                if each not in (signal.SIGKILL, signal.SIGSTOP):
                    signal.signal(each, signal.SIG_IGN)
            later = f"sleep 4; echo mine > {target.open_folder}/later; sleep 20; true {target.token}"
            os.execvp("sh", ["sh", "-c", later, target.token])
        os._exit(0)
subprocess.Popen(["sleep", "30"], start_new_session=True, stdout=subprocess.DEVNULL)
time.sleep(0.5)
