# ruff: noqa: I001
# Displays things without end: each small, all together more than a page or a grader can bear.
from IPython.display import HTML, display

from hostile import tried

tried()
for number in range(200_000):
    display(HTML(f"<table><tr><td>{number}</td></tr></table>" * 20))
