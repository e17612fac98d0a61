"""Good words, passive and by query, against word lists whose fewest words are known."""

import numpy as np
import pytest

from amlsec.attacks.evasion.good_words import good_words
from amlsec.attacks.evasion.good_words_by_query import good_words_by_query
from amlsec.attacks.evasion.random_noise import random_noise
from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play
from oracles.tables import box
from oracles.word_list import WordList

WORDS = tuple(f"w{k}" for k in range(120))
SPAM = texts(["pills", "pills casino", "casino now pills offer"])


def _filter(seed, spread=1.0):
    """Each good word weighs something; the list's order says little of how much."""
    weights = -np.random.default_rng(seed).gamma(0.5, spread, len(WORDS))
    return WordList({**dict(zip(WORDS, weights, strict=True)), "pills": 4.0, "casino": 3.0, "offer": 2.0})


def test_the_passive_attack_adds_the_first_words_to_every_text():
    changed, _, cost, spent = play(good_words, _filter(0), SPAM, TextSpace(WORDS), access=Access.NONE, cost=2.9)
    assert list(changed) == [f"{text} w0 w1" for text in SPAM]
    assert (cost == 2).all()
    assert spent.sum() == 0


def test_the_passive_attack_adds_every_word_it_can_pay():
    changed, won, _, _ = play(good_words, _filter(0), SPAM, TextSpace(WORDS), access=Access.NONE, queries=0)
    assert changed[0].split() == ["pills", *WORDS]
    assert won.all()


@pytest.mark.parametrize("seed", range(3))
def test_queries_find_few_words(seed):
    """The exchange of two for one promises twice the fewest on a linear filter; the best-first order does better."""
    model, space = _filter(seed), TextSpace(WORDS)
    fewest = np.array([model.fewest(text, WORDS) for text in SPAM])
    _, won, cost, spent = play(good_words_by_query, model, SPAM, space, access=Access.LABELS)
    assert won.all()
    assert (cost >= fewest).all()
    assert (cost <= np.maximum(fewest + 1, 1.5 * fewest)).all()
    assert (spent <= 1000).all()


def test_exactly_as_many_words_as_it_takes_where_all_weigh_the_same():
    model = WordList({"pills": 2.5, **dict.fromkeys(WORDS[::3], -1.0)})
    _, won, cost, _ = play(good_words_by_query, model, texts(["pills"]), TextSpace(WORDS), access=Access.LABELS)
    assert won.all()
    assert cost[0] == model.fewest("pills", WORDS) == 3


def test_words_in_short_supply_are_not_enough():
    model, X = WordList({"pills": 2.5, **dict.fromkeys(WORDS[::3], -1.0)}), texts(["pills"])
    changed, won, _, _ = play(good_words_by_query, model, X, TextSpace(WORDS), access=Access.LABELS, cost=2)
    assert not won.any()
    assert changed[0] == X[0]


def test_queries_beat_noise_and_the_passive_attack():
    model, space = _filter(7), TextSpace(WORDS)
    X = texts([f"pills casino offer {k}" for k in range(20)])
    cost = 1.5 * model.fewest(X[0], WORDS)
    rates = [
        play(attack, model, X, space, access=access, cost=cost)[1].mean()
        for attack, access in (
            (good_words_by_query, Access.LABELS),
            (random_noise, Access.LABELS),
            (good_words, Access.NONE),
        )
    ]
    assert rates[0] == 1
    assert max(rates[1:]) <= 0.2


@pytest.mark.parametrize(("cost", "queries"), [(0, 100), (5, 0), (0.5, 100)])
def test_no_budget_changes_nothing(cost, queries):
    changed, _, _, _ = play(
        good_words_by_query, _filter(0), SPAM, TextSpace(WORDS), access=Access.LABELS, cost=cost, queries=queries
    )
    assert list(changed) == list(SPAM)


@pytest.mark.parametrize("queries", [1, 9, 40])
def test_queries_are_kept(queries):
    assert (
        play(good_words_by_query, _filter(0), SPAM, TextSpace(WORDS), access=Access.LABELS, queries=queries)[3] <= queries
    ).all()


def test_without_words_nothing_is_asked():
    changed, _, _, spent = play(good_words_by_query, _filter(0), SPAM, TextSpace([]), access=Access.LABELS)
    assert list(changed) == list(SPAM)
    assert spent.sum() == 0


@pytest.mark.parametrize("attack", [good_words, good_words_by_query])
def test_tables_are_refused(attack):
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        play(attack, _filter(0), np.ones((1, 2)), box(2), access=Access.LABELS)
