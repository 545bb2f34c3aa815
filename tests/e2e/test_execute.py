"""Running a submission: every exit, what is skipped, and that nothing a submission started lives on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.capture import read_capture
from grader.execute import Setup, code_cells, execute
from grader.records import Cell, CellState, Execution, Exit, Submission
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox

Run = Callable[..., Execution]


def submission(*sources: str) -> Submission:
    cells = tuple(Cell(index=index, kind="code", source=source) for index, source in enumerate(sources))
    return Submission(file=Path("work.ipynb"), sha256="0" * 64, student="ada", kind="notebook", cells=cells)


def setup(sandbox: Sandbox, folder: Path, **options: Any) -> Setup:
    return Setup(sandbox=sandbox, folder=folder, data=None, trusted_data=False, **options)


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path) -> Run:
    """Run cells within limits and return how that went."""

    def run(*sources: str, stop_on_error: bool = False, **limits: Any) -> Execution:
        given = setup(sandbox, tmp_path, limits=Limits(**limits), stop_on_error=stop_on_error)
        return execute(submission(*sources), given)[0]

    return run


def test_a_failing_cell_is_passed_over_and_named(run: Run) -> None:
    done = run("a = 1", "b = 1\nraise ValueError('no such column')", "assert a == 1", "a = )")
    assert done.exit is Exit.RAISED
    assert [cell.state for cell in done.cells] == [CellState.OK, CellState.RAISED, CellState.OK, CellState.RAISED]
    assert done.cells[1].error == "ValueError: no such column"
    assert done.cells[1].line == 2
    assert "Cell 2" in str(done.stopped)


def test_an_assignment_can_stop_at_the_first_failing_cell(run: Run) -> None:
    done = run("1/0", "print('on')", stop_on_error=True)
    assert [cell.state for cell in done.cells] == [CellState.RAISED, CellState.NOT_REACHED]


def test_a_cell_that_never_ends_is_stopped_even_if_it_swallows_exceptions(run: Run) -> None:
    forever = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    begin = time.monotonic()
    done = run("x = 1", forever, "x = 2", cell_seconds=3)
    assert time.monotonic() - begin < 60
    assert done.exit is Exit.TIMED_OUT
    assert [cell.state for cell in done.cells] == [CellState.OK, CellState.STOPPED, CellState.NOT_REACHED]


def test_all_cells_together_have_a_limit(run: Run) -> None:
    done = run(*["import time; time.sleep(2)"] * 5, seconds=3)
    assert done.exit is Exit.TIMED_OUT
    assert done.cells[-1].state is CellState.NOT_REACHED


@pytest.mark.parametrize("how", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"])
def test_a_kernel_that_exits_is_seen_to_be_dead(run: Run, how: str) -> None:
    done = run(how, "x = 2")
    assert done.exit is Exit.KERNEL_DIED
    assert "cell 1" in str(done.stopped)


def test_too_much_output_ends_the_run(run: Run) -> None:
    done = run("for _ in range(4000): print('x' * 1000)", "x = 2", output_mib=1)
    assert done.exit is Exit.TOO_MUCH_OUTPUT
    assert done.cells[1].state is CellState.NOT_REACHED


def test_too_much_memory_ends_the_run(run: Run) -> None:
    hog = "import numpy, time\nheld = []\nwhile True:\n    held.append(numpy.ones(20_000_000))\n    time.sleep(0.1)"
    done = run(hog, memory_mib=2000)
    assert done.exit is Exit.OUT_OF_MEMORY
    assert done.peak_mib > 1000


def test_processes_that_a_submission_started_end_with_it(run: Run) -> None:
    start = "import subprocess; p = subprocess.Popen(['sleep', '987'], start_new_session=True); print(p.pid)"
    run(start)
    time.sleep(0.5)
    left = [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "987"]]
    for process in left:
        process.kill()
    assert not left


def test_installs_colab_and_backend_settings_are_noted_and_skipped(sandbox: Sandbox, tmp_path: Path) -> None:
    given = setup(sandbox, tmp_path)
    work = submission(
        "!pip install keras==2.0\n%pip install x\n!echo hello",
        "from google.colab import drive\ndrive.mount('/content/drive')",
        "import os\nos.environ['KERAS_BACKEND'] = 'jax'",
        "import keras\nassert keras.backend.backend() == os.environ['KERAS_BACKEND'] == 'tensorflow'",
        "import matplotlib; matplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt; plt.plot([1, 2, 3]); plt.show()",
    )
    done, notebook = execute(work, given)
    assert done.exit is Exit.OK, done.stopped
    capture = read_capture(given.capture, code_cells(work.cells))
    assert [note.split(":")[0].split("=")[0] for note in capture.notes] == ["skipped"] * 3 + ["KERAS_BACKEND"]
    assert len(capture.figures) == 1
    assert "hello" in str(notebook["cells"][0]["outputs"])


def test_a_submission_sees_no_secret_of_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    done = run("import os\nassert 'SECRET_TOKEN' not in os.environ")
    assert done.exit is Exit.OK


def test_a_submission_can_not_import_the_reference_or_the_grader(run: Run) -> None:
    done = run("import reference", "from grader import pipeline", "import keras, json")
    assert [cell.state for cell in done.cells] == [CellState.RAISED, CellState.RAISED, CellState.OK]
    assert "No module named 'reference'" in str(done.cells[0].error)


def test_a_module_sees_itself_and_the_helpers_uploaded_with_it(sandbox: Sandbox, tmp_path: Path) -> None:
    helper, script = tmp_path / "tools.py", tmp_path / "work.py"
    helper.write_text("ANSWER = 42\n")
    source = "import sys, tools\nfrom pathlib import Path\nassert tools.ANSWER == 42\n"
    script.write_text(
        source + "assert Path(__file__).read_text().startswith('import sys')\nassert sys.argv == ['submission.py']\n"
    )
    cell = Cell(index=0, kind="code", source=script.read_text())
    work = Submission(file=script, sha256="0" * 64, student="ada", kind="module", cells=(cell,), beside=(helper,))
    done, _ = execute(work, setup(sandbox, tmp_path / "run"))
    assert done.exit is Exit.OK, done.stopped


def test_a_kernel_that_sends_nonsense_ends_its_own_run_only(run: Run) -> None:
    nonsense = (
        "kernel = get_ipython().kernel\n"
        "kernel.session.send(kernel.iopub_socket, 'stream', content={}, parent=kernel.get_parent('shell'))\n"
        "import time; time.sleep(1)"
    )
    done = run(nonsense, "x = 1")
    assert done.exit in {Exit.KERNEL_DIED, Exit.OK}
