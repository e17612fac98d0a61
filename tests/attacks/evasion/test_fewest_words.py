"""The fewest words against every choice of words there is."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from amlsec.attacks.evasion.fewest_words import fewest_words
from amlsec.attacks.evasion.good_words import good_words
from amlsec.data import texts
from amlsec.errors import InvalidInput, NotApplicable
from amlsec.oracle import Classifier
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play
from oracles.tables import box

WORDS = tuple(f"word{k}" for k in range(8))


def attack(model, X, space, **budget):
    return play(fewest_words, model, X, space, access=Access.PARAMETERS, queries=0, **budget)


def filters(vectorizer, classifier, seed):
    """A pipeline fitted on texts of 16 words, the first 8 more often benign."""
    rng = np.random.default_rng(seed)
    y = np.arange(60) % 2
    weights = [np.r_[rng.uniform(1, 4, 8), rng.uniform(0.5, 1, 8)], np.r_[rng.uniform(0.5, 1, 8), rng.uniform(1, 4, 8)]]
    rows = [" ".join(f"word{k}" for k in rng.choice(16, 6, p=weights[label] / weights[label].sum())) for label in y]
    return Classifier(make_pipeline(vectorizer, classifier).fit(texts(rows), y))


def spam(model, seed, many=12):
    rng = np.random.default_rng(seed)
    X = texts([" ".join(f"word{k}" for k in rng.integers(8, 16, rng.integers(1, 4))) for _ in range(60)])
    return X[model.labels(X) == 1][:many]


def fewest(model, text, most=5):
    """The least number of words, perhaps the same one twice, after which the text passes, by trying all up to 5."""
    for many in range(1, most + 1):
        tries = texts([" ".join([text, *words]) for words in combinations_with_replacement(WORDS, many)])
        if (model.labels(tries) == 0).any():
            return many
    return np.inf


@pytest.mark.parametrize("classifier", [MultinomialNB(), LogisticRegression()], ids=["naive Bayes", "logistic"])
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_as_few_as_brute_force_where_counts_add_up(classifier, once, seed):
    model = filters(CountVectorizer(binary=once), classifier, seed)
    X = spam(model, seed)
    best = np.array([fewest(model, text) for text in X])
    changed, won, cost, spent = attack(model, X, TextSpace(WORDS), cost=5)
    assert (won == np.isfinite(best)).all()
    assert won.any()
    assert (cost[won] == best[won]).all()
    assert (changed[~won] == X[~won]).all()
    assert not spent.any()


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), TfidfVectorizer(sublinear_tf=True), TfidfVectorizer(norm="l1")])
def test_nearly_as_few_where_a_text_is_brought_to_length_1(vectorizer):
    model = filters(vectorizer, LogisticRegression(C=30), 0)
    X = spam(model, 0)
    best = np.array([fewest(model, text) for text in X])
    _, won, cost, _ = attack(model, X, TextSpace(WORDS), cost=6)
    within = np.isfinite(best)
    assert within.any()
    assert won[within].all()
    assert (cost[within] <= best[within] + 1).all()
    assert (cost[within] == best[within]).mean() >= 0.8


def test_own_words_go_where_they_can_be_spared():
    """Against every subset of the text's words left out and up to three words added."""
    model = filters(CountVectorizer(), MultinomialNB(), 3)
    X = texts([text for text in spam(model, 3, 30) if len(set(text.split())) == len(text.split())][:8])

    def least(text):
        own, costs = text.split(), [np.inf]
        for kept in product([True, False], repeat=len(own)):
            rest = [word for word, stays in zip(own, kept, strict=True) if stays]
            for many in range(4):
                tries = texts([" ".join([*rest, *words]) for words in combinations_with_replacement(WORDS, many)])
                if (model.labels(tries) == 0).any():
                    costs.append(len(own) - len(rest) + many)
        return min(costs)

    _, won, cost, _ = attack(model, X, TextSpace(WORDS, may_remove=True), cost=6)
    assert won.all()
    assert cost.tolist() == [least(text) for text in X]
    assert (cost <= attack(model, X, TextSpace(WORDS), cost=20)[2]).all()


def test_fewer_words_than_the_list_in_its_order():
    model = filters(CountVectorizer(), MultinomialNB(), 0)
    X = spam(model, 0, 30)
    cost = np.median([fewest(model, text) for text in X])
    ours = attack(model, X, TextSpace(WORDS), cost=cost)[1].mean()
    passive = play(good_words, model, X, TextSpace(WORDS), access=Access.NONE, cost=cost)[1].mean()
    assert ours > passive


def test_a_word_more_than_the_cost_is_given_up():
    model = filters(CountVectorizer(), MultinomialNB(), 0)
    X = spam(model, 0)
    best = np.array([fewest(model, text) for text in X])
    changed, won, cost, _ = attack(model, X, TextSpace(WORDS), cost=best.min())
    assert (won == (best == best.min())).all()
    assert (changed[~won] == X[~won]).all()
    assert set(cost) == {0.0, best.min()}


def test_without_words_nothing_changes():
    model = filters(CountVectorizer(), MultinomialNB(), 0)
    X = spam(model, 0)
    assert (attack(model, X, TextSpace([]))[0] == X).all()


def test_what_weighs_no_words_or_is_no_text_is_refused():
    tree = filters(CountVectorizer(), DecisionTreeClassifier(), 0)
    with pytest.raises(NotApplicable, match="has no linear"):
        attack(tree, texts(["word9"]), TextSpace(WORDS))
    with pytest.raises(InvalidInput, match="must be a TextSpace"):
        attack(tree, np.ones((1, 2)), box(2))
