import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.linear_model import LogisticRegression

from amlsec.catalogue import named
from amlsec.data import BENIGN, Batch
from amlsec.defenses.decisions import ALLOW, DENY, ESCALATE
from amlsec.defenses.guards.random_decisions import RandomDecisions, _band
from amlsec.errors import InvalidInput
from search_ground import TEST, before_and_behind, fitted

GOOD = TEST.labelled(BENIGN).X


@pytest.fixture(scope="module")
def guard():
    return fitted(RandomDecisions(drawn=0.1))


def row_at(guard, evidence):
    """A row with this evidence in a linear classifier."""
    weights, bias = guard.estimator_.coef_[0], guard.estimator_.intercept_[0]
    return weights * (evidence - bias) / (weights @ weights)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_row_in_the_band_passes_as_often_as_a_threshold_lies_above_it(guard, place):
    low, high = guard.band_
    asked = np.repeat(row_at(guard, low + place * (high - low))[None], 2000, axis=0)
    decided = guard.session().decide(asked, "ann")
    assert set(decided.tolist()) == {ALLOW, ESCALATE}
    assert (decided == ALLOW).mean() == pytest.approx(1 - place, abs=0.03)


def test_outside_the_band_nothing_is_drawn(guard):
    low, high = guard.band_
    for evidence, verdict in ((low - 0.01, ALLOW), (high + 2.0, DENY)):
        assert set(guard.session().decide(np.repeat(row_at(guard, evidence)[None], 50, axis=0), "ann").tolist()) == {verdict}


def test_it_is_never_milder_than_its_classifier(guard):
    decided = guard.session().decide(TEST.X, "ann")
    assert (decided[guard.estimator_.predict(TEST.X) == 1] == DENY).all()


def test_lots_are_even_and_differ_between_clients(guard):
    own = guard.session()
    ann, bob = ([own._lot(client, b"row") for _ in range(2000)] for client in ("ann", "bob"))
    assert kstest(ann, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(ann, bob)[0, 1]) < 0.1


def test_the_band_is_what_a_share_of_good_rows_exceed_and_the_middle_between_verdicts():
    """Evidence of the held rows is their own value."""
    held = Batch(np.arange(-99.0, 101.0)[:, None], (np.arange(200) >= 100).astype(int))
    identity = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    identity.coef_, identity.intercept_ = np.array([[1.0]]), np.array([0.0])
    low, high = _band(identity, held, 0.1)
    assert (low, high) == (sorted(range(-99, 1))[90], 0.5)


def test_good_clients_lose_about_half_of_the_share(guard):
    decided = guard.session().decide(np.tile(GOOD, (5, 1)), "ann")
    alone = np.tile(guard.estimator_.predict(GOOD), 5)
    assert ((decided == ESCALATE) & (alone == 0)).mean() == pytest.approx(0.05, abs=0.03)


def test_a_lot_of_the_rows_alone_would_be_no_guard(guard):
    """Were a lot the row's own, a lucky answer would hold for ever: the search loses nothing."""

    class OfTheRow(RandomDecisions):
        def _lot(self, client, content):
            return int(content[:8], 16) / 2.0**32

    keyed = fitted(OfTheRow(drawn=0.1))
    alone, behind = before_and_behind("label-search", keyed, cost=8.0, queries=200)
    assert behind >= alone - 0.1
    assert before_and_behind("label-search", guard, cost=8.0, queries=200)[1] <= alone - 0.5


def test_stops_the_search_that_does_not_know_it_and_not_the_one_that_does(guard):
    assert named("random-decisions").broken_by == ("repeated-questions",)
    alone, behind = before_and_behind("label-search", guard, cost=10.0, queries=600)
    assert alone >= 0.9
    assert behind <= 0.3
    assert before_and_behind("repeated-questions", guard, cost=10.0, queries=600)[1] >= behind + 0.3


@pytest.mark.parametrize("wrong", [{"drawn": 1.0}, {"drawn": -0.1}, {"clients": 0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is"):
        fitted(RandomDecisions(**wrong))
