# ruff: noqa: PTH123, T201
# This process is a fork: whatever its parent ever held, of other students or of the grader, is in its memory.
from hostile import tried

tried()
# Neither the secret itself nor its name is known here, only what an earlier file began with.
needle = b"ANSWER" + b" = '"
hits = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in list(maps):
        area, rights = line.split()[:2]
        if "r" not in rights or "[v" in line:
            continue
        start, end = (int(number, 16) for number in area.split("-"))
        for at in range(start, end, 1 << 24):
            try:
                memory.seek(at)
                content = memory.read(min(1 << 24, end - at))
            except (OSError, ValueError, OverflowError):
                break
            place = content.find(needle)
            if place >= 0 and content[place + 10 : place + 42].isalnum():
                hits.append(content[place : place + 60])
for hit in hits:
    print("ESCAPED memory holds", hit)
