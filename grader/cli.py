"""The command line: the only place that prints or exits."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from grader import __version__
from grader.errors import GraderError, UsageError, told
from grader.scratch import scratch

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.data import DataFolder
    from grader.intake import Collected
    from grader.pipeline import Prepared
    from grader.records import Result, Submission
    from grader.sandbox.session import Sandbox


class Isolation(StrEnum):
    """What ``--isolation`` takes: a level, or how to choose one."""

    AUTO = "auto"
    REQUIRED = "required"
    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    NONE = "none"


class Arrangement(StrEnum):
    """What ``--layout`` takes: a form in which uploads come."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    BLACKBOARD = "blackboard"
    NBGRADER = "nbgrader"
    GIT = "git"
    FOLDER = "folder"


app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Grade deep-learning course assignments: notebooks in, points and feedback out.",
)  # fmt: skip
data_app = typer.Typer(no_args_is_help=True, help="Get, generate and describe data sets.")
app.add_typer(data_app, name="data")

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True, highlight=False)

WORTH_PRELOADING = 4  # submissions: reading the reviews into a parent process takes as long as two kernels save
PLAN_WIDTH = 160  # columns of the table of a dry run, in a pipe too
DEMO_AT_A_TIME = 2  # kernels spend much of their time importing, on one core each

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of data sets (a Keras cache). Default: your own Keras cache."),
]
IsolationOption = Annotated[
    Isolation,
    typer.Option(help="How student code is kept apart. auto: as strictly as this machine can; required: never 'none'."),
]


def main() -> None:
    """Run the command line; the exit code is 0 passed, 1 not passed, 2 usage or spec error, 3 our failure."""
    try:
        app()
    except GraderError as error:
        err.print(f"error: {error}", markup=False)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - exit code 1 means "not passed", never "we crashed"
        err.print(f"error: the grader itself failed: {type(error).__name__}: {error}", markup=False)
        sys.exit(GraderError.exit_code)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


@app.command()
def check(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.")],
    file: Annotated[Path, typer.Argument(help="Your notebook (.ipynb) or module (.py).")],
    data: DataOption = None,
    html: Annotated[Path | None, typer.Option(help="Write the feedback page to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    isolation: IsolationOption = Isolation.AUTO,
) -> None:
    """Check your own work: the same verdicts on what you may see, on the same data."""
    from grader import intake
    from grader.pipeline import grade
    from grader.report import render_page, show
    from grader.visibility import visible_to

    submission = intake.read(file)
    submission = submission.model_copy(update={"beside": intake.helpers_of(file)})
    with scratch() as place, _sandbox(isolation, own_work=True) as sandbox:
        folder, prepared = _open([assignment], data, sandbox, place)
        graded = grade(submission, prepared, folder, sandbox, folder=place / "run")
    result = visible_to(next(iter(graded.results.values())), student=True, now=datetime.now(UTC))
    if html is not None:
        _write(html, render_page(result, notebook=graded.notebook))
        err.print(f"feedback page: {html}", markup=False)
    if as_json:
        sys.stdout.write(result.to_json() + "\n")
    else:
        show(result, out)
    raise typer.Exit(_exit_code([result]))


@app.command()
def grade(  # noqa: PLR0917 - typer gives them by name
    what: Annotated[
        list[str],
        typer.Argument(metavar="ASSIGNMENT... PATH...", help="Assignments, then files or folders."),
    ],
    to: Annotated[Path | None, typer.Option("--out", help="Folder for results and pages.")] = None,
    data: DataOption = None,
    isolation: IsolationOption = Isolation.AUTO,
    layout: Annotated[Arrangement | None, typer.Option(help="How uploads are laid out, where it isn't clear.")] = None,
    pattern: Annotated[str | None, typer.Option(help="Regular expression of file names, with named groups.")] = None,
    roster: Annotated[Path | None, typer.Option(help="CSV of the class: who is missing, and everyone's name.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="STUDENT", help="Only this student's; repeatable.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be run and what not; run nothing.")
    ] = False,
) -> None:
    """Grade submissions one after another; each is run once and judged by every assignment."""
    from grader import plan
    from grader.data import shared_calls

    names, paths = _sort_arguments(what)
    if to is None and not dry_run:
        message = "no folder for the results given; usage: grader grade ASSIGNMENT... PATH... --out DIR"
        raise UsageError(message)
    results: list[Result] = []
    failed = 0
    with ExitStack() as stack:
        place = stack.enter_context(scratch())
        sandbox = None if dry_run else stack.enter_context(_sandbox(isolation))
        judged = [_assignment(name) for name in names]
        found = plan.gather(
            paths, judged, into=place, layout=layout and layout.value, pattern=pattern, roster=roster, skip=to
        )
        collected = plan.only(found, only or ())
        _show_plan(collected, whole=dry_run)
        if to is None or sandbox is None:
            raise typer.Exit(2 if collected.refused else 0)
        submissions = collected.submissions
        folder, prepared = _open(names, data, sandbox, place)
        if len(submissions) >= WORTH_PRELOADING:
            sandbox.preload(shared_calls(folder, [each.assignment.call for each in prepared]))
        for number, submission in enumerate(submissions, start=1):
            try:
                results += _grade_one(submission, prepared, folder, sandbox, to, f"{number}/{len(submissions)}")
            except Exception as error:  # noqa: BLE001 - ours, and it never stops the others
                failed += 1
                err.print(
                    f"error: {submission.student}: {submission.file.name}: not graded: {told(error)}", markup=False
                )
    for refused in collected.refused:
        err.print(f"error: {refused.reason}", markup=False)
    _write(to / "gradebook.csv", _gradebook(results, plan.absent(collected)))
    err.print(f"{len(results)} results in {to}, gradebook: {to / 'gradebook.csv'}", markup=False)
    raise typer.Exit(3 if failed else 2 if collected.refused else _exit_code(results, batch=True))


def _grade_one(
    submission: Submission, prepared: Sequence[Prepared], folder: DataFolder, sandbox: Sandbox, to: Path, place: str
) -> list[Result]:
    from grader.pipeline import grade as run
    from grader.store import keep

    home = to / submission.student
    with scratch() as folder_of_run:
        graded = run(submission, prepared, folder, sandbox, folder=folder_of_run)
        keep(graded, home, capture=folder_of_run / "capture")
    for result in graded.results.values():
        points = "withheld" if result.withheld else f"{result.points:g} of {result.possible:g}"
        err.print(f"[{place}] {submission.student}: {result.assignment}: {points}", markup=False)
    return list(graded.results.values())


def _show_plan(collected: Collected, *, whole: bool) -> None:
    """Say what was found; the whole of it, file by file, where nothing is to be run."""
    from grader import plan

    for line in plan.summary(collected):
        err.print(line, markup=False)
    if whole:
        Console(width=max(out.width, PLAN_WIDTH)).print(plan.table(collected))
        for line in plan.details(collected):
            out.print(line, markup=False, highlight=False)


def _gradebook(results: Sequence[Result], absent: Sequence[tuple[str, str]] = ()) -> str:
    from grader.store import gradebook

    return gradebook(results, absent)


def _sort_arguments(what: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Split ``ASSIGNMENT... PATH...``: the first word is an assignment, and so are names of others right after it.

    Only the first may be a path: an upload that holds an assignment.toml must not become an assignment, whose
    own checks are run in this process.
    """
    from grader.assignment import find, named

    find(what[0])  # raises, with the choices
    more = list(takewhile(lambda folder: folder is not None, map(named, what[1:])))
    names, rest = [what[0], *map(str, more)], list(what[1 + len(more) :])
    missing = [word for word in rest if not Path(word).exists()]
    if not rest or missing:
        said = f"{missing[0]}: no such file or folder" if missing else "no submission given"
        message = f"{said}; usage: grader grade ASSIGNMENT... PATH... --out DIR"
        raise UsageError(message)
    return names, [Path(word) for word in rest]


@app.command()
def demo(
    to: Annotated[Path, typer.Option("--out", help="Folder for data, results and pages.")] = Path("demo"),
) -> None:
    """Grade example submissions of the three tasks on generated data, in about a minute."""
    from concurrent.futures import ThreadPoolExecutor

    from grader import intake, obtain
    from grader.demo import EXAMPLES, examples

    obtain.standin(to / "data", "small", 0)
    jobs = [(name, path) for name in EXAMPLES for path in examples(name)]
    with (
        scratch() as place,
        _sandbox(Isolation.AUTO, own_work=True) as sandbox,
        ThreadPoolExecutor(DEMO_AT_A_TIME) as pool,
    ):
        opened = {name: _open([name], to / "data", sandbox, place) for name in EXAMPLES}

        def one(number: int) -> list[Result]:
            name, path = jobs[number]
            folder, prepared = opened[name]
            submission = intake.read(path, student=f"{name}-{path.parent.name}")
            return _grade_one(submission, prepared, folder, sandbox, to / "results", f"{number + 1}/{len(jobs)}")

        results = [result for listed in pool.map(one, range(len(jobs))) for result in listed]
    _write(to / "results" / "gradebook.csv", _gradebook(results))
    out.print()
    for result in results:
        page = to / "results" / result.student / result.assignment / "feedback.html"
        out.print(f"{result.points:5g} of {result.possible:g}  {page}", markup=False, highlight=False)
    out.print(f"\nOpen these pages in a browser; the gradebook is {to / 'results' / 'gradebook.csv'}.", markup=False)
    raise typer.Exit(_exit_code(results, batch=True))


@app.command()
def calibrate(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.")],
    data: DataOption = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Of each variant; default 20, or 3 with --check.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only ask whether the stored one holds here.")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw the fairness certificate to this file.")] = None,
) -> None:
    """Measure where correct solutions land on a data source, and write calibration.json and facts.json.

    What was trained before an interruption is not trained again.
    """
    from grader import calibrate as calibrating
    from grader.certificate import certificate, drawing

    judged, folder = _assignment(assignment), _folder(data)

    def say(text: str) -> None:
        err.print(text, markup=False, highlight=False)

    if check:
        problems = calibrating.check(judged, folder, seeds=seeds or 3, say=say)
        for problem in problems:
            out.print(f"does not hold: {problem}", markup=False, highlight=False)
        out.print("the calibration holds here" if not problems else "calibrate again on this machine", markup=False)
        raise typer.Exit(1 if problems else 0)
    with scratch() as place, _sandbox(Isolation.AUTO, own_work=True) as sandbox:
        measured = calibrating.measure(judged, folder, sandbox, seeds=seeds or 20, scratch=place, say=say)
    named = (judged.title, folder.source(judged.loader).source, judged.metric, measured)
    out.print(certificate(*named), markup=False, highlight=False, soft_wrap=True)
    if svg is not None:
        svg.write_text(drawing(*named) + "\n", encoding="utf-8")


@app.command()
def schema() -> None:
    """Print the JSON Schema of result.json."""
    from grader.schema import result_schema

    sys.stdout.write(result_schema())


@app.command()
def doctor() -> None:
    """Say what is here: versions, data, isolation."""
    from grader.doctor import lines

    for line in lines():
        out.print(line, markup=False, highlight=False)


@data_app.command("standin")
def standin(
    data: Annotated[Path, typer.Option("--data", help="Folder to write to.")],
    size: Annotated[str, typer.Option(help="full: as large as the real sets; small: for a quick look.")] = "full",
    seed: Annotated[int, typer.Option(help="Another seed gives other data, which nothing is calibrated for.")] = 0,
) -> None:
    """Generate stand-in data sets of the same names, shapes and types."""
    from grader import obtain

    obtain.standin(data, size, seed)
    out.print(f"stand-in data ({size} size) in {data}; use it with --data {data}", markup=False)


@data_app.command("fetch")
def fetch(data: DataOption = None) -> None:
    """Download the real data sets by Keras's and scikit-learn's own loaders, which verify their hashes."""
    from grader import obtain
    from grader.data import default_root

    home = data or default_root()
    obtain.fetch(home)
    out.print(f"the real data sets are in {home}", markup=False)


def _assignment(name: str) -> Assignment:
    from grader import assignment
    from grader.checks import CHECKS

    return assignment.load(assignment.find(name), checks=CHECKS)


def _folder(data: Path | None) -> DataFolder:
    from grader.data import open_folder

    return open_folder(data)


def _open(
    names: Sequence[str], data: Path | None, sandbox: Sandbox, scratch: Path
) -> tuple[DataFolder, Sequence[Prepared]]:
    from grader.pipeline import prepare

    assignments = [_assignment(name) for name in names]
    folder = _folder(data)
    return folder, prepare(assignments, folder, sandbox, scratch=scratch)


@contextmanager
def _sandbox(isolation: Isolation, *, own_work: bool = False) -> Iterator[Sandbox]:
    """Open a sandbox at the level that was asked for; what is weaker than it could be is said, loudly."""
    from grader.sandbox.probing import choose
    from grader.sandbox.session import Sandbox

    choice = choose(isolation.value, own_work=own_work)
    for line in choice.said:
        err.print(line, markup=False, style="bold" if line.startswith("WARNING") else "")
    with Sandbox(choice.level) as sandbox:
        yield sandbox
        for notice in sandbox.notices:
            err.print(f"note: {notice}", markup=False)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path}: can't be written ({error.strerror}); choose another place"
        raise UsageError(message) from error


def _exit_code(results: Sequence[Result], *, batch: bool = False) -> int:
    """Return 3 if we failed, 1 if one was not passed; a batch is done when every submission has a result."""
    if any(result.withheld and not result.waits_for_a_person for result in results):
        return 3
    return 0 if batch or all(result.passed for result in results) else 1
