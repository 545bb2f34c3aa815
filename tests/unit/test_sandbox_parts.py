"""The parts of the sandbox one by one: what is copied out, what is allowed, which level is chosen, what is shown."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import cli
from grader.errors import BoxFailed, UsageError
from grader.inside import landlock, seccomp
from grader.sandbox import bubblewrap, harvest, probing, processes
from grader.sandbox.levels import BOX_USER, Level, box_user
from grader.sandbox.limits import MIB, Limits
from grader.sandbox.probing import Choice, Offer, choose

posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and sockets of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="process descriptors are Linux's")

# --- what is copied out of a box ---------------------------------------------------------------------------------


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of what a run wrote, with a good file in it."""
    folder = tmp_path / "out"
    (folder / "models").mkdir(parents=True)
    (folder / "events.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "models" / "s1.keras").write_bytes(b"weights")
    return folder


def copied(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()}


GOOD = {"events.jsonl": b"{}\n", "models/s1.keras": b"weights"}


def test_plain_files_are_copied_with_their_folders(out: Path, tmp_path: Path) -> None:
    assert harvest.harvest(out, tmp_path / "copy") == ()
    assert copied(tmp_path / "copy") == GOOD


def _socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(8 << 20)


def _folders(path: Path) -> None:
    path.joinpath(*"23456").mkdir(parents=True)


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "link to a file": ("link", lambda path: path.symlink_to("/etc/passwd"), "neither a file nor a folder"),
    "link to a folder": ("link", lambda path: path.symlink_to("/etc"), "neither a file nor a folder"),
    "link to itself": ("link", lambda path: path.symlink_to("link"), "neither a file nor a folder"),
    "pipe": ("pipe", os.mkfifo, "neither a file nor a folder"),
    "socket": ("socket", _socket, "neither a file nor a folder"),
    "second name": ("second", lambda path: path.hardlink_to(path.parent / "events.jsonl"), "a file with a second name"),
    "sparse file": ("sparse", _sparse, "a file with holes, which promises more than it holds"),
    "hidden name": (".hidden", Path.touch, "no name that the recorder gives"),
    "name of an option": ("-rf", Path.touch, "no name that the recorder gives"),
    "name with a line break": ("a\nb", Path.touch, "no name that the recorder gives"),
    "name with a letter beyond ASCII": ("é", Path.touch, "no name that the recorder gives"),
    "name of half a character": (os.fsdecode(b"\xff"), Path.touch, "no name that the recorder gives"),
    "name for a shell": ("$(id)", Path.touch, "no name that the recorder gives"),
    "long name": ("x" * 151, Path.touch, "no name that the recorder gives"),
    "folders in folders": ("1", _folders, "folders too deep in each other"),
}


@posix
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_plain_file_is_left_behind_and_named(what: str, out: Path, tmp_path: Path) -> None:
    name, make, why = REFUSED[what]
    make(out / name)
    refused = harvest.harvest(out, tmp_path / "copy")
    assert {each.rpartition(": ")[2] for each in refused} == {why}
    said = {each.rpartition(": ")[0] for each in refused}
    assert ascii(name)[1:-1][:150] in said or said in ({"second", "events.jsonl"}, {"1/2/3/4/5/6"})
    assert all(each.isascii() and each.isprintable() for each in refused)
    assert copied(tmp_path / "copy") == {name: GOOD[name] for name in GOOD if name not in said}


def test_a_file_that_is_too_large_is_left_behind(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvest, "FILE_CAP", 5)
    assert harvest.harvest(out, tmp_path / "copy") == ("models/s1.keras: 7 bytes, more than is read",)
    assert copied(tmp_path / "copy") == {"events.jsonl": b"{}\n"}


def test_all_files_together_have_a_limit(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvest, "TOTAL_CAP", 8)
    (refused,) = harvest.harvest(out, tmp_path / "copy")
    assert refused.endswith("more than is read")
    assert len(copied(tmp_path / "copy")) == 1


def test_more_files_than_are_read_are_told_in_a_few_words(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest, "FILES_CAP", 50)
    for number in range(200):
        (out / f"n{number}").touch()
    refused = harvest.harvest(out, tmp_path / "copy")
    assert len(refused) == 1
    assert refused[0].endswith("more than 50 files")
    assert len(copied(tmp_path / "copy")) <= 50


def test_of_a_thousand_refused_files_twenty_are_named(out: Path, tmp_path: Path) -> None:
    for number in range(1000):
        (out / f".n{number}").touch()
    assert len(harvest.harvest(out, tmp_path / "copy")) == harvest.TOLD
    assert copied(tmp_path / "copy") == GOOD


@posix
def test_a_folder_or_file_that_its_owner_closed_is_named(out: Path, tmp_path: Path) -> None:
    (out / "models").chmod(0)
    (out / "events.jsonl").chmod(0)
    refused = harvest.harvest(out, tmp_path / "copy")
    (out / "models").chmod(0o700)
    if os.geteuid() == 0:
        assert refused == ()
    else:
        assert sorted(refused) == [
            f"{name}: it can't be read (Permission denied)" for name in ("events.jsonl", "models")
        ]


NAMES = st.one_of(
    st.sampled_from(["events.jsonl", "models", "s1.keras", "a", "b", "..a", "-", "~", "*", "a b", "CON"]),
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=40),
).filter(lambda name: name not in {".", ".."} and len(name.encode(errors="surrogatepass")) < 200)
LEAVES = st.one_of(
    st.tuples(st.just("file"), st.binary(max_size=40)),
    st.tuples(st.just("link"), st.sampled_from(["/etc/passwd", "/", "..", "../outside", "a", "../../../../etc"])),
    st.tuples(st.just("second name"), st.just("outside")),
    st.tuples(st.just("pipe"), st.none()),
    st.tuples(st.just("socket"), st.none()),
    st.tuples(st.just("sparse"), st.integers(0, 1 << 40)),
    st.tuples(st.just("closed"), st.sampled_from([0o000, 0o200, 0o100])),
)
TREES = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=5), lambda inner: st.dictionaries(NAMES, inner | LEAVES, max_size=4)
)


def _plant(folder: Path, tree: Mapping[str, Any], outside: Path) -> None:
    for name, what in tree.items():
        path = folder / name
        try:
            if isinstance(what, dict):
                path.mkdir()
                _plant(path, what, outside)
                continue
            _make(path, *what, outside)
        except (OSError, UnicodeEncodeError):  # a name that this file system doesn't take
            continue


def _make(path: Path, kind: str, value: Any, outside: Path) -> None:
    if kind == "file":
        path.write_bytes(value)
    elif kind == "link":
        path.symlink_to(value)
    elif kind == "second name":
        path.hardlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        _socket(path)
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(value)
    else:
        path.mkdir()
        path.chmod(value)


@posix
@given(TREES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_tree_makes_it_raise_or_copy_anything_from_elsewhere(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target, outside = (Path(folder, name) for name in ("out", "copy", "outside"))
        source.mkdir()
        outside.write_bytes(b"somebody else's")
        _plant(source, tree, outside)
        refused = harvest.harvest(source, target)
        assert len(refused) <= harvest.TOLD
        assert all(each.isascii() and each.isprintable() for each in refused)
        for path in target.rglob("*"):
            facts, theirs = path.lstat(), (source / path.relative_to(target)).lstat()
            assert stat.S_IFMT(facts.st_mode) == stat.S_IFMT(theirs.st_mode)
            assert stat.S_ISDIR(facts.st_mode) or stat.S_ISREG(facts.st_mode)
            if stat.S_ISREG(facts.st_mode):
                assert theirs.st_nlink == 1
                assert facts.st_size == theirs.st_size
                assert b"somebody" not in path.read_bytes()


# --- limits and levels -------------------------------------------------------------------------------------------


def test_the_systems_own_limits_come_after_those_that_explain_themselves() -> None:
    limits = Limits(seconds=100, memory_mib=1000, file_mib=7, cpu_seconds=50)
    found = limits.resources(own_users=True)
    assert found["FSIZE"] == 7 * MIB
    assert found["DATA"] > 1000 * MIB
    assert found["CPU"] > 50
    assert found["CORE"] == 0
    assert found["NOFILE"] > 1000


def test_processes_are_counted_by_user_only_where_the_user_is_the_boxs_own() -> None:
    assert "NPROC" in Limits().resources(own_users=True)
    assert "NPROC" not in Limits().resources(own_users=False)


def test_every_limit_of_the_system_has_a_name_that_it_knows() -> None:
    resource = pytest.importorskip("resource")
    assert all(hasattr(resource, f"RLIMIT_{name}") for name in Limits().resources(own_users=True))


def test_processor_time_is_by_default_that_of_four_busy_cores() -> None:
    assert Limits(seconds=10).cpu == 40
    assert Limits(seconds=10, cpu_seconds=7).cpu == 7


@posix
@pytest.mark.parametrize("level", Level)
def test_only_root_becomes_somebody_else_and_only_where_there_are_walls(
    monkeypatch: pytest.MonkeyPatch, level: Level
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert box_user(level) is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert box_user(level) == (None if level is Level.NONE else BOX_USER)


# --- which level is chosen ---------------------------------------------------------------------------------------

Offers = Callable[..., None]
WHY = {Level.BUBBLEWRAP: "bubblewrap is not installed", Level.LANDLOCK: "this Linux has no landlock"}


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch) -> Offers:
    """Say which levels can be had, and whether root asks."""

    def set_up(*levels: Level, root: bool = False) -> None:
        there = {*levels, Level.NONE}
        monkeypatch.setattr(
            probing, "offer", lambda level: Offer(level=level, why_not="" if level in there else WHY[level])
        )
        monkeypatch.setattr(probing, "_is_root", lambda: root)

    return set_up


@pytest.mark.parametrize("wanted", ["auto", "required"])
@pytest.mark.parametrize("root", [True, False])
def test_the_strongest_level_there_is_is_taken_without_a_word(offers: Offers, wanted: str, root: bool) -> None:  # noqa: FBT001
    offers(Level.BUBBLEWRAP, Level.LANDLOCK, root=root)
    assert choose(wanted) == Choice(level=Level.BUBBLEWRAP)


@pytest.mark.parametrize("wanted", ["auto", "required"])
def test_a_weaker_level_says_why_it_is_not_the_stronger_one(offers: Offers, wanted: str) -> None:
    offers(Level.LANDLOCK)
    said = "isolation landlock: bubblewrap can't be had: bubblewrap is not installed"
    assert choose(wanted) == Choice(level=Level.LANDLOCK, said=(said,))


def test_where_nothing_can_be_had_an_ordinary_user_is_warned_with_every_reason(offers: Offers) -> None:
    offers()
    found = choose("auto")
    assert found.level is Level.NONE
    (said,) = found.said
    assert said.startswith("WARNING: isolation none: student code runs unconfined, as you")
    assert all(f"{level} can't be had: {why}." in said for level, why in WHY.items())


def test_where_nothing_can_be_had_root_is_refused_and_told_what_to_do(offers: Offers) -> None:
    offers(root=True)
    with pytest.raises(UsageError, match="unconfined and as root") as raised:
        choose("auto")
    assert "grade as an ordinary user, or say --isolation none" in str(raised.value)
    assert all(f"{level} can't be had: {why}" in str(raised.value) for level, why in WHY.items())


@pytest.mark.parametrize("root", [True, False])
def test_ones_own_work_needs_no_walls_and_no_warning(offers: Offers, root: bool) -> None:  # noqa: FBT001
    offers(root=root)
    assert choose("auto", own_work=True) == Choice(level=Level.NONE)
    assert choose("none", own_work=True) == Choice(level=Level.NONE)


@pytest.mark.parametrize("root", [True, False])
def test_required_is_never_none(offers: Offers, root: bool) -> None:  # noqa: FBT001
    offers(root=root)
    for own_work in (True, False):
        with pytest.raises(UsageError, match="--isolation required, and no level can be had here") as raised:
            choose("required", own_work=own_work)
        assert all(f"{level} can't be had: {why}" in str(raised.value) for level, why in WHY.items())


@pytest.mark.parametrize("level", WHY)
def test_a_level_asked_for_by_name_is_that_one_or_none_at_all(offers: Offers, level: Level) -> None:
    offers()
    with pytest.raises(UsageError) as raised:
        choose(str(level))
    assert str(raised.value) == f"--isolation {level}: can't be had here: {WHY[level]}; see 'grader doctor'"
    offers(*WHY)
    assert choose(str(level)) == Choice(level=level)


def test_none_by_name_is_taken_even_where_there_is_better_and_warned_about(offers: Offers) -> None:
    offers(*WHY, root=True)
    found = choose("none")
    assert found.level is Level.NONE
    assert found.said[0].startswith("WARNING: isolation none")


# --- why a level can't be had ------------------------------------------------------------------------------------


def tried(level: Level) -> Offer:
    """Try a level anew: the answer is remembered otherwise."""
    return probing.offer.__wrapped__(level)


CONFINED = [Level.BUBBLEWRAP, Level.LANDLOCK]
NOTHING = dict.fromkeys((*probing.MUST_FAIL, *probing.MAY_SUCCEED), False)


@pytest.fixture
def _all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(seccomp, "supported", lambda: True)
    monkeypatch.setattr(bubblewrap, "executable", lambda: "/usr/bin/bwrap")
    monkeypatch.setattr(landlock, "abi", lambda: 6)
    monkeypatch.setattr(probing, "box_user", lambda _: None)
    monkeypatch.setattr(probing, "_try", lambda _: NOTHING)


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("level", CONFINED)
def test_a_level_from_which_nothing_got_out_is_offered(level: Level) -> None:
    assert tried(level) == Offer(level=level, stays_open=probing.ALWAYS_OPEN[level])


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("level", CONFINED)
def test_another_system_is_named(monkeypatch: pytest.MonkeyPatch, level: Level) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert tried(level).why_not == "Darwin has no such thing; it needs Linux"


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("level", CONFINED)
def test_a_machine_without_a_filter_is_named(monkeypatch: pytest.MonkeyPatch, level: Level) -> None:
    monkeypatch.setattr(seccomp, "supported", lambda: False)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert tried(level).why_not == "system calls can't be filtered on riscv64"


@pytest.mark.usefixtures("_all_there")
def test_a_missing_bubblewrap_is_answered_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "executable", lambda: None)
    assert "apt install bubblewrap" in tried(Level.BUBBLEWRAP).why_not
    assert not tried(Level.LANDLOCK).why_not


@pytest.mark.usefixtures("_all_there")
def test_an_old_linux_is_told_what_it_has_and_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 1)
    monkeypatch.setattr("platform.release", lambda: "5.15")
    why = "Linux 5.15 has landlock version 1, 3 is needed (Linux 6.2)"
    assert tried(Level.LANDLOCK).why_not == why


@posix
@pytest.mark.usefixtures("_all_there")
def test_a_python_that_only_root_can_reach_is_named_where_root_becomes_somebody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "closed" / "python"
    python.mkdir(parents=True)
    python.parent.chmod(0o700)
    monkeypatch.setattr(bubblewrap, "python_folders", lambda: (str(python),))
    assert not tried(Level.LANDLOCK).why_not
    monkeypatch.setattr(probing, "box_user", lambda _: BOX_USER)
    said = tried(Level.LANDLOCK).why_not
    named = Path(said.removeprefix("Python is in ").partition(", where only root may look")[0])
    assert named in (*python.parents, python)
    assert not named.stat().st_mode & stat.S_IXOTH
    assert not tried(Level.BUBBLEWRAP).why_not


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("way", probing.MUST_FAIL)
@pytest.mark.parametrize("level", CONFINED)
def test_a_level_that_does_not_hold_is_not_offered(monkeypatch: pytest.MonkeyPatch, level: Level, way: str) -> None:
    monkeypatch.setattr(probing, "_try", lambda _: NOTHING | {way: True})
    assert tried(level).why_not == f"tried from inside, it does not hold: code there {way}"


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("way", probing.MAY_SUCCEED)
def test_what_stays_possible_is_said(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(probing, "_try", lambda _: NOTHING | {way: True})
    assert tried(Level.LANDLOCK).stays_open[0] == probing.MAY_SUCCEED[way]


def test_without_a_level_everything_stays_possible() -> None:
    assert tried(Level.NONE) == Offer(level=Level.NONE, stays_open=probing.ALWAYS_OPEN[Level.NONE])


HINTS = {
    "apparmor_restrict_unprivileged_userns": ("1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    "unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
    "max_user_namespaces": ("0", "user.max_user_namespaces=10000"),
}


@pytest.mark.usefixtures("_all_there")
@pytest.mark.parametrize("setting", HINTS)
def test_a_setting_that_forbids_bubblewrap_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    value, remedy = HINTS[setting]

    def fail(_: Level) -> dict[str, bool]:
        message = "bwrap: No permissions to create new namespace"
        raise BoxFailed(message)

    monkeypatch.setattr(probing, "_try", fail)
    monkeypatch.setattr(probing, "_says", lambda path, asked: path.name == setting and asked == value)
    said = tried(Level.BUBBLEWRAP).why_not
    assert said.startswith("bwrap: No permissions to create new namespace; ")
    assert remedy in said
    assert tried(Level.LANDLOCK).why_not == "bwrap: No permissions to create new namespace"


# --- what bubblewrap is told to show -----------------------------------------------------------------------------

MOUNTS = {"--ro-bind": 2, "--bind": 2, "--symlink": 2, "--tmpfs": 1, "--proc": 1, "--dev": 1}


def mounts(command: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Return each mount of a command line in order: its kind, what is shown (or nothing), and where."""
    words = list(command)
    for index, word in enumerate(words):
        if count := MOUNTS.get(word):
            yield word, words[index + 1] if count == 2 else "", words[index + count]


def sight(command: Sequence[str], path: str | Path) -> str | None:
    """Return what of the host is seen at a path, or None: the last mount on the way to it decides."""
    seen = None
    for kind, source, place in mounts(command):
        below = str(path)[len(place) :] if str(path).startswith(place.rstrip("/") + "/") or str(path) == place else None
        if below is not None:
            seen = source + below if kind in {"--ro-bind", "--bind"} else None
    return seen


def option(command: Sequence[str], name: str, place: str) -> int:
    """Return the size that a temporary place is given."""
    words = list(command)
    at = next(index for index, word in enumerate(words) if word == "--tmpfs" and words[index + 1] == place)
    assert words[at - 2] == name
    return int(words[at - 1])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of packages into which the grader was installed, with its assignments and solutions."""
    folder = tmp_path / "lib" / "site-packages"
    for name in ("grader/inside", "grader/_assignments", "reference", "numpy"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setattr(bubblewrap, "PACKAGE", folder / "grader")
    monkeypatch.setattr(bubblewrap, "INSIDE", folder / "grader" / "inside")
    monkeypatch.setattr(bubblewrap, "python_folders", lambda: (str(tmp_path / "lib"),))
    return folder


def inner(**changed: Any) -> list[str]:
    return bubblewrap.inner(
        **{"inputs": "/opt/box/session/b1/in", "data": False, "reference": False, "disk_mib": 100, **changed}
    )


def test_an_installed_grader_is_hidden_from_a_box_and_its_packages_are_not(site: Path) -> None:
    command = inner()
    assert sight(command, site / "numpy") == str(site / "numpy")
    for hidden in ("grader", "grader/rubric.py", "grader/_assignments/imdb/calibration.json", "reference/imdb.py"):
        assert sight(command, site / hidden) is None


def test_a_reference_solution_sees_the_solutions_and_still_no_grader(site: Path) -> None:
    command = inner(reference=True)
    assert sight(command, site / "reference") == str(site / "reference")
    assert sight(command, site / "grader" / "rubric.py") is None


def test_of_the_grader_a_box_is_shown_what_runs_inside(site: Path) -> None:
    outer = bubblewrap.outer(session=Path("/tmp/g-1/s"), data=None, user=None)  # noqa: S108 - only named
    assert sight(outer, bubblewrap.INSIDE_AT) == str(site / "grader" / "inside")
    assert sight(inner(), bubblewrap.INSIDE_AT) == bubblewrap.INSIDE_AT
    assert sight(inner(), bubblewrap.INPUTS_AT) == "/opt/box/session/b1/in"
    assert sight(inner(), bubblewrap.SESSION_AT) is None


def test_this_grader_is_not_seen_in_a_box_either() -> None:
    hidden = [
        bubblewrap.PACKAGE / "rubric.py",
        Path.home() / ".ssh",
        Path("/etc/shadow"),
        Path.home() / "x",
        Path("/var"),
    ]
    for command in (inner(), inner(data=True, reference=True)):
        assert [path for path in hidden if sight(command, path) is not None] == []
    reference = bubblewrap.reference_folder()
    assert reference is not None
    assert sight(inner(), reference) is None
    assert sight(inner(reference=True), reference) == reference


def test_data_is_shown_only_to_a_box_that_has_some() -> None:
    outer = bubblewrap.outer(session=Path("/s"), data=Path("/my/data"), user=None)
    assert sight(outer, bubblewrap.DATA_AT) == "/my/data"
    assert sight(inner(data=True), bubblewrap.DATA_AT) == bubblewrap.DATA_AT
    assert sight(inner(data=False), bubblewrap.DATA_AT) is None


def test_nothing_of_the_host_is_shown_to_be_written_to() -> None:
    assert [place for kind, _, place in mounts(inner()) if kind == "--bind"] == []
    outer = bubblewrap.outer(session=Path("/s"), data=None, user=None)
    assert [place for kind, _, place in mounts(outer) if kind == "--bind"] == ["/proc"]
    command = inner()
    assert command[-4:] == ["--remount-ro", "/", "--chdir", "/"]


@pytest.mark.parametrize(("disk", "scratch"), [(100, 100), (4096, bubblewrap.SCRATCH_MIB)])
def test_every_place_that_can_be_written_to_has_a_size(disk: int, scratch: int) -> None:
    command = inner(disk_mib=disk)
    assert option(command, "--size", bubblewrap.BASE_AT) == disk * MIB
    for place in ("/tmp", "/dev/shm"):  # noqa: S108 - the box's own
        assert option(command, "--size", place) == scratch * MIB
    for kind, _, place in mounts(command):
        if kind == "--tmpfs":
            assert option(command, "--size", place) > 0


def test_a_box_shares_no_namespace_with_the_host() -> None:
    assert {"--unshare-all", "--die-with-parent", "--new-session"} <= set(inner())
    assert not {word for word in inner() if word.startswith("--share")}


def test_an_ordinary_user_gets_a_namespace_of_users_and_root_does_not_but_becomes_somebody_else() -> None:
    ordinary = bubblewrap.outer(session=Path("/s"), data=None, user=None)
    root = bubblewrap.outer(session=Path("/s"), data=None, user=4711)
    for command in (ordinary, root):
        assert {"--unshare-net", "--unshare-ipc", "--die-with-parent"} <= set(command)
    assert "--unshare-user" in ordinary
    assert ordinary[-1] == "--"
    assert "--unshare-user" not in root
    become = root[root.index("--") + 1 :]
    assert become[0] == "setpriv"
    assert {"--reuid", "4711", "--regid", "--clear-groups", "--bounding-set=-all", "--no-new-privs"} <= set(become)
    kept = [root[index + 1] for index, word in enumerate(root) if word == "--cap-add"]
    assert kept == ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"]
    assert root[root.index("--cap-drop") + 1] == "ALL"


def test_packages_below_the_system_are_not_shown_twice() -> None:
    places = [place for kind, _, place in mounts(inner()) if kind == "--ro-bind"]
    assert len(places) == len(set(places))
    for folder in bubblewrap.python_folders():
        assert Path(folder).is_dir()
        assert not folder.startswith("/usr/")


# --- processes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tree() -> Iterator[subprocess.Popen[bytes]]:
    """A process with two children."""
    with subprocess.Popen(["sh", "-c", "sleep 61 & sleep 61 & echo; wait"], stdout=subprocess.PIPE) as root:
        assert root.stdout is not None
        root.stdout.readline()
        yield root
        for process in processes.family([root.pid]) - {root.pid}:
            os.kill(process, signal.SIGKILL)
        root.kill()


@linux
def test_a_family_is_a_process_with_all_its_descendants(tree: subprocess.Popen[bytes]) -> None:
    assert len(processes.family([tree.pid])) == 3
    assert processes.family([tree.pid]) == processes.family([tree.pid, tree.pid, -1, 0])
    assert processes.family([]) == set()


@linux
def test_usage_adds_up_and_counts_shared_pages_once_near_the_limit(tree: subprocess.Popen[bytes]) -> None:
    found = processes.family([tree.pid])
    plain = processes.usage(found, limit_mib=1000, most=100)
    assert plain.processes == 3
    assert plain.memory_mib > 0
    assert 0 < processes.usage(found, limit_mib=0, most=100).memory_mib < plain.memory_mib
    one = processes.usage([tree.pid], limit_mib=1000, most=100)
    assert one.memory_mib < plain.memory_mib


@linux
def test_usage_counts_processor_time_of_children_that_have_ended() -> None:
    code = "import subprocess, sys, time; subprocess.run([sys.executable, '-c', '''import time\nwhile "
    code += "time.process_time() < 0.5: pass''']); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        assert processes.usage([busy.pid], limit_mib=1000, most=100).cpu_seconds >= 0.5
        busy.kill()


@linux
def test_processes_that_are_gone_use_nothing() -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    used = processes.usage([gone.pid], limit_mib=0, most=100)
    assert (used.memory_mib, used.cpu_seconds) == (0, 0)
    assert processes.family([gone.pid]) == {gone.pid}


@linux
def test_the_end_of_a_process_is_certain_and_may_be_asked_for_twice(tree: subprocess.Popen[bytes]) -> None:
    pidfd = os.pidfd_open(tree.pid)
    try:
        assert processes.number(pidfd) == tree.pid
        assert not processes.ended(pidfd)
        for process in processes.family([tree.pid]) - {tree.pid}:
            os.kill(process, signal.SIGKILL)
        assert processes.end(pidfd)
        assert processes.ended(pidfd)
        tree.wait()
        assert processes.number(pidfd) == -1
        assert processes.end(pidfd)
    finally:
        os.close(pidfd)


ADOPTS = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
for _ in range(3):
    os.wait()
print(flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(60)
"""


@linux
def test_the_end_of_a_family_takes_those_along_that_detached_themselves() -> None:
    with subprocess.Popen([sys.executable, "-c", ADOPTS], stdout=subprocess.PIPE) as root:
        assert root.stdout is not None
        root.stdout.readline()
        pidfd = os.pidfd_open(root.pid)
        found = processes.family([root.pid])
        assert len(found) == 4
        begin = time.monotonic()
        assert processes.end_family(pidfd)
        assert time.monotonic() - begin < 5
        os.close(pidfd)
        root.wait()
    assert not [process for process in found if Path(f"/proc/{process}").exists()]


# --- what is said on the command line ----------------------------------------------------------------------------


def command(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Run the command line and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["grader", *map(str, words)])
    monkeypatch.setenv("COLUMNS", "500")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "ada.py"
    path.write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    return path


def test_the_doctor_lists_every_level_with_its_reason_and_what_grading_will_use(
    monkeypatch: pytest.MonkeyPatch, offers: Offers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    offers(Level.LANDLOCK)
    assert command(monkeypatch, "doctor") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "isolation bubblewrap no: bubblewrap is not installed" in lines
    assert "isolation landlock yes" in lines
    assert "isolation none yes" in lines
    assert "'grader grade' uses landlock" in lines


def test_the_doctor_says_what_stays_possible_and_that_grading_is_refused(
    monkeypatch: pytest.MonkeyPatch, offers: Offers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    offers(root=True)
    nothing = {level: Offer(level=level, why_not=WHY.get(level, ""), stays_open=("read mail",)) for level in Level}
    monkeypatch.setattr(probing, "offer", nothing.__getitem__)
    assert command(monkeypatch, "doctor") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("code in there can still read mail") == 1
    assert all(f"isolation {level} no: {why}" in said for level, why in WHY.items())
    assert "'grader grade' refuses: student code would run unconfined and as root" in said


@pytest.mark.parametrize("wanted", ["required", "bubblewrap", "landlock"])
def test_grading_without_the_isolation_asked_for_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, offers: Offers, work: Path, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    offers()
    out = work.parent / "out"
    assert command(monkeypatch, "grade", "imdb", work, "--out", out, "--isolation", wanted) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: --isolation {wanted}")
    assert "can't be had" in line or "no level can be had" in line
    assert not out.exists()


def test_grading_without_isolation_is_warned_about(
    monkeypatch: pytest.MonkeyPatch, offers: Offers, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offers(Level.BUBBLEWRAP, root=True)
    folders = ["--out", work.parent / "out", "--data", work.parent / "empty"]
    command(monkeypatch, "grade", "imdb", work, *folders, "--isolation", "none")
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("WARNING: isolation none: student code runs unconfined, as you")


def test_an_isolation_that_does_not_exist_is_answered_with_the_choices(
    monkeypatch: pytest.MonkeyPatch, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "grade", "imdb", work, "--out", work.parent, "--isolation", "docker") == 2
    said = capsys.readouterr().err
    assert all(str(level) in said for level in Level)
