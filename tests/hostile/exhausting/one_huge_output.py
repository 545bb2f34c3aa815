# ruff: noqa: I001
# One message of 300 MB: the grader must not take it in before it says no.
from IPython.display import publish_display_data

from hostile import tried

tried()
publish_display_data({"text/plain": "x" * (300 << 20)})
