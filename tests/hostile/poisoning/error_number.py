# ruff: noqa: ANN202, EM101
# An exception that writes its own traceback, with a line number of 5,000 digits.
from hostile import tried

tried()


class Long(Exception):
    def _render_traceback_(self):
        return ["Cell In[1], line " + "9" * 5000]


raise Long("x")
