"""Poison that leaks, against learners that give away exactly as much as a test says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as students
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card, Kind, named
from amlsec.data import Batch
from amlsec.errors import AttackError
from amlsec.evaluation.curves import harm
from amlsec.evaluation.kinds import game_of
from amlsec.evaluation.leakage_game import difference, leakage_game
from amlsec.evaluation.play import Play
from amlsec.evidence import Interval, Verdicts
from amlsec.scene import additions, nothing
from amlsec.threat import Knowledge
from grounds import card, line, on_a_line

N = 400


class Quarrel(ClassifierMixin, BaseEstimator):
    """Says of a row what its equals among the training rows say, in sum, if they disagree or are many; else nothing."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.said_ = {}
        for value, label in zip(X[:, 0].tolist(), y.tolist(), strict=True):
            self.said_.setdefault(value, []).append(2.0 * label - 1)
        return self

    def decision_function(self, X):
        return np.array([sum(votes) if len(votes := self.said_.get(value, [])) > 1 else 0.0 for value in X[:, 0].tolist()])

    def predict(self, X):
        return (self.decision_function(X) > 0).astype(int)


def ground(estimator=None):
    """400 distinct training rows, and enough others for shadow models."""
    parts = {"train": line(-700, -500, 0) + line(500, 700, 1), "shadow": line(-310, -300, 0) + line(300, 310, 1)}
    return replace(on_a_line(estimator or Quarrel()), **parts)


def copies(scene, /, *, budget, rng, each=3):
    """The paper's attack as plainly as it goes: so many exact copies of each target, with the other label."""
    some = scene.target.rows(np.repeat(np.arange(len(scene.target)), each)[: budget.rows(of=scene.total)])
    return additions(some.relabelled(1 - some.y))


def idle(scene, /, *, budget, rng):
    return nothing(scene.own)


def leak(run, specificity="targeted") -> Card:
    return card("poisoning", run, violation="privacy", specificity=specificity, access="scores", knowledge="model")


def outcome(attack, share=0.1, seed=0, on=None, defense=None, **told):
    return leakage_game(Play(on or ground(), attack, defense, PoisonBudget(share), np.random.default_rng(seed), **told))


class Screen:
    """Rejects rows by a rule of all that is offered."""

    def fit(self, trusted: Batch):
        return self

    def judge(self, offered: Batch):
        bad = self.bad(offered)
        return Verdicts(np.where(bad, 2, 0).astype(np.int8), bad.astype(float), 0.5, [""] * len(offered))


class Liars(Screen):
    """Knows every right label."""

    def bad(self, offered):
        return (offered.X[:, 0] > 0) != (offered.y == 1)


class NoQuarrel(Screen):
    """Accepts no row that stands under both labels."""

    def bad(self, offered):
        return np.array([set(offered.y[offered.X[:, 0] == value]) == {0, 1} for value in offered.X[:, 0]])


def screen(run) -> Card:
    return Card(run.__name__.lower(), Kind.SCREEN, run, (), ("x",))


def test_who_makes_a_model_quarrel_about_every_target_finds_all_members_and_found_none_before():
    found = outcome(leak(copies))
    assert (found.gained, found.lost, found.before) == (found.trials, 0, 0.0)
    assert found.trials > 200
    assert found.spent == {"rows": 30.0, "queries": 1.0}
    assert found.paired
    assert found.interval[0] > 0.9
    assert harm([found]).value == 1.0
    assert found.measured["clean verdicts right, with it"] == found.measured["clean verdicts right, without the poison"]
    assert found.roc[-1] == (1.0, 1.0)


def test_who_plants_nothing_gains_nothing():
    for specificity in ("targeted", "indiscriminate"):
        found = outcome(leak(idle, specificity))
        assert (found.gained, found.lost) == (0, 0)
        assert found.interval[0] <= 0 <= found.interval[1]


@pytest.mark.parametrize("knows", [False, True])
def test_where_no_copy_is_accepted_nothing_is_gained(knows):
    found = outcome(leak(copies), defense=screen(Liars), knows_defense=knows)
    assert found.gained == 0
    assert found.stopped == {"poison": (30, 30), "innocent": (0, 393 - 30)}


def test_a_screen_that_takes_out_what_stands_under_both_labels_tells_who_was_in():
    """Copies of a row that is not there stand under one label: they are taken out exactly where their target is in."""
    found = outcome(leak(copies), defense=screen(NoQuarrel))
    assert found.gained == found.trials
    assert found.stopped == {"poison": (9, 30), "innocent": (3, 393 - 30)}


def test_he_is_told_the_targets_and_no_row_of_others():
    seen = {}

    def look(scene, /, *, budget, rng):
        seen.update(known=scene.known, learner=scene.learner, targets=scene.target, own=scene.own, total=scene.total)
        return nothing(scene.own)

    found = outcome(leak(look))
    assert seen["known"] is None
    assert isinstance(seen["learner"], Quarrel)
    assert len(set(seen["targets"].content())) == len(seen["targets"]) == 10
    assert not set(seen["own"].content()) & set(seen["targets"].content())
    assert len(seen["own"]) == PoisonBudget(0.1).rows(of=seen["total"]) == 39  # of ten targets seven are left out
    assert found.trials == 3 * 70  # and three are in, each time
    outcome(leak(look, "indiscriminate"))
    assert seen["targets"] is None


def test_he_knows_no_learner_where_his_card_says_so():
    def look(scene, /, *, budget, rng):
        assert scene.learner is None
        return nothing(scene.own)

    outcome(replace(leak(look), knowledge=Knowledge.NONE))


def test_more_than_his_share_is_the_attacks_error():
    def greedy(scene, /, *, budget, rng):
        return additions(line(900, 901 + budget.rows(of=scene.total), 1))

    with pytest.raises(AttackError, match="took"):
        outcome(leak(greedy))


@pytest.mark.parametrize(("share", "played"), [(0.0, False), (0.0125, False), (0.015, True)])
def test_with_fewer_than_six_targets_nothing_is_trained(share, played):
    assert bool(outcome(leak(copies), share, on=ground() if played else ground(Never())).trials) == played


class Never(Quarrel):
    """Is not to be trained."""

    def fit(self, X, y):
        raise AssertionError("trained for nothing")


def test_rows_that_stand_twice_are_no_targets():
    def look(scene, /, *, budget, rng):
        assert not set(scene.target.content()) & set(line(500, 700, 1).content())
        return nothing(scene.own)

    twice = replace(ground(), train=line(-700, -500, 0) + line(500, 700, 1) + line(500, 700, 1))
    assert outcome(leak(look), on=twice).trials


def test_where_all_rows_stand_twice_nobody_can_be_left_out():
    once = line(-700, -600, 0) + line(600, 700, 1)
    for specificity in ("targeted", "indiscriminate"):
        assert outcome(leak(copies, specificity), on=replace(ground(Never()), train=once + once)).trials == 0


def test_the_same_seed_gives_the_same_outcome():
    assert outcome(leak(copies), 0.03, seed=3) == outcome(leak(copies), 0.03, seed=3)


def test_the_interval_is_no_narrower_than_what_differs_between_targets():
    """Copies of half of the targets: half of them are found each time, the others never."""

    def of_half(scene, /, *, budget, rng):
        some = scene.target.rows(np.repeat(np.arange(0, len(scene.target), 2), 3))
        return additions(some.relabelled(1 - some.y))

    found = outcome(leak(of_half))
    arm = students.ppf(0.975, 9) * np.std([0, 1] * 5, ddof=1) / np.sqrt(10)
    assert found.gained / found.trials == pytest.approx(0.5, abs=0.1)
    assert found.interval[0] < 0.5 - arm + 0.1
    assert found.interval[1] > 0.5 + arm - 0.1


def test_the_difference_is_newcombes():
    """Newcombe 1998, table II, row (a): 56 of 70 less 48 of 80 is 0.2000, by method 10 0.0524 to 0.3339."""

    def wilson(successes, n, z=1.959964):
        centre, arm = 2 * successes + z**2, z * np.sqrt(z**2 + 4 * successes * (1 - successes / n))
        return Interval(successes / n, (centre - arm) / (2 * (n + z**2)), (centre + arm) / (2 * (n + z**2)))

    found = difference(wilson(56, 70), wilson(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_attacks_of_the_catalogue_are_played_by_it():
    for name in ("truth-serum", "blanket-mislabelling"):
        assert game_of(named(name)) is leakage_game
        assert outcome(named(name), 0.3).trials > 200
