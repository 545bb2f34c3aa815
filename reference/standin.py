"""Write generated stand-ins for the data sets of Keras and scikit-learn, for work without network or cache."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib  # type: ignore[import-untyped]
import numpy as np

from reference.errors import UsageError
from reference.standin_houses import boston, houses, table
from reference.standin_pictures import PICTURES, pictures, save_gz
from reference.standin_texts import NEWSWIRES, REVIEWS, newswires, reviews, word_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MANIFEST", "SIZES", "main", "write"]

MANIFEST = "standin.json"
SIZES = ("full", "small")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One random stream per data set, so that changing one leaves the others as they are."""

    imdb: int = 1
    reuters: int = 2
    california_housing: int = 3
    boston_housing: int = 4
    fashion_mnist: int = 5
    cal_housing: int = 6


def write(directory: Path, *, size: str = "full", seed: int = 0) -> dict[str, Any]:
    """Generate every stand-in into ``directory``, in the layout of a Keras cache.

    The same size and seed give the same bytes again. ``"full"`` has the row counts of the real
    sets; ``"small"`` has fewer and shorter texts and fewer pictures, for tests and demonstrations.

    Args:
        directory: Where to write; the files go to its folder ``datasets``.
        size: ``"full"`` or ``"small"``.
        seed: Start of the random streams, 0 or more.

    Returns:
        The manifest, as also written to ``standin.json``: its version, size, seed and the
        SHA-256 of every file, by its path in ``datasets``.

    Raises:
        UsageError: The size is unknown, or the folder holds files that are no stand-ins.
    """
    if size not in SIZES:
        message = f"unknown size '{size}'; choose one of: {', '.join(SIZES)}"
        raise UsageError(message)
    folder = _prepare(directory)
    streams = _Part()

    x_train, y_train, x_test, y_test = reviews(REVIEWS[size], _stream(seed, streams.imdb))
    _save(folder / "imdb.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    _save_json(folder / "imdb_word_index.json", word_index(REVIEWS[size].vocabulary))

    x, y = newswires(NEWSWIRES[size], _stream(seed, streams.reuters))
    _save(folder / "reuters.npz", x=x, y=y)
    _save_json(folder / "reuters_word_index.json", word_index(NEWSWIRES[size].vocabulary))

    features, prices = houses(_stream(seed, streams.california_housing))  # (20640, 8), (20640,)
    _save(folder / "california_housing.npz", x=features, y=prices)

    features, prices = boston(_stream(seed, streams.boston_housing))  # (506, 13), (506,)
    _save(folder / "boston_housing.npz", x=features, y=prices)

    clothes = folder / "fashion-mnist"
    clothes.mkdir(exist_ok=True)
    x_train, y_train, x_test, y_test = pictures(PICTURES[size], _stream(seed, streams.fashion_mnist))
    save_gz(clothes / "train-images-idx3-ubyte.gz", x_train)  # (60000, 28, 28)
    save_gz(clothes / "train-labels-idx1-ubyte.gz", y_train)
    save_gz(clothes / "t10k-images-idx3-ubyte.gz", x_test)  # (10000, 28, 28)
    save_gz(clothes / "t10k-labels-idx1-ubyte.gz", y_test)

    districts = table(_stream(seed, streams.cal_housing))  # (20640, 9)
    # The format that every supported Python reads and writes alike.
    joblib.dump(districts, folder / "cal_housing_py3.pkz", compress=6, protocol=4)

    written = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): _sha256(path) for path in written}
    manifest = {"standin": 1, "size": size, "seed": seed, "files": files}
    _save_json(directory / MANIFEST, manifest)
    return manifest


def _prepare(directory: Path) -> Path:
    """Make the ``datasets`` folder; a cache with real data is never written over."""
    folder = directory / "datasets"
    if folder.is_dir() and any(folder.iterdir()) and not (directory / MANIFEST).is_file():
        message = f"{folder} holds files that are no stand-ins; choose a new --out"
        raise UsageError(message)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _stream(seed: int, part: int) -> np.random.Generator:
    # PCG64 and the methods used here (random, integers) are stable across numpy versions.
    return np.random.Generator(np.random.PCG64([seed, part]))


def _save(path: Path, **arrays: NDArray[Any]) -> None:
    # Dates inside the archive are numpy's fixed ones: the same arrays give the same bytes.
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _save_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=0) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m reference.standin --out DIR [--size full|small] [--seed N]``."""
    parser = argparse.ArgumentParser(prog="python -m reference.standin", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--size", default="full", choices=SIZES, help="default: full")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    options = parser.parse_args(arguments)
    try:
        manifest = write(options.out, size=options.size, seed=options.seed)
    except (UsageError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{len(manifest['files'])} files, size {options.size}, in {options.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
