"""Wheel and sdist: the same bytes wherever they are built, what belongs in them and nothing else."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

import amlsec
from release.scripts import script

ROOT = Path(__file__).parents[2]
MOST_BYTES = 2_000_000
"""Of the wheel."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What is committed, with a file beside it that is not."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this copy is not a git checkout")
    return cloned(ROOT, tmp_path_factory.mktemp("one") / "clone")


def cloned(repository, folder):
    subprocess.run(["git", "clone", "--quiet", repository, folder], check=True)
    (folder / "src/amlsec/left_over.py").touch()
    return folder


@pytest.fixture(scope="module")
def git(clone):
    return lambda *words: subprocess.run(["git", *words], cwd=clone, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def dists(clone, tmp_path_factory):
    """Both files, built from two clones in different folders, under another umask and in another time zone."""
    other = cloned(clone, tmp_path_factory.mktemp("other") / "and deeper" / "clone")
    return [built(clone, 0o022, "UTC"), built(other, 0o077, "Asia/Tokyo")]


def built(folder, umask, zone):
    command = [sys.executable, "release/dist.py", "../out"]
    env = {**os.environ, "TZ": zone}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, umask=umask, env=env)
    return {path.suffix: path for path in (folder.parent / "out").iterdir()}


def test_two_builds_are_the_same_bytes(dists):
    one, other = dists
    assert one.keys() == other.keys() == {".whl", ".gz"}
    assert all(one[kind].read_bytes() == other[kind].read_bytes() for kind in one)


def test_the_sdist_makes_the_same_wheel(dists, git, tmp_path):
    epoch = git("log", "-1", "--format=%ct").strip()
    assert script("dist").wheel_of(dists[0][".gz"], tmp_path, epoch).read_bytes() == dists[0][".whl"].read_bytes()


def test_the_wheel_holds_the_library_alone(dists, git):
    with zipfile.ZipFile(dists[0][".whl"]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert sorted(names) == sorted(git("ls-tree", "-r", "--name-only", "HEAD", "src/amlsec").replace("src/", "").split())
    assert "amlsec/py.typed" in names
    kinds = {Path(name).suffix or Path(name).name for name in names}
    assert kinds == {".py", ".toml", ".bib", ".css", ".svg", ".html", ".typed"}
    assert dists[0][".whl"].stat().st_size < MOST_BYTES


def test_the_sdist_holds_what_is_committed(dists, git):
    with tarfile.open(dists[0][".gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == {*git("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")[:-1], "PKG-INFO"}


def described(dists):
    with zipfile.ZipFile(dists[0][".whl"]) as wheel:
        return wheel.read(f"amlsec-{amlsec.__version__}.dist-info/METADATA")


def test_the_metadata_is_valid(dists):
    told = Metadata.from_email(described(dists), validate=True)
    assert (told.name, str(told.version)) == ("amlsec", amlsec.__version__)
    assert (told.license_expression, told.license_files) == ("Apache-2.0", ["LICENSE"])
    assert told.description_content_type == "text/markdown"


def test_the_long_description_needs_no_file_beside_it(dists, git):
    text = email.message_from_bytes(described(dists)).get_payload()
    code = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
    assert re.findall(r"\]\((?!https?://|#)", code.sub("", text)) == []
    assert code.findall(text) == code.findall(git("show", "HEAD:README.md"))
    assert text.startswith("# amlsec")


def test_versions_are_semantic():
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", amlsec.__version__)
