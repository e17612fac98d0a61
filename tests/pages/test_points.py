"""Every page says its point in three seconds: a sentence of at most twelve words stands under its title, by itself."""

import re

import pytest

from pages.blocks import ROOT, name

MOST_WORDS = 12
"""Three seconds at 240 words a minute."""
SITE = sorted((ROOT / "docs").glob("**/*.md"))


def point(text):
    """The paragraph under a page's title, as it is read: of links their words."""
    paragraphs = re.split(r"\n\s*\n", re.sub(r"\A---\n.*?\n---\n|<!--.*?-->", "", text, flags=re.DOTALL).strip())
    assert paragraphs[0].startswith("# "), "a page begins with its title"
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", paragraphs[1])


def sentences(paragraph):
    return re.split(r"(?<=[.?!])\s+", paragraph.strip())


@pytest.mark.parametrize("page", SITE, ids=name)
def test_a_page_says_its_point_first(page):
    said = point(page.read_text("utf-8"))
    assert len(sentences(said)) == 1, said
    assert 3 <= len([word for word in said.split() if re.search(r"\w", word)]) <= MOST_WORDS, said
    assert re.match(r"[\w“\"`]", said), said
    assert said.endswith((".", "?", "!")), said
    assert "this page" not in said.lower(), said


def test_the_points_differ():
    said = [point(page.read_text("utf-8")) for page in SITE]
    assert [one for one in said if said.count(one) > 1] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Title\n\nA [word](page.md#there) of it.\n\nMore.", "A word of it."),
        ("---\ntitle: x\n---\n\n<!-- made -->\n\n# Title\n\nIts point.\n", "Its point."),
    ],
)
def test_a_point_is_read_behind_what_is_not_shown(text, said):
    assert point(text) == said


def test_two_sentences_are_two():
    assert len(sentences("One of 0.5. And two!")) == 2
