"""The published JSON Schema of ``result.json``, generated from the records."""

from __future__ import annotations

import json
from pathlib import Path

from grader.records import Result

FILE = Path(__file__).parent / "result.schema.json"


def result_schema() -> str:
    """Return the schema's text; the copy in ``result.schema.json`` is this, made by ``grader schema``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Result.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
