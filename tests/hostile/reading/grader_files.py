# ruff: noqa: B023, RUF015
# Reads the rubric, the calibration and the solutions: whoever knows the thresholds need not learn.
from pathlib import Path

from hostile import attempt, target, tried

tried()
for path in [*target.rubric, *target.reference]:
    place = Path(path)
    attempt(f"read {path}", lambda: place.read_bytes() if place.suffix else list(place.iterdir())[0].read_bytes())
for name in ("rubric.py", "scoring.py", "pipeline.py"):
    attempt(f"read {name}", lambda: Path(target.grader_folder, name).read_bytes())
attempt("import the solutions", lambda: __import__("reference"))
attempt("import the grader", lambda: __import__("grader.rubric"))
