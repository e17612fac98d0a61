"""Games over rounds whose course is known in advance."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.errors import AttackError, InvalidInput
from amlsec.evaluation.rounds import (
    admit_agreed,
    admit_all,
    admit_passed,
    played,
    retrained,
    retrained_on_all,
    updated,
)
from amlsec.scene import additions, edits, nothing
from amlsec.space.tabular import infer
from grounds import Majority, Stump, card, line

SPACE = infer(np.array([[-1000.5], [1000.5]]), ["x"])


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(4.0 * y)[:, None], y)


def play(attack, rounds, test, learner, share=0.2, knowledge="model", **settings):
    given = {"budget": PoisonBudget(share), "space": SPACE, "rng": np.random.default_rng(0)} | settings
    return played(card("poisoning", attack, knowledge=knowledge), rounds, test, learner=learner, **given)


def idle(scene, /, *, budget, rng):
    return nothing(scene.own)


def lie(scene, /, *, budget, rng):
    return edits(np.arange(len(scene.own)), scene.own.relabelled(1 - scene.own.y))


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 4),
    st.sampled_from([retrained, retrained_on_all, updated]),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 99),
)
def test_without_poison_the_game_is_plain_training(count, learn, share, seed):
    rounds, test = [blobs(30, seed + k) for k in range(count)], blobs(60, 999)
    outcomes = play(idle, rounds, test, GaussianNB(), share, learn=learn)
    for k, outcome in enumerate(outcomes):
        plain = GaussianNB()
        used = rounds[k : k + 1] if learn is retrained else rounds[: k + 1]
        if learn is updated:
            for rows in used:
                plain.partial_fit(rows.X, rows.y, [0, 1])
        else:
            plain.fit(np.concatenate([rows.X for rows in used]), np.concatenate([rows.y for rows in used]))
        wrong = plain.predict(test.X) != test.y
        assert (outcome.missed, outcome.alarmed) == (wrong[test.y == 1].mean(), wrong[test.y == 0].mean())
        assert (outcome.rejected, outcome.spent) == (0, 0)
        assert np.isnan(outcome.rejected_poison)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 3), st.floats(0.0, 0.5), st.integers(0, 99))
def test_the_share_holds_in_every_single_round(count, share, seed):
    rounds = [blobs(40, seed + k) for k in range(count)]
    outcomes = play(lie, rounds, blobs(20, 7), GaussianNB(), share)
    assert [outcome.spent for outcome in outcomes] == [np.floor(share * 40 + 1e-9) / 40] * count


def test_more_than_the_share_is_an_error_in_whatever_round():
    def late(scene, /, *, budget, rng):
        rows = budget.rows(of=scene.total) + (scene.round == 2)
        return additions(blobs(rows, 0))

    rounds = [blobs(20, k) for k in range(3)]
    assert len(play(late, rounds[:2], rounds[0], GaussianNB())) == 2
    with pytest.raises(AttackError, match=r"took 0\.25"):
        play(late, rounds, rounds[0], GaussianNB())


def test_the_attacker_is_told_the_round_and_what_his_knowledge_covers():
    told = []

    def listen(scene, /, *, budget, rng):
        told.append((scene.round, len(scene.own), scene.known and len(scene.known), scene.deployed))
        return nothing(scene.own)

    rounds = [blobs(20, k) for k in range(3)]
    first, second, _ = play(listen, rounds, rounds[0], GaussianNB())
    assert [scene[:3] for scene in told] == [(0, 4, 16), (1, 4, 36), (2, 4, 56)]
    assert told[0][3] is None
    assert (told[1][3], told[2][3]) == (first.deployed, second.deployed)
    told.clear()
    play(listen, rounds, rounds[0], GaussianNB(), knowledge="features")
    assert told == [(0, 4, None, None), (1, 4, None, None), (2, 4, None, None)]


def test_liars_who_disagree_with_the_deployed_model_teach_it_nothing():
    rounds = [line(-20, 0, 0) + line(1, 21, 1)] * 3
    outcomes = play(lie, rounds, rounds[0], Stump(), admit=admit_agreed)
    assert [outcome.rejected for outcome in outcomes] == [0, 0.2, 0.2]
    assert [outcome.rejected_poison for outcome in outcomes] == [0, 1, 1]


def test_rows_stopped_by_the_deployed_model_are_not_learnt_from():
    rounds = [line(-20, 0, 0) + line(1, 21, 1)] * 2
    outcomes = play(idle, rounds, rounds[0], Stump(), admit=admit_passed)
    assert [outcome.rejected for outcome in outcomes] == [0, 0.5]


def test_a_round_of_which_nothing_is_admitted_leaves_what_is_deployed():
    rounds, crowd = [line(0, 9, 0), line(0, 9, 1)], line(0, 5, 0) + line(5, 9, 1)
    trusting = play(idle, rounds, crowd, Majority(), admit=admit_all)
    wary = play(idle, rounds, crowd, Majority(), admit=admit_agreed)
    assert [outcome.alarmed for outcome in trusting] == [0, 1]
    assert [outcome.alarmed for outcome in wary] == [0, 0]
    assert wary[1].deployed is wary[0].deployed
    assert (wary[1].rejected, wary[1].missed) == (1, 1)


def test_what_stands_before_the_first_round_judges_it_and_is_not_changed():
    before = SGDClassifier(random_state=0).partial_fit([[-1.0], [1.0]], [0, 1], [0, 1])
    weight = before.coef_.copy()
    (outcome,) = play(lie, [blobs(40, 3)], blobs(40, 4), None, deployed=before, learn=updated, admit=admit_agreed)
    assert outcome.rejected_poison > 0.5
    assert outcome.deployed.t_ > before.t_
    assert (before.coef_ == weight).all()


def test_a_detector_is_played_the_same():
    rng = np.random.default_rng(0)
    rounds = [Batch(rng.normal(size=(200, 3)) * [3, 1, 0.5], np.zeros(200, dtype=np.int64)) for _ in range(2)]
    far = Batch(np.array([[0, 9.0, -9], [0, 0, 0]]), np.array([1, 0]))
    outcomes = play(idle, rounds, far, PCAResidual(n_components=1, false_alarm_rate=0.05), admit=admit_passed)
    assert [(outcome.missed, outcome.alarmed) for outcome in outcomes] == [(0, 0)] * 2
    assert 0 < outcomes[1].rejected < 0.15


def test_without_test_rows_of_a_label_its_share_is_not_a_number():
    (outcome,) = play(idle, [blobs(20, 0)], line(-9, 0, 0), GaussianNB())
    assert np.isnan(outcome.missed)
    assert outcome.alarmed == 0


def test_an_empty_round_is_named():
    with pytest.raises(InvalidInput, match="rounds"):
        play(idle, [blobs(20, 0), blobs(0, 0)], blobs(20, 0), GaussianNB())
