# Ends Python at once.
import os

from hostile import tried

tried()
os._exit(0)
