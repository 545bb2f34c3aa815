# ruff: noqa: T201
# Starts threads until there are no more.
import threading
import time

from hostile import tried

tried()
threading.stack_size(1 << 16)
count = 0
try:
    while count < 20_000:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        count += 1
except RuntimeError as error:
    print("refused after", count, error)
else:
    print("ESCAPED", count, "threads")
