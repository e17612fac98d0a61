"""Whatever an attacker may write for a word is in the word's class."""

import string

from hypothesis import given
from hypothesis import strategies as st

from amlsec.defenses.equivalence import classes, meanings, named, spelt
from amlsec.space.text import TextSpace

SWAPS = {"buy": ["get", "order"], "get": ["fetch"], "hi": ["hello"], "sun": ["star"]}
SPACE = TextSpace([], swaps=SWAPS, lookalikes=True)
CORES = st.one_of(
    st.sampled_from([*SWAPS, "fetch", "hello"]), st.text(string.ascii_letters + "0123456789", min_size=1, max_size=6)
)
WORDS = st.builds(
    lambda lead, core, trail: lead + core + trail,
    st.sampled_from(["", "(", '"']),
    CORES,
    st.sampled_from(["", "!", "!!", ".", "$"]),
)


@given(WORDS)
def test_every_alternative_of_a_word_has_its_name(word):
    same = meanings(SWAPS)
    for other in SPACE.alternatives(word):
        assert named(other, same) == named(word, same), (word, other)


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_names_are_names_of_themselves_and_words_keep_their_places(words):
    same = meanings(SWAPS)
    text = "  ".join(words)
    once = named(text, same)
    assert named(once, same) == once
    assert once.split() == [named(word, same) for word in words]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_classes_are_what_pairs_connect(pairs):
    """Against walking from name to name."""
    links = [(str(a), str(b)) for a, b in pairs]
    found = classes(links)
    for name in found:
        reached, frontier = {name}, [name]
        while frontier:
            at = frontier.pop()
            near = {b for a, b in links if a == at} | {a for a, b in links if b == at}
            frontier += near - reached
            reached |= near
        assert {other for other in found if found[other] == found[name]} == reached


def test_words_that_neither_look_alike_nor_mean_the_same_stay_apart():
    same = meanings(SWAPS)
    assert len({named(word, same) for word in ("buy", "sun", "hi", "viagra", "agenda")}) == 5
    assert spelt("viagra") != spelt("agenda")
