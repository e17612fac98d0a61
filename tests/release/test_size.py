"""What `pip install amlsec` brings stays within the bounds that docs/install.md states, which lists all of it."""

import re
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.scripts import script

PAGE = Path(__file__).parents[2] / "docs" / "install.md"
OF_SOME_VERSIONS = {"six", "tzdata"}
MOST_PACKAGES, MOST_MEGABYTES = 40, 550


def closure(name: str) -> set[str]:
    """A package and all it asks for without an extra, of what is installed here."""
    found, asked = set(), [name]
    while asked:
        one = canonicalize_name(asked.pop())
        if one not in found:
            found.add(one)
            wanted = (Requirement(text) for text in distribution(one).requires or ())
            asked += [need.name for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def listed() -> set[str]:
    rows = re.findall(r"^\| ([a-z].*?) \| [\d.]+(?: each)? \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name for row in rows for name in row.split(", ")}


def test_all_it_brings_is_listed():
    assert closure("amlsec") ^ listed() <= OF_SOME_VERSIONS


def test_it_stays_within_the_bounds():
    size = script("sizes").size
    brought = closure("amlsec")
    assert f"more than {MOST_PACKAGES} packages or {MOST_MEGABYTES} MB" in " ".join(PAGE.read_text("utf-8").split())
    assert len(brought) <= MOST_PACKAGES
    assert sum(size(distribution(name)) for name in brought) / 1e6 <= MOST_MEGABYTES


def test_every_extra_is_on_the_page():
    from release.test_extras import OPTIONAL

    assert set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)) == set(OPTIONAL)
