from hypothesis import given
from hypothesis import strategies as st

from amlsec.audit.marked import Piece, pieces

words = st.lists(st.sampled_from(["buy", "now", "pills", "meeting", "a"]), max_size=12).map(" ".join)


@given(words, words)
def test_leaving_out_what_was_added_and_keeping_what_was_removed_restores_the_row(before, after):
    marked = pieces(before, after)
    kept = " ".join(piece.text for piece in marked if piece.mark != "added")
    assert kept.split() == before.split()
    shown = "".join(piece.text for piece in marked if piece.mark != "removed")
    assert shown == after


def test_appended_words_of_a_long_row_are_shown():
    marked = pieces("word " * 100_000, "word " * 100_000 + "meeting agenda")
    assert marked[-1] == Piece("added", "meeting agenda")
    assert [piece.mark for piece in marked][:3] == ["same", "left out", "same"]


def test_a_row_changed_all_over_is_cut():
    marked = pieces(" ".join(f"a{i} same" for i in range(2000)), " ".join(f"b{i} same" for i in range(2000)))
    assert len(marked) == 61
    assert marked[-1] == Piece("left out", "the rest")
