"""The paths given → uploads: what each path is, how it is laid out, and the archives in it unpacked."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.intake.archive import EXPORT, UPLOAD, Limits, is_archive, unpack
from grader.intake.given import File, Layout, Reading, Told, Tree, Upload
from grader.intake.kinds import kind_of
from grader.intake.layouts import folder as folders
from grader.intake.layouts import read, recognised
from grader.intake.naming import absolute, path_names
from grader.intake.tree import tree_of, tree_of_files
from grader.intake.uploads import printable
from grader.records import Record

FEW = 2  # files named one by one that show how an export names its files


class Source(Record):
    """What was found at one of the paths given."""

    label: str
    title: str
    """What it is: ``Canvas export``."""
    layout: str
    uploads: tuple[Upload, ...]
    told: tuple[Told, ...] = ()
    refused: tuple[Told, ...] = ()

    def __str__(self) -> str:
        """Say in a line what it is and how much it holds."""
        return f"{self.label}: {self.title}, {len(self.uploads)} upload{'' if len(self.uploads) == 1 else 's'}"


class Unpacker:
    """Unpacks archives to folders of their own below ``into``, all together within bounds."""

    def __init__(self, into: Path) -> None:
        self._into, self._number, self._left = into, 0, EXPORT.size

    def tree(self, path: Path, label: str, limits: Limits) -> tuple[Tree, tuple[Told, ...]]:
        """Return what an archive holds, and what of it could not be unpacked."""
        self._number += 1
        to = self._into / f"{self._number:05}"
        bounded = limits._replace(size=min(limits.size, self._left))
        done = unpack(path, to, shown=label, limits=bounded)
        self._left -= sum(each.stat().st_size for each in done.times if each.is_file())
        tree = tree_of(to, label=label, archive=True, times=done.times)
        return tree.model_copy(update={"told": (*tree.told, *done.passed_over)}), done.refused


def sources(
    paths: Sequence[Path], forced: Layout | None, unpacker: Unpacker, *, skip: Path | None = None
) -> Iterator[Source]:
    """Yield what each path holds; files of one folder that were named one by one are looked at together."""
    together: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        if os.path.isdir(path) and not path.is_symlink() and path.suffix.lower() != ".ipynb":  # noqa: PTH112  # see tree.py
            yield _folder(path, forced, skip)
        else:
            together[path.parent].append(path)
    for group in together.values():
        yield from _files(list(dict.fromkeys(group)), forced, unpacker)


def _folder(path: Path, forced: Layout | None, skip: Path | None) -> Source:
    tree = tree_of(path, skip=skip)
    if not tree.files:
        raise UsageError(_nothing_in(path, tree))
    if tree.files[0].path == path:  # it can't be listed
        refused = Told(path=path, reason=f"{tree.files[0].shown}: {tree.files[0].trouble}")
        return Source(label=printable(str(path)), title="folder", layout="folder", uploads=(), refused=(refused,))
    source = _tree(tree, forced)
    if not source.uploads and not source.refused:
        raise UsageError(_nothing_in(path, tree))
    return source


def _nothing_in(path: Path, tree: Tree) -> str:
    endings = sorted({file.ending or "names without an ending" for file in tree.files})
    found = f"only {printable(', '.join(endings))[:80]}" if endings else "an empty folder"
    return (
        f"{printable(str(path))}: found {found}; expected notebooks (.ipynb) or Python files (.py), in this folder "
        "or in one folder for each student, or the export of a learning platform"
    )


def _tree(tree: Tree, forced: Layout | None, refused: tuple[Told, ...] = ()) -> Source:
    layout, place = (forced, tree) if forced else recognised(tree) or (folders.LAYOUT, tree)
    reading = read(layout, place)
    more, told, lost = _strays(place, reading)
    title = "archive" if layout is folders.LAYOUT and tree.archive else layout.title
    return Source(
        label=printable(tree.label),
        title=title,
        layout=layout.name,
        uploads=(*reading.uploads, *more),
        told=(*tree.told, *reading.told, *told),
        refused=(*refused, *lost),
    )


def _strays(tree: Tree, reading: Reading) -> tuple[tuple[Upload, ...], list[Told], list[Told]]:
    """Return uploads made of files that the layout has no place for: work among them is graded under its own name."""
    works = [file for file in reading.strays if not file.trouble and (kind_of(file) or is_archive(file.base))]
    rest = [file for file in reading.strays if file not in works]
    told = [Told(path=file.path, reason=f"{file.shown}: no part of the export") for file in rest if not file.trouble]
    lost = [Told(path=file.path, reason=f"{file.shown}: {file.trouble}") for file in rest if file.trouble]
    uploads = tuple(_alone(file, tree.root) for file in works)
    return uploads, told, lost


def _alone(file: File, root: Path) -> Upload:
    names = path_names(folders.stem(file.base), file.path, root=root)
    return Upload(key=str(file.path), names=names, files=(file.model_copy(update={"name": file.base}),))


def _files(paths: list[Path], forced: Layout | None, unpacker: Unpacker) -> Iterator[Source]:
    """Yield what files of one folder are: an export's, if their names say so, or each by itself."""
    tree = tree_of_files(paths)
    export = recognised(tree) if len(paths) >= FEW else None
    if export or (forced and not all(is_archive(path.name) for path in paths)):
        yield _tree(tree, forced or (export[0] if export else None))
        return
    for path, file in zip(paths, tree.files, strict=True):
        if is_archive(path.name) and not path.is_symlink() and path.is_file():
            inner, refused = unpacker.tree(path, str(path), EXPORT)
            yield _tree(inner, forced, refused)
        else:
            whole = absolute(path)
            upload = Upload(
                key=str(whole),
                names=path_names(folders.stem(path.name), whole, root=whole.parent.parent),
                files=(file,),
            )
            yield Source(label=file.shown, title="file", layout="folder", uploads=(upload,))


def expanded(upload: Upload, unpacker: Unpacker) -> tuple[Upload, list[Told], list[Told]]:
    """Return an upload with the files of its archives in their place, what was passed over, and what was refused.

    An archive within an archive stays packed.
    """
    files: list[File] = []
    told, refused = list(upload.told), []
    for file in upload.files:
        if not is_archive(file.base) or file.trouble or file.path.is_symlink():
            files.append(file)
            continue
        tree, lost = unpacker.tree(file.path, file.shown, UPLOAD)
        inner = [each.model_copy(update={"origin": file.shown}) for each in tree.files]
        nested = [each for each in inner if is_archive(each.base)]
        files += [each for each in inner if each not in nested]
        told += [Told(path=file.path, reason=f"{file.shown}: unpacked, {len(inner)} files", used=True), *tree.told]
        refused += [*lost, *(_nested(each) for each in nested)]
    return upload.model_copy(update={"files": tuple(files)}), told, refused


def _nested(file: File) -> Told:
    reason = "found an archive within an archive; expected files; unpack it and submit what is in it"
    return Told(path=file.path, reason=f"{file.shown}: {reason}")
