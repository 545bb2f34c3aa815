# ruff: noqa: E402
# Every cell is within its limit, all together are not.
from hostile import tried

tried()
# %%
import time

time.sleep(2.5)
# %%
time.sleep(2.5)
# %%
time.sleep(2.5)
# %%
time.sleep(2.5)
