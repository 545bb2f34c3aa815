# Never ends.
from hostile import tried

tried()
while True:
    pass
