import numpy as np
import pytest

from amlsec.catalogue import named
from amlsec.defenses.decisions import ALLOW, DENY
from amlsec.defenses.guards.client_budget import ClientBudget
from amlsec.errors import InvalidInput
from amlsec.evaluation.guarded import GuardedModel
from search_ground import TEST, attacked, copied_by, fitted, share_won


@pytest.fixture(scope="module")
def guard():
    return fitted(ClientBudget(granted=20))


def allowed(guard, many):
    return np.repeat(TEST.X[guard.estimator_.predict(TEST.X) == 0][:1], many, axis=0)


def test_so_many_answers_and_no_more(guard):
    own = guard.session()
    assert own.decide(allowed(guard, 15), "ann").tolist() == [ALLOW] * 15
    assert own.decide(allowed(guard, 10), "ann").tolist() == [ALLOW] * 5 + [DENY] * 5
    assert own.decide(allowed(guard, 20), "bob").tolist() == [ALLOW] * 20
    assert own.session().decide(allowed(guard, 1), "ann").tolist() == [ALLOW]


def test_what_is_stopped_counts_too(guard):
    own, stopped = guard.session(), TEST.X[guard.estimator_.predict(TEST.X) == 1][:20]
    assert own.decide(stopped, "ann").tolist() == [DENY] * 20
    assert own.decide(allowed(guard, 1), "ann").tolist() == [DENY]


def test_clean_rows_are_those_of_clients_within_their_budget(guard):
    assert GuardedModel(guard).labels(TEST.X).tolist() == guard.estimator_.predict(TEST.X).tolist()


def test_the_client_seen_longest_ago_is_forgotten_first():
    guard = fitted(ClientBudget(granted=1, clients=2)).session()
    rows = allowed(guard, 1)
    assert [guard.decide(rows, name)[0] for name in ("ann", "bob", "ann", "cid", "bob")] == [0, 0, 1, 0, 0]


def test_the_price_by_hand(guard):
    assert guard.refused(np.array([5, 20, 21, 100])) == (0.5, 81 / 146)
    assert guard.refused(np.array([3, 0])) == (0.0, 0.0)


def test_a_search_within_the_budget_is_shorter_and_accounts_make_up_for_it():
    """Nobody meets a refusal: he asks 19 times and keeps one for the end."""
    guard = fitted(ClientBudget(granted=20))
    X, model = attacked(guard, 6), GuardedModel(guard)
    free, one, many = (
        share_won("label-search", model, X, cost=8.0, queries=queries, accounts=accounts)
        for queries, accounts in ((19, 1), (400, 1), (400, 21))
    )
    assert one == free
    assert many >= one + 0.3
    assert many == share_won("label-search", GuardedModel(fitted(ClientBudget(granted=10**6))), X, cost=8.0, queries=400)


@pytest.mark.parametrize("wrong", [{"granted": 0}, {"clients": 0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is 0"):
        fitted(ClientBudget(**wrong))


@pytest.mark.parametrize("asked", [np.array([], dtype=int), np.array([-1, 3]), np.zeros(2, dtype=int)])
def test_a_price_needs_clients_who_ask(guard, asked):
    with pytest.raises(InvalidInput, match="asked is"):
        guard.refused(asked)


def test_it_claims_privacy_alone():
    cells = {str(threat) for threat in named("client-budget").threats}
    assert cells == {"exploratory privacy any"}


def test_fewer_answers_than_columns_copy_nothing_exactly_and_a_second_account_does():
    assert named("client-budget").broken_by == ("equation-solving",)
    errors = {}
    for granted, accounts in ((20, 1), (20, 3), (100, 1)):
        model = GuardedModel(fitted(ClientBudget(granted=granted)))
        copy, asked, _ = copied_by("equation-solving", model, accounts=accounts)
        assert asked <= granted * accounts
        errors[granted, accounts] = np.abs(copy.scores(TEST.X) - model.scores(TEST.X)).max()
    assert errors[20, 1] > 0.1
    assert max(errors[20, 3], errors[100, 1]) < 1e-9
