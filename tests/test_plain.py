import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from amlsec.plain import clip, line, plain


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_unseen_is_left(text):
    left = {c for c in plain(text) if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in BIDI}
    assert left <= {"\n", "\t"}
    plain(text).encode("utf-8")


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"} - {"BN"}


@given(st.text("abcäöü 漢字 \n\t🙂é"))
def test_ordinary_text_is_left_alone(text):
    assert plain(text) == text


def test_a_cut_says_how_much_is_missing():
    assert clip("x" * 300) == "x" * 300
    assert clip("x" * 1301) == "x" * 300 + " … (1,001 more characters)"


def test_one_line():
    assert line("a\r\nb\x07\tc") == "a b⟨U+0007⟩ c"
