"""Claims about archives: unpacked within limits, never outside of their folder, and each thing left out is told."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import struct
import tarfile
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import archive, collect
from grader.intake.archive import Limits, Unpacked, is_archive, unpack
from grader.intake.entries import Entry

from .exports import notebook, tarred, zip_bytes, zipped

SMALL = Limits(entries=10, size=1 << 20)


def unpacked(tmp_path: Path, path: Path, limits: Limits = SMALL) -> tuple[Unpacked, dict[str, bytes]]:
    """Return what came of an archive, having seen that nothing of it lies anywhere else."""
    before = set(tmp_path.rglob("*"))
    to = tmp_path / "deep" / "to"
    done = unpack(path, to, limits=limits)
    new = [each for each in tmp_path.rglob("*") if each not in before]
    assert all(each.is_relative_to(to) or to.is_relative_to(each) for each in new)
    assert all(stat.S_ISREG(each.lstat().st_mode) or each.is_dir() for each in new)
    assert all(each.reason.isprintable() for each in (*done.refused, *done.passed_over))
    return done, {each.relative_to(to).as_posix(): each.read_bytes() for each in to.rglob("*") if each.is_file()}


def only_reason(done: Unpacked) -> str:
    (refused,) = done.refused
    assert re.fullmatch(r".+: found .+; expected .+; .+", refused.reason)
    return refused.reason


def zip_with(path: Path, *entries: zipfile.ZipInfo | str, content: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for entry in ("good.ipynb", *entries):
            made.writestr(entry, content)
    return path


def tar_with(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as made:
        good = tarfile.TarInfo("good.ipynb")
        good.size = 1
        made.addfile(good, io.BytesIO(b"x"))
        for member in members:
            made.addfile(member, io.BytesIO(b"x" * member.size))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2"])
def test_zip_and_tar_archives_are_unpacked_by_their_content(tmp_path: Path, name: str) -> None:
    files = {"Jörg/hw 1.ipynb": b"one", "Jörg/data/x.csv": b"two"}
    mode = {"tar": "w", "bz2": "w:bz2"}.get(name.rpartition(".")[2], "w:gz")
    path = zipped(tmp_path / name, files) if "zip" in name.lower() else tarred(tmp_path / name, files, mode)
    assert is_archive(name)
    done, found = unpacked(tmp_path, path)
    assert (found, done.refused) == (files, ())


@pytest.mark.parametrize(
    "name",
    ["../out.ipynb", "a/../../out.ipynb", "/etc/out.ipynb", "C:\\out.ipynb", "..\\out.ipynb", "c:/x", "a/../b.py"],
)
def test_a_name_that_leads_out_of_the_archive_is_refused_and_the_rest_goes_on(tmp_path: Path, name: str) -> None:
    done, found = unpacked(tmp_path, zip_with(tmp_path / "a.zip", name))
    assert list(found) == ["good.ipynb"]
    assert "a name that leads out of the archive" in only_reason(done)
    done, found = unpacked(tmp_path / "tar", tar_with(_folder(tmp_path / "tar") / "a.tar.gz", tarfile.TarInfo(name)))
    assert list(found) == ["good.ipynb"]
    assert "a name that leads out of the archive" in only_reason(done)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_backslashes_of_windows_are_folders(tmp_path: Path) -> None:
    _, found = unpacked(tmp_path, zip_with(tmp_path / "a.zip", "ada\\hw.ipynb"))
    assert sorted(found) == ["ada/hw.ipynb", "good.ipynb"]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.FIFOTYPE, "a pipe or device"),
        (tarfile.CHRTYPE, "a pipe or device"), (tarfile.BLKTYPE, "a pipe or device"),
    ],
)  # fmt: skip
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes, found: str) -> None:
    member = tarfile.TarInfo("odd.ipynb")
    member.type, member.linkname = kind, "/etc/passwd"
    done, files = unpacked(tmp_path, tar_with(tmp_path / "a.tar.gz", member))
    assert list(files) == ["good.ipynb"]
    assert f"found {found}" in only_reason(done)


@pytest.mark.parametrize(("mode", "found"), [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "a pipe or device")])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int, found: str) -> None:
    info = zipfile.ZipInfo("odd.ipynb")
    info.external_attr = (mode | 0o777) << 16
    done, files = unpacked(tmp_path, zip_with(tmp_path / "a.zip", info))
    assert list(files) == ["good.ipynb"]
    assert f"found {found}" in only_reason(done)


def test_a_file_below_a_link_of_the_same_archive_stays_in_the_archives_folder(tmp_path: Path) -> None:
    link, below = tarfile.TarInfo("sub"), tarfile.TarInfo("sub/hw.ipynb")
    link.type, link.linkname, below.size = tarfile.SYMTYPE, str(tmp_path), 1
    _, files = unpacked(tmp_path, tar_with(tmp_path / "a.tar.gz", link, below))
    assert sorted(files) == ["good.ipynb", "sub/hw.ipynb"]


def test_a_file_with_a_password_is_refused_with_its_name(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "a.zip", "secret.ipynb")
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 8] |= 1  # the flag that says encrypted
    path.write_bytes(data)
    done, files = unpacked(tmp_path, path)
    assert list(files) == ["good.ipynb"]
    assert "secret.ipynb: found a file locked with a password" in only_reason(done)


@pytest.mark.parametrize("cut", [0, 1, 10, 60, -40])
@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_an_archive_that_is_cut_off_is_told(tmp_path: Path, name: str, cut: int) -> None:
    files = {"hw.ipynb": os.urandom(3000), "b.ipynb": os.urandom(3000)}
    whole = (
        zipped(tmp_path / name, files)
        if name == "a.zip"
        else tarred(tmp_path / name, files, "w:gz" if "gz" in name else "w")
    )
    data = whole.read_bytes()
    if name == "a.tar":
        data = data[:6000]  # in the second file
    whole.write_bytes(data[:cut])
    done, _ = unpacked(tmp_path, whole)
    assert done.refused
    assert all("broken" in each.reason or "empty file" in each.reason for each in done.refused)


def test_a_zip_that_is_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"<html>please log in</html>" * 50)
    done, _ = unpacked(tmp_path, path)
    assert "an archive that is broken or cut off" in only_reason(done)


def test_a_file_of_zeros_is_not_unpacked_beyond_the_limit(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.ipynb": b"x", "zeros.bin": bytes(2 << 20)})
    done, files = unpacked(tmp_path, path)
    assert list(files) == ["a.ipynb"]
    assert "found more than 1 MiB in it" in only_reason(done)


def test_a_size_that_lies_is_found_out_while_unpacking(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"zeros.bin": bytes(2 << 20)})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.find(mark) + offset, 10)
    path.write_bytes(data)
    done, files = unpacked(tmp_path, path)
    assert done.refused
    assert sum(map(len, files.values())) <= 1 << 20


def test_a_reader_that_gives_more_than_was_said_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Entry("a.bin", 1, "", is_folder=False, time=None, open=lambda: io.BytesIO(bytes(2 << 20)))
    monkeypatch.setattr(archive, "_opened", lambda _: nullcontext([endless]))
    done, files = unpacked(tmp_path, zipped(tmp_path / "a.zip", {}))
    assert files == {}
    assert "found more than 1 MiB in it" in only_reason(done)


def test_an_archive_that_unpacks_to_hundreds_of_times_its_size_is_stopped(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar.gz", {"zeros.bin": bytes(80 << 20)})
    done, files = unpacked(tmp_path, path, Limits())
    assert files == {}
    assert "more than 200 times the archive's size" in only_reason(done)


def test_too_many_files_are_cut_off_at_the_limit(tmp_path: Path) -> None:
    done, files = unpacked(tmp_path, zipped(tmp_path / "a.zip", {f"{n}.py": b"" for n in range(30)}))
    assert len(files) == 10
    assert "found more than 10 files in it" in only_reason(done)


def test_a_list_of_entries_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    data = bytearray(zip_bytes({"a.py": b"x"}))
    struct.pack_into("<L", data, data.rfind(b"PK\x05\x06") + 12, 0xF0000000)
    path.write_bytes(data)
    done, _ = unpacked(tmp_path, path)
    assert "a list of entries of more than 32 MiB" in only_reason(done)


def test_a_header_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 26
    with gzip.open(path, "wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.write(b"a" * (1 << 26))
    done, _ = unpacked(tmp_path, path, Limits())
    assert "a header of more than a mebibyte" in only_reason(done)


def test_two_files_of_one_name_are_told_and_the_first_is_kept(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("hw.ipynb", b"first")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("hw.ipynb", b"second")
    done, files = unpacked(tmp_path, tmp_path / "a.zip")
    assert files == {"hw.ipynb": b"first"}
    assert "a second file of that name" in only_reason(done)


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    done, files = unpacked(tmp_path, zipped(tmp_path / "a.zip", {"a": b"1", "a/b.py": b"2", "a/b/c.py": b"3"}))
    assert files == {"a": b"1"}
    assert len(done.refused) == 2


def test_what_macos_leaves_in_archives_is_passed_over(tmp_path: Path) -> None:
    files = {"hw.ipynb": b"x", "__MACOSX/._hw.ipynb": b"x", ".DS_Store": b"x", "a/.ipynb_checkpoints/hw.ipynb": b"x"}
    done, found = unpacked(tmp_path, zipped(tmp_path / "a.zip", files))
    assert list(found) == ["hw.ipynb"]
    assert (len(done.passed_over), done.refused) == (3, ())


def test_names_that_macos_zips_without_saying_that_they_are_utf8_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"Jörg/größe.csv": b"x"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        data[data.find(mark) + offset] &= ~0x08
    path.write_bytes(data)
    assert list(unpacked(tmp_path, path)[1]) == ["Jörg/größe.csv"]


def test_a_name_too_long_for_a_file_system_is_shortened_with_its_ending(tmp_path: Path) -> None:
    done, found = unpacked(tmp_path, zipped(tmp_path / "a.zip", {"ü" * 400 + ".ipynb": b"x"}))
    (name,) = found
    assert done.refused == ()
    assert name.endswith("ü.ipynb")
    assert len(name.encode()) <= 200


def test_a_link_to_an_archive_is_not_followed(tmp_path: Path) -> None:
    real = zipped(tmp_path / "real.zip", {"hw.ipynb": b"x"})
    (tmp_path / "a.zip").symlink_to(real)
    done, found = unpacked(tmp_path, tmp_path / "a.zip")
    assert found == {}
    assert done.refused


def test_one_hostile_archive_leaves_the_class_as_it_is(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "class")
    zipped(folder / "ada.zip", {"hw.ipynb": notebook("a")})
    zip_with(folder / "bob.zip", "../../x.ipynb")
    (folder / "carol.zip").write_bytes(b"PK\x03\x04")
    (folder / "dora.rar").write_bytes(b"Rar!\x1a\x07\x00")
    (folder / "eve.ipynb").write_bytes(notebook("e"))
    found = collect([folder], into=tmp_path / "into")
    assert [each.student for each in found.submissions] == ["ada", "eve"]
    assert found.unrun == ("bob", "carol", "dora")
    lines = "\n".join(each.reason for each in found.refused)
    for wanted in (
        "bob.zip/../../x.ipynb: found a name",
        "carol.zip: found an archive that is broken",
        "only dora.rar",
    ):
        assert wanted in lines


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_damage_to_an_archive_is_survived(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    tmp_path = tmp_path_factory.mktemp("damaged")
    kind = data.draw(st.sampled_from(["a.zip", "a.tar", "a.tar.gz"]))
    files = {"a/hw.ipynb": b"x" * 700, "b.py": b"y"}
    path = (
        zipped(tmp_path / kind, files)
        if kind == "a.zip"
        else tarred(tmp_path / kind, files, "w:gz" if "gz" in kind else "w")
    )
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    unpacked(tmp_path, path)


@settings(deadline=None, max_examples=60)
@given(names=st.lists(st.text(min_size=1, max_size=40).filter(lambda name: not name.endswith("/")), max_size=6))
def test_whatever_names_an_archive_has_nothing_lands_outside_and_everything_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    tmp_path = tmp_path_factory.mktemp("named")
    with tarfile.open(tmp_path / "a.tar", "w") as made:
        for name in names:
            member = tarfile.TarInfo(name.encode(errors="replace").decode())
            member.size = 1
            made.addfile(member, io.BytesIO(b"x"))
    done, files = unpacked(tmp_path, tmp_path / "a.tar")
    assert len(files) + len(done.refused) + len(done.passed_over) == len(names)
