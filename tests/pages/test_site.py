"""The site of the documentation, built once: nothing is dead, nothing comes from elsewhere, nothing is left out."""

import re
from urllib.parse import unquote, urlsplit

import pytest

import amlsec
from amlsec.catalogue import discover
from amlsec.threat import CELLS
from pages.site import ROOT, Page, config, in_nav
from pages.test_points import point

ELSEWHERE = re.compile(r"^(https?:)?//")
NAMED = [name for name in amlsec.__all__ if name != "__version__"]


@pytest.fixture(scope="module")
def pages(site):
    return {page.relative_to(site).as_posix(): Page(page) for page in sorted(site.glob("**/*.html"))}


def test_every_page_stands_in_the_nav_once_and_every_entry_exists():
    docs = ROOT / "docs"
    listed = list(in_nav(config()["nav"]))
    assert sorted(listed) == sorted(page.relative_to(docs).as_posix() for page in docs.glob("**/*.md"))


def test_no_link_is_dead_and_no_picture_is_missing(site, pages):
    dead = []
    for name, page in pages.items():
        for target in [*page.links, *page.loads] if name != "404.html" else []:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("javascript:"):
                continue
            there = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            there = there / "index.html" if there.is_dir() else there
            known = pages.get(there.relative_to(site).as_posix()) if there.is_relative_to(site) else None
            anchors = ["", "__top", *known.ids] if known else [unquote(parts.fragment)]
            if not there.is_file() or unquote(parts.fragment) not in anchors:
                dead.append(f"{name}: {target}")
    assert dead == []


def test_nothing_is_asked_of_another_host(site, pages):
    asked = [f"{name}: {one}" for name, page in pages.items() for one in page.loads if ELSEWHERE.match(one)]
    for sheet in site.glob("**/*.css"):
        text = sheet.read_text("utf-8")
        asked += [f"{sheet.name}: {one}" for one in re.findall(r"@import[^;]*|url\([\"']?(?:https?:)?//[^)]*", text)]
    assert asked == []


def test_every_page_has_a_title_of_its_own_and_its_point_as_its_description(pages):
    shown = {name: page for name, page in pages.items() if name != "404.html"}
    titles = [page.title for page in shown.values()]
    assert [title for title in titles if not title or titles.count(title) > 1] == []
    for name, page in shown.items():
        source = ROOT / "docs" / re.sub(r"(/?)index\.html$", ".md", name).replace("api.md", "api/index.md")
        source = ROOT / "docs" / "index.md" if name == "index.html" else source
        said = re.sub(r"[`*]", "", point(source.read_text("utf-8")))
        assert page.description.replace("&#39;", "'") == said, name


def test_pictures_say_what_they_show(pages):
    shown = [(name, one) for name, page in pages.items() for one in page.pictures if not one["src"].endswith("logo.svg")]
    assert len(shown) > 40
    assert [(name, one["src"]) for name, one in shown if len((one.get("alt") or "").split()) < 3] == []


def test_every_member_of_the_catalogue_is_told_cited_and_leads_to_its_code(pages):
    catalogue = pages["catalogue/index.html"]
    for card in discover():
        links = catalogue.after[card.name]
        assert [one for one in links if one.startswith("../papers/#")], card.name
        assert f"../api/{card.kind}/#{card.run.__module__}.{card.run.__qualname__}" in links, card.name
    linked = {one.removeprefix("#") for one in catalogue.links}
    assert {card.name for card in discover()} <= linked
    assert {str(cell).replace(" ", "-") for cell in CELLS} <= linked


def test_every_public_object_has_its_place_in_the_api(pages):
    api = [page for name, page in pages.items() if name.startswith("api/")]
    public = [getattr(amlsec, name) for name in NAMED] + [card.run for card in discover()]
    for one in public:
        assert sum(f"{one.__module__}.{one.__qualname__}" in page.ids for page in api) == 1, one
