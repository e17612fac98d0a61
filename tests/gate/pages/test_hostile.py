"""Rows, names and keys that were written to harm who reads them."""

import re

import pytest

from amlsec.gate.pages.views.rows import pieces
from gate.pages.mails import EVIL, EVIL_KEY, HOSTILE, REPORTS
from gate.pages.reader import Reader

HIDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
OURS = """
html head meta title link body a svg symbol path circle use rect header p strong nav ul ol li form label input button div
span hr main footer h1 h2 b bdi br dl dt dd code time section article table caption thead tbody tr th td small details
summary textarea select option fieldset legend blockquote mark q picture source img
"""


@pytest.fixture(scope="module")
def pages(furnished_home):
    """Every page of the gate, by its address."""
    from amlsec.gate.service import Gate

    gate = Gate.open(furnished_home)
    ines = Reader(gate, "ines")
    paths = ["/queue", "/sources", "/snapshots", "/ledger", "/people", f"/search?words={EVIL[:9]}", "/nowhere<script>"]
    paths += [f"/submissions/{one.id}" for one in gate.submissions()]
    paths += [f"/source?name={name}" for name in (REPORTS, EVIL.replace("&", "%26"))]
    found = {path: ines.get(path) for path in paths}
    gate.close()
    return found


def test_no_page_holds_an_element_that_is_not_ours(pages):
    for path, page in pages.items():
        assert {one["tag"] for one in page.elements} <= set(OURS.split()), path


def test_no_page_runs_or_loads_anything_from_elsewhere(pages):
    for path, page in pages.items():
        for one in page.elements:
            assert not [name for name in one if name.startswith("@on") or name == "@style"], path
            for name in ("@href", "@src", "@srcset", "@action"):
                assert re.match(r"[#?]|/(?!/)", one.get(name) or "#"), (path, one[name])


def test_nothing_hides_or_turns_a_line_around(pages):
    for path, page in pages.items():
        assert not HIDING.search(page.source), path


def test_what_was_written_is_shown_as_it_is(pages):
    page = next(page for page in pages.values() if page.texts("h1") == ["All 2 rows wait for a person."])
    quote = next(text for text in page.texts("blockquote") if "alert" in text)
    assert quote.startswith(
        "<script>alert('x')</script><img src=x onerror=alert(1)> pay ⟨U+202E⟩gnihsihp⟨U+202C⟩ now⟨U+0007⟩"
    )
    assert f"{'W' * 80} … (9,920 more characters)" in quote
    assert EVIL_KEY in page.texts("dd")
    assert EVIL in page.one("p", class_="crumbs")["text"]


def test_every_page_can_be_found_its_way_around_in(pages):
    for path, page in pages.items():
        assert len(page.all("h1")) == len(page.all("main")) == 1, path
        first = page.all("a")[0]
        assert first["@href"] == "#main", "the first link skips to the content"
        assert page.one("html")["@lang"] == "en"
        idents = [one["@id"] for one in page.elements if "@id" in one]
        assert len(idents) == len(set(idents)), path
        named = {one["@for"] for one in page.all("label") if "@for" in one}
        for control in (*page.all("input"), *page.all("textarea"), *page.all("select")):
            assert control.get("@type") == "hidden" or control.get("@id") in named or "label" in control["within"], path
        for table in page.all("table"):
            assert table["text"]
        assert all("@scope" in cell for cell in page.all("th")), path
        assert all(
            one["@method"] == "get" or one.get("@role") == "search" or "csrf" in inputs(page, one) for one in posts(page)
        )


def posts(page):
    return [one for one in page.all("form") if one.get("@method") == "post"]


def inputs(page, form):
    """The names of a form's inputs: those between it and the next form."""
    start = page.elements.index(form) + 1
    names = []
    for one in page.elements[start:]:
        if one["tag"] == "form":
            break
        names.append(one.get("@name"))
    return names


def test_long_texts_are_cut_with_a_word_on_it():
    text = "".join(piece.text for piece in pieces("lorem ipsum " * 1000))
    assert len(text) < 1300
    assert text.endswith("more characters)")
    assert "".join(piece.text for piece in pieces("a" + "\n" * 500 + "b")) == "a\n\nb"
    assert HOSTILE.startswith(pieces(HOSTILE, {"script"})[0].text)
