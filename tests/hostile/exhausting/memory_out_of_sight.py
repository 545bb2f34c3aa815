# Shared memory whose pages are handed back stays where it is, but is no longer counted to the process.
import mmap
import time

from hostile import escaped, tried

tried()
held = []
for _ in range(12):
    area = mmap.mmap(-1, 256 << 20)  # shared and anonymous
    for part in range(0, 256 << 20, 16 << 20):
        area[part : part + (16 << 20)] = b"x" * (16 << 20)
        area.madvise(mmap.MADV_DONTNEED)
    held.append(area)
time.sleep(2)
if all(area[0] == ord("x") for area in held):
    escaped("3,000 MB of shared memory")
