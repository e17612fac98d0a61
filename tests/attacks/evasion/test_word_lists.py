"""First-N and best-N words against a filter whose word weights are known."""

import numpy as np
import pytest

from amlsec.attacks.evasion.best_words import best_first, best_words
from amlsec.attacks.evasion.first_words import first_good, first_words
from amlsec.attacks.evasion.good_words import good_words
from amlsec.attacks.text_steps import message
from amlsec.attacks.word_lists import begun, learned
from amlsec.budget import EvasionBudget
from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.oracle import Oracle
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play
from oracles.tables import box
from oracles.word_list import WordList

WORDS = tuple(f"w{k:03d}" for k in range(300))
SPAM = texts([f"pills casino {k}" for k in range(5)])
ATTACKS = [first_words, best_words]


def filter_of(seed):
    """A third of the words say nothing, the others are good, some far more than others; the order says little."""
    rng = np.random.default_rng(seed)
    weights = -rng.gamma(0.4, 1.0, len(WORDS)) * (rng.random(len(WORDS)) < 2 / 3)
    return WordList({**dict(zip(WORDS, weights, strict=True)), "pills": 4.0, "casino": 3.5})


def list_of(study, model, X, queries=3000, cost=20):
    """The list that a campaign learns, and the queries spent."""
    oracle = Oracle(model, access=Access.LABELS, rows=len(X), queries=queries)
    rng, budget = np.random.default_rng(0), EvasionBudget(cost, queries)
    return learned(oracle, X, study, space=TextSpace(WORDS), budget=budget, rng=rng)[1], oracle.spent


@pytest.mark.parametrize("study", [first_good, best_first])
@pytest.mark.parametrize("mails", [1, 5])
def test_every_word_of_the_list_is_good(study, mails):
    model = filter_of(0)
    words, _ = list_of(study, model, SPAM[:mails])
    assert len(words) == len(set(words)) == 20
    assert all(model.weights[word] < 0 for word in words)


def test_the_first_words_are_those_that_tip_a_barely_blocked_text():
    """Which these are follows from the weights: the text is blocked by what its prefix leaves."""
    model = filter_of(1)
    sums = 7.5 + np.cumsum([model.weights[word] for word in WORDS])
    left = sums[np.argmax(sums <= 0) - 1]
    tip = tuple(word for word in WORDS if model.weights[word] <= -left and word not in WORDS[: np.argmax(sums <= 0)])
    words, _ = list_of(first_good, model, SPAM[:1], cost=10)
    assert words == tip[:10]


def test_the_best_words_are_near_the_top_by_weight():
    """The last tier tips from 4 or 8 words away: its words outweigh those first in the list."""
    model = filter_of(2)
    best, _ = list_of(best_first, model, SPAM[:1])
    first, _ = list_of(first_good, model, SPAM[:1])
    top = sorted(model.weights[word] for word in WORDS)[:20]
    assert sum(model.weights[word] for word in best) <= 0.7 * sum(top)
    assert sum(model.weights[word] for word in best) < 1.5 * sum(model.weights[word] for word in first)


def test_first_words_asks_less_than_best_words():
    model = filter_of(0)
    assert list_of(first_good, model, SPAM[:1], cost=10)[1][0] < 0.5 * list_of(best_first, model, SPAM[:1], cost=10)[1][0]


def test_mails_share_the_work():
    model = filter_of(0)
    alone, spent_alone = list_of(best_first, model, SPAM[:1])
    shared, spent = list_of(best_first, model, SPAM)
    assert spent.max() < 0.5 * spent_alone[0]
    assert sum(model.weights[word] for word in shared) <= 0.8 * sum(model.weights[word] for word in alone)


@pytest.mark.parametrize("seed", range(3))
def test_fewer_words_than_the_passive_list(seed):
    model, space = filter_of(seed), TextSpace(WORDS)
    fewest = model.fewest(SPAM[0], WORDS)
    costs = {attack: play(attack, model, SPAM, space, access=Access.LABELS, queries=800)[1:3] for attack in ATTACKS}
    passive = next(n for n in range(1, 300) if play(good_words, model, SPAM, space, access=Access.NONE, cost=n)[1].all())
    assert all(won.all() for won, _ in costs.values())
    assert (costs[best_words][1] <= np.minimum(3 * fewest, 0.5 * passive)).all()
    assert (costs[first_words][1] <= 0.9 * passive).all()


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_text_gets_only_as_many_words_as_it_needs(attack):
    model = filter_of(0)
    X = texts(["pills", "pills casino"])
    changed, won, cost, _ = play(attack, model, X, TextSpace(WORDS), access=Access.LABELS)
    assert won.all()
    assert cost[0] < cost[1]
    for row in changed:
        assert model.labels([row.rpartition(" ")[0]])[0] == 1


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(("cost", "queries"), [(0, 100), (5, 0), (0.5, 100)])
def test_no_budget_changes_nothing(attack, cost, queries):
    changed, *_ = play(attack, filter_of(0), SPAM, TextSpace(WORDS), access=Access.LABELS, cost=cost, queries=queries)
    assert list(changed) == list(SPAM)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("queries", [1, 9, 40, 200])
def test_queries_are_kept(attack, queries):
    spent = play(attack, filter_of(0), SPAM, TextSpace(WORDS), access=Access.LABELS, queries=queries)[3]
    assert (spent <= queries).all()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_filter_that_no_word_moves_is_left_alone(attack):
    changed, won, _, _ = play(attack, WordList({"pills": 1.0, "casino": 1.0}), SPAM, TextSpace(WORDS), access=Access.LABELS)
    assert not won.any()
    assert list(changed) == list(SPAM)


@pytest.mark.parametrize("attack", ATTACKS)
def test_tables_are_refused(attack):
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        play(attack, filter_of(0), np.ones((1, 2)), box(2), access=Access.LABELS)


class Nervous(WordList):
    """A filter for which a list as a whole speaks of spam, though some of its words are good."""

    def __init__(self):
        rng = np.random.default_rng(5)
        super().__init__(
            {
                **{word: 0.9 if k % 5 != 3 else -2.0 - rng.random() for k, word in enumerate(WORDS)},
                **dict.fromkeys("abcdefgh", 0.9),
            }
        )


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_barely_blocked_text_is_found_in_the_text_itself_where_the_list_as_a_whole_does_not_pass(attack):
    model, X = Nervous(), texts(["hi there a b c", "d e f so g h"])
    assert (model.labels(play(good_words, model, X, TextSpace(WORDS), access=Access.NONE)[0]) == 1).all()
    changed, won, cost, _ = play(attack, model, X, TextSpace(WORDS), access=Access.LABELS, cost=8)
    assert won.all()
    assert (cost <= 4).all()
    assert all(int(word[1:]) % 5 == 3 for row in changed for word in row.split() if word in WORDS)


def test_own_words_are_cut_where_the_verdict_turns():
    """The second bad word is one too many; then come 1, 3 and 7 more of the text's words."""
    model = WordList({**dict.fromkeys("abcd", 1.0), "x": -1.5})
    mail = message("x a b y fine a c d z w v u t", TextSpace([]), 0, EvasionBudget(9, 99), np.random.default_rng(0))

    def asked(search):
        question = next(search)
        while True:
            try:
                question = search.send(model.labels(question.rows) == 0)
            except StopIteration as end:
                return end.value

    found = [text.text.split() for text in asked(begun(mail))]
    assert [" ".join(words) for words in found] == ["x a b", "x a b y", "x a b y fine a", "x a b y fine a c d z w"]
