"""Words of HTML stand between the tags; the tags stay."""

from html import escape

import hypothesis.strategies as st
import pytest
from hypothesis import given

from amlsec.space import html

WORDS = st.lists(st.sampled_from(["buy", "a&b", "3<4", "now", "&amp;"]), max_size=4)
TAGS = st.sampled_from(
    ["<b>", "</p>", "<br/>", "<!-- buy <b> -->", "<style>buy {}</style>", "<SCRIPT>if (a<b) buy()</SCRIPT >"]
)
PAGES = st.lists(st.tuples(WORDS, TAGS), max_size=4)


def _page(parts):
    return "".join(escape(" ".join(words), quote=False) + tag for words, tag in parts)


@given(PAGES)
def test_a_page_is_read_as_it_was_built(parts):
    page = _page(parts)
    assert html.said(page).split() == [word for words, _ in parts for word in words]
    assert html.tags(page) == tuple(tag for _, tag in parts)


@given(PAGES)
def test_every_word_is_changed_and_no_tag(parts):
    page = html.reworded(_page(parts), lambda word: f"<{word}>")
    assert html.said(page).split() == [f"<{word}>" for words, _ in parts for word in words]
    assert html.tags(page) == tuple(tag for _, tag in parts)
    assert html.reworded(_page(parts), lambda word: word) == _page(parts)


@given(PAGES, st.booleans())
def test_words_are_added_before_the_end_of_the_body(parts, closed):
    page = html.adding(_page(parts) + "</body></html>" * closed, "you & me")
    assert html.said(page).split()[-3:] == ["you", "&", "me"]
    assert page.endswith("you &amp; me" + "</body></html>" * closed)
    assert html.tags(page) == (*(tag for _, tag in parts), *(("</body>", "</html>") * closed))


@pytest.mark.parametrize(
    ("written", "read"), [("a&nbsp;b", ["a", "b"]), ("caf&eacute;", ["café"]), ("1 < 2", ["1", "<", "2"])]
)
def test_entities_and_loose_signs_are_read_as_a_browser_does(written, read):
    assert html.said(written).split() == read
    assert html.said(html.reworded(written, str.upper)).split() == [word.upper() for word in read]
