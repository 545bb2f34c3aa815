# ruff: noqa: PTH201
# Writes its own grade, wherever a grader might look for one.
import json
from pathlib import Path

from hostile import OUT, tried

tried()
grade = json.dumps({"schema": "grader/result/v1", "points": 21, "passed": True, "withheld": False, "findings": []})
for folder in (OUT, Path("."), OUT / "california-housing", Path("../run"), Path("..")):
    folder.mkdir(exist_ok=True)
    for name in ("result.json", "feedback.html", "gradebook.csv", "report.json", "executed.ipynb"):
        (folder / name).write_text(grade)
