"""Claims about texts that are loaded once for all kernels: the same rows for everyone, whatever others do to theirs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import execute
from grader.data import open_folder, shared_calls
from grader.execute import Setup
from grader.records import Cell, Exit, Submission
from grader.sandbox.limits import Limits
from grader.sandbox.parent import LoaderCall
from grader.sandbox.probing import choose
from grader.sandbox.session import Sandbox

CALL = LoaderCall(loader="reuters", arguments={"num_words": 1000})
LOOK = """
import hashlib, json
from tensorflow.keras.datasets import reuters

def load(**given):
    data = reuters.load_data(**given)
    content = repr([([list(row) for row in x], [int(label) for label in y]) for x, y in data])
    return data, hashlib.sha256(content.encode()).hexdigest()

data, first = load(num_words=1000)
objects = len({id(word) for row in data[0][0] for word in row})
data[0][0][0].append(-7)
data[0][1][:] = 0
seen = {"first": first, "second": load(num_words=1000)[1], "other": load(num_words=50)[1],
        "shared": objects <= 1000, "kinds": [type(x).__name__ + str(x.dtype) for part in data for x in part]}
print(json.dumps(seen))
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def folder(standin: Path) -> Path:
    return open_folder(standin).folder.resolve()


@pytest.fixture(scope="module")
def shared(standin: Path) -> Iterator[Sandbox]:
    with Sandbox(choose("auto", own_work=True).level) as sandbox:
        sandbox.preload(shared_calls(open_folder(standin), [CALL]))
        yield sandbox


def seen(sandbox: Sandbox, data: Path, scratch: Path) -> Any:
    cells = (Cell(index=0, kind="code", source=LOOK),)
    submission = Submission(file=Path("work.ipynb"), sha256="0" * 64, student="ada", kind="notebook", cells=cells)
    setup = Setup(sandbox=sandbox, folder=scratch, data=data, trusted_data=True, limits=Limits())
    execution, notebook = execute.execute(submission, setup)
    assert execution.exit is Exit.OK, execution.stopped
    return json.loads(notebook["cells"][0]["outputs"][-1]["text"]), (setup.capture / "events.jsonl").read_text()


def test_rows_loaded_for_all_are_those_that_the_loader_gives_and_stay_so_whatever_a_student_does_to_them(
    shared: Sandbox, sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    alone, events = seen(sandbox, folder, tmp_path / "alone")
    for number in range(2):
        together, noted = seen(shared, folder, tmp_path / f"together-{number}")
        assert together == {**alone, "shared": True}  # equal numbers are one object, as in no file that was just read
        assert [json.loads(line)["arguments"] for line in noted.splitlines()] == [
            json.loads(line)["arguments"] for line in events.splitlines()
        ]
    assert not alone["shared"]
    assert alone["first"] == alone["second"]
    assert alone["first"] != alone["other"]


def test_only_texts_are_worth_loading_for_all(standin: Path) -> None:
    houses = LoaderCall(loader="california_housing", arguments={"version": "small"})
    assert shared_calls(open_folder(standin), [CALL, houses]) == (CALL,)
