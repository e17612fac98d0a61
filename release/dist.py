"""`make dist`: wheel and sdist of the last commit, byte for byte the same wherever and whenever they are built."""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def dist(repository: Path, out: Path) -> list[Path]:
    """The wheel and the sdist, made from what is committed alone: what else lies in the folder cannot slip in."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        _checked_out(repository, tree)
        _hatchling(tree, out, epoch=_git(repository, "log", "-1", "--format=%ct").decode().strip())
    return sorted(out.glob("amlsec-*"))


def wheel_of(sdist: Path, out: Path, epoch: str) -> Path:
    """The wheel that an sdist makes."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        _hatchling(next(Path(folder).iterdir()), out, epoch, "-t", "wheel")
    return next(out.glob("*.whl"))


def _checked_out(repository: Path, tree: Path) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(_git(repository, "archive", "--format=tar", "HEAD"))
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(tree, filter="data")


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True).stdout


def _hatchling(tree: Path, out: Path, epoch: str, *words: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()), *words]
    subprocess.run(command, cwd=tree, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": epoch}, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    for path in dist(ROOT, Path(sys.argv[1])):
        print(path)
