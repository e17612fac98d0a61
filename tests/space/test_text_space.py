"""Laws of text spaces, and the plain cases."""

from collections import Counter
from itertools import combinations, permutations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import TextSpace, infer_words, textual

PLAIN = st.lists(st.sampled_from(["buy", "now", "pills", "a"]), max_size=6).map(" ".join)
MESSAGES = PLAIN | st.sampled_from([" buy\tnow ", ""])
COSTS = st.sampled_from([0, 0.5, 1, 2.9, 4, 100, np.inf])
SPACES = st.builds(TextSpace, st.just(("meeting", "agenda", "now")), may_remove=st.booleans())


@given(SPACES, MESSAGES, MESSAGES)
def test_the_cost_counts_words_added_and_removed(space, old, new):
    before, after = Counter(old.split()), Counter(new.split())
    removed, added = (before - after).total(), (after - before).total()
    expected = np.inf if removed and not space.may_remove else removed + added
    assert space.cost(texts([old]), texts([new]))[0] == expected


@given(SPACES, MESSAGES, MESSAGES, COSTS)
def test_projection_stays_inside_and_is_idempotent(space, old, new, cost):
    X = texts([old])
    projected = space.project(X, texts([new]), cost)
    assert space.cost(X, projected)[0] <= min(cost, 100)
    assert space.project(X, projected, cost)[0] == projected[0]
    if space.cost(X, texts([new]))[0] <= min(cost, 100):
        assert projected[0] == new


@given(SPACES, MESSAGES, COSTS, st.integers(0, 99))
def test_samples_cost_no_more_than_asked(space, old, cost, seed):
    X = texts([old] * 5)
    changed = space.sample(X, cost, np.random.default_rng(seed))
    assert (space.cost(X, changed) <= cost).all()
    added = Counter(changed[0].split()) - Counter(old.split())
    assert set(added) <= set(space.words)


@given(SPACES, MESSAGES)
def test_no_change_costs_nothing(space, old):
    assert space.cost(texts([old]), texts([old]))[0] == 0


def test_samples_use_every_number_of_words():
    space, X = TextSpace(["a", "b", "c"]), texts(["x"] * 200)
    assert set(space.cost(X, space.sample(X, 2, np.random.default_rng(0)))) == {0, 1, 2}


def test_differences_are_words():
    space = TextSpace(["agenda"], may_remove=True)
    assert space.differences(texts(["buy now"]), texts(["now agenda agenda"])) == [["+ agenda", "+ agenda", "− buy"]]


@pytest.mark.parametrize("word", ["", "two words", "tab\t"])
def test_a_word_is_one_word(word):
    with pytest.raises(InvalidInput, match="must be one word"):
        TextSpace(["fine", word])


def test_words_ranked_by_the_ratio_of_their_frequencies():
    """(ham + 1/2) / (spam + 1/2) of documents: lunch 3.5/0.5, agenda 2.5/0.5, the 3.5/2.5; free 0.5/3.5, win 1.5/2.5."""
    ham = ["lunch agenda the", "lunch agenda the the", "lunch win the"]
    spam = ["free win the", "free win the", "free"]
    space = infer_words(Batch(texts(ham + spam), np.array([0, 0, 0, 1, 1, 1])), least=2)
    assert space.words == ("lunch", "agenda", "the")
    assert space.bad_words == ("free", "win")
    assert infer_words(Batch(texts(ham + spam), np.array([0, 0, 0, 1, 1, 1])), least=2, most=1).words == ("lunch",)


def test_who_has_read_texts_can_misspell_them():
    known = Batch(texts(["lunch", "pills"]), np.array([0, 1]))
    assert infer_words(known, least=1).cost(texts(["pills"]), texts(["p1lls"]))[0] == 1
    assert infer_words(known, least=1, lookalikes=False).cost(texts(["pills"]), texts(["p1lls"]))[0] == np.inf


def test_a_table_s_space_is_refused():
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        textual(TabularSpace([]))


# Swaps

SWAPS = {"buy": ("get", "order"), "pills": ("meds",), "now": ("today",)}
HIS = st.lists(st.sampled_from(["buy", "Buy,", "now", "pills"]), max_size=4).map(" ".join)
THEIRS = st.lists(
    st.sampled_from(["buy", "now", "pills", "get", "order", "Get,", "meds", "p1lls", "agenda"]), max_size=5
).map(" ".join)
SWAPPING = st.builds(
    TextSpace,
    st.just(("meeting", "agenda")),
    may_remove=st.booleans(),
    swaps=st.just(SWAPS),
    lookalikes=st.booleans(),
    swap_cost=st.sampled_from([0.3, 1.0, 1.7, 2.5]),
)


def _cheapest(space, old, new):
    """By brute force: every way of pairing words that went with words that came."""
    before, after = Counter(old.split()), Counter(new.split())
    gone, come = list((before - after).elements()), list((after - before).elements())
    best = np.inf
    for many in range(min(len(gone), len(come)) + 1):
        for ones in combinations(gone, many):
            for others in permutations(come, many):
                if all(two in _all_alternatives(space, one) for one, two in zip(ones, others, strict=True)):
                    left = len(gone) - many
                    removed = left if space.may_remove or not left else np.inf
                    best = min(best, many * space.swap_cost + removed + len(come) - many)
    return best


def _all_alternatives(space, word):
    known = {"buy": ["get", "order"], "Buy,": ["Get,", "Order,"], "pills": ["meds"], "now": ["today"]}[word]
    return [*known, "p1lls"] if space.lookalikes and word == "pills" else known


@given(SWAPPING, HIS, THEIRS)
def test_the_cost_of_swaps_is_the_cheapest_explanation_of_the_change(space, old, new):
    assert space.cost(texts([old]), texts([new]))[0] == pytest.approx(_cheapest(space, old, new))


@given(SWAPPING, HIS, THEIRS, COSTS)
def test_projection_of_swaps_stays_inside_and_is_idempotent(space, old, new, cost):
    X = texts([old])
    projected = space.project(X, texts([new]), cost)
    assert space.cost(X, projected)[0] <= min(cost, 100)
    assert space.project(X, projected, cost)[0] == projected[0]
    if space.cost(X, texts([new]))[0] <= min(cost, 100):
        assert projected[0] == new


@given(SWAPPING, HIS, COSTS, st.integers(0, 99))
def test_samples_of_swaps_cost_no_more_than_asked(space, old, cost, seed):
    X = texts([old] * 4)
    changed = space.sample(X, cost, np.random.default_rng(seed))
    assert (space.cost(X, changed) <= cost).all()


def test_samples_use_swaps_and_words():
    space, X = TextSpace(["agenda"], swaps=SWAPS), texts(["buy pills"] * 200)
    assert set(space.sample(X, 2, np.random.default_rng(0))) >= {
        "buy pills",
        "get pills",
        "order meds",
        "buy pills agenda",
        "buy meds agenda",
    }


def test_swaps_leave_white_space_signs_and_capitals_where_they_are():
    space = TextSpace([], swaps=SWAPS)
    assert space.alternatives("(Buy!)") == ("(Get!)", "(Order!)")
    changed = space.project(texts(["Buy \n\tpills (now)"]), texts(["Get \n\tmeds (today) for you"]), 2)
    assert changed[0] == "Get \n\tmeds (now)"
    assert space.differences(texts(["Buy pills"]), texts(["pills Get"])) == [["Buy → Get"]]


def test_a_word_that_stands_twice_is_swapped_twice():
    space = TextSpace([], swaps=SWAPS)
    assert space.cost(texts(["buy buy"]), texts(["get order"]))[0] == 2
    assert space.rewriting("buy buy", {"buy": "get"}.get) == "get get"


@pytest.mark.parametrize("cost", [0.0, -1.0, np.inf, np.nan])
def test_a_swap_costs_something(cost):
    with pytest.raises(InvalidInput, match="swap_cost"):
        TextSpace([], swap_cost=cost)


def test_a_synonym_is_one_word():
    with pytest.raises(InvalidInput, match="must be one word"):
        TextSpace([], swaps={"buy": ["get it"]})


def test_samples_swap_no_word_for_one_that_the_text_holds():
    space, X = (
        TextSpace([], swaps={"buy": ["get"], "get": ["take"], "pills": ["meds", "buy"]}),
        texts(["buy get pills"] * 99),
    )
    sampled = space.sample(X, 3, np.random.default_rng(0))
    assert np.isfinite(space.cost(X, sampled)).all()
    assert set(sampled) == {"buy get pills", "buy take pills", "buy get meds", "buy take meds"}
