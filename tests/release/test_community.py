"""Security policy, citation, conduct: there, of this version, and leading where they say."""

import re
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import amlsec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("SECURITY.md", "CODE_OF_CONDUCT.md")]


def cited():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_the_citation_is_of_this_version():
    told = cited()
    assert told.keys() >= {"cff-version", "message", "title", "authors"}
    assert (told["cff-version"], told["type"], told["license"]) == ("1.2.0", "software", "Apache-2.0")
    assert told["version"] == amlsec.__version__
    for work in (told, *told["references"]):
        assert work["authors"]
        assert all("name" in author or {"family-names", "given-names"} <= author.keys() for author in work["authors"])
    assert all({"type", "title"} <= work.keys() for work in told["references"])


def test_the_latest_minor_version_is_supported():
    version = Version(amlsec.__version__)
    assert f"the latest minor version ({version.major}.{version.minor})" in (ROOT / "SECURITY.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_no_address_is_invented():
    assert [page.name for page in [*PAGES, ROOT / "CITATION.cff"] if re.search(r"\w@\w", page.read_text("utf-8"))] == []
