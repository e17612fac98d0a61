"""Every page runs as it stands, and none is left out."""

import pytest

from pages import before
from pages.blocks import PAGES, blocks, indented, name
from pages.runner import Place, run

RUN = [page for page in PAGES if any(block.language in ("sh", "python") for block in blocks(page.read_text("utf-8")))]


@pytest.fixture
def place(tmp_path, monkeypatch):
    return Place(tmp_path, monkeypatch)


@pytest.mark.parametrize("page", RUN, ids=name)
def test_a_page_runs_as_it_stands(page, place):
    place.patch.chdir(place.folder)
    getattr(before, page.stem.lower().replace("-", "_"), lambda _: None)(place)
    run(page, place)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_command_stands_where_nothing_runs_it(page):
    assert [line for line in indented(page.read_text("utf-8")).splitlines() if line.lstrip("$ ").startswith("amlsec ")] == []
