import time

import numpy as np
import pytest
from sklearn.base import clone

from amlsec.catalogue import named
from amlsec.data import BENIGN, texts
from amlsec.defenses.decisions import ALLOW, DENY
from amlsec.defenses.guards.stateful_queries import StatefulQueries, likest
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.evaluation.guarded import GuardedModel
from search_ground import TEST, TRAIN, attacked, before_and_behind, fitted, share_won

GOOD = TEST.labelled(BENIGN).X


@pytest.fixture(scope="module")
def guard():
    return fitted(StatefulQueries())


def near(row, many, by=1e-4, seed=0):
    return row + np.random.default_rng(seed).normal(0, by, (many, len(row)))


def allowed_row(guard):
    return GOOD[guard.estimator_.decision_function(GOOD).argmin()]


def test_the_eighth_question_of_a_kind_is_the_last_that_is_answered(guard):
    asked = near(allowed_row(guard), 12)
    assert guard.session().decide(asked, "ann").tolist() == [ALLOW] * 8 + [DENY] * 4


def test_a_row_asked_again_gets_the_answer_it_got(guard):
    own, asked = guard.session(), near(allowed_row(guard), 12)
    first = own.decide(asked, "ann")
    assert own.decide(asked[::-1], "ann").tolist() == first[::-1].tolist()


def test_strangers_are_not_held_to_account(guard):
    own, asked = guard.session(), near(allowed_row(guard), 12)
    own.decide(asked, "ann")
    assert (own.decide(asked[:8], "bob") == ALLOW).all()


def test_what_lies_further_back_than_is_remembered_is_forgotten():
    guard = fitted(StatefulQueries(remembered=20))
    asked = near(allowed_row(guard), 16)
    other = np.random.default_rng(1).normal(size=(20, asked.shape[1]))
    assert (guard.session().decide(np.concatenate([asked[:8], asked[8:9]]), "ann")[-1]) == DENY
    assert (guard.session().decide(np.concatenate([asked[:8], other, asked[8:9]]), "ann")[-1]) == ALLOW


def test_rows_that_the_classifier_cannot_judge_are_refused_and_not_remembered(guard):
    own = guard.session()
    with pytest.raises(ModelFailed, match="NaN"):
        own.decide(np.full((1, TRAIN.X.shape[1]), np.nan), "ann")
    assert len(own.memory_) == 0


def test_the_client_seen_longest_ago_is_forgotten_first():
    guard = fitted(StatefulQueries(clients=2)).session()
    asked = near(allowed_row(guard), 9)
    for client in ("ann", "bob", "ann", "cid"):
        guard.decide(asked[:8], client)
    assert guard.decide(asked[8:], "ann").tolist() == [DENY]
    assert guard.decide(asked[8:], "bob").tolist() == [ALLOW]


def test_good_clients_lose_about_the_share_that_is_asked_for():
    """Of 300 good rows from one client, no more than 5 % are denied beyond the classifier's."""
    for seed in range(3):
        guard = fitted(StatefulQueries(denied=0.02, random_state=seed))
        alone = guard.estimator_.predict(GOOD)
        denied = guard.session().decide(GOOD, "ann") != alone
        assert denied.mean() <= 0.05


def test_likeness_is_the_count_of_equal_hashes():
    rng = np.random.default_rng(0)
    prints, others = rng.integers(0, 3, 64).astype(np.uint32), rng.integers(0, 3, (9, 64)).astype(np.uint32)
    by_hand = sorted((sum(a == b for a, b in zip(prints, other, strict=True)) for other in others), reverse=True)
    assert [likest(prints, others, place) for place in range(1, 11)] == [*by_hand, 0]


def test_mails_with_words_changed_one_by_one_are_denied():
    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" for k in range(400)])
    mails = [" ".join([mark, *rng.choice(words, 60)]) for mark in ["ham"] * 100 + ["spam"] * 100]
    guard = StatefulQueries().fit(texts(mails), np.repeat([0, 1], 100))
    asked = texts([f"{mails[0]} {word}" for word in words[:20]])
    decided = guard.session().decide(asked, "ann")
    assert (decided[:8] == ALLOW).all()
    assert (decided[8:] == DENY).all()
    assert (guard.session().decide(texts(mails[:100]), "bob") == ALLOW).mean() > 0.95


def test_stops_the_search_that_does_not_know_it_and_not_the_one_that_does(guard):
    assert named("stateful-queries").broken_by == ("oars",)
    alone, behind = before_and_behind("label-search", guard, cost=12.0, queries=300)
    assert alone >= 0.9
    assert behind <= 0.1
    assert before_and_behind("oars", guard, cost=12.0, queries=300)[1] >= behind + 0.4


def test_many_accounts_are_many_strangers(guard):
    """Seven in a row are answered: with an account for every few questions nothing is denied."""
    X, model = attacked(guard, 12), GuardedModel(guard)
    one, many = (share_won("label-search", model, X, cost=8.0, queries=140, accounts=accounts) for accounts in (1, 20))
    assert many >= one + 0.5


def test_takes_microseconds_a_row(guard):
    X = np.random.default_rng(0).normal(size=(2000, TRAIN.X.shape[1]))
    guard.session().decide(X[:50], "ann")
    spent = []
    for _ in range(3):
        own, start = guard.session(), time.process_time()
        own.decide(X, "ann")
        spent.append(time.process_time() - start)
    assert min(spent) / len(X) < 200e-6


def test_is_cloned_and_fitted_alike():
    guard = StatefulQueries(alike=3, random_state=5)
    assert clone(guard).get_params() == guard.get_params()
    one, two = (fitted(clone(guard)) for _ in range(2))
    assert (one.decide(GOOD) == two.decide(GOOD)).all()
    assert one.limit_ == two.limit_


@pytest.mark.parametrize("wrong", [{"denied": 1.0}, {"alike": 0}, {"remembered": 0}, {"clients": 0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is"):
        fitted(StatefulQueries(**wrong))


def test_too_few_rows_are_named():
    with pytest.raises(InvalidInput, match="distinct rows of one label"):
        StatefulQueries().fit(np.arange(8.0)[:, None], np.arange(8) % 2)
