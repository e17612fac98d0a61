"""The knock-out matrix: which games it asks for, and what it reads from them."""

from dataclasses import asdict

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.knock_out import is_single_point, jobs, knocked_out
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results
from amlsec.evaluation.systems import system
from amlsec.evidence import rate
from amlsec.frame import evade
from amlsec.layered.stack import stacked
from amlsec.space.tabular import infer

STACK = stacked("training-loss & bagged-ensemble & abstain")
WORDS, FLIPS = named("good-words-by-query"), named("adversarial-flips")


def results(**wins):
    """Results in which good words won so many of 100 rows from each of these systems, named with underscores for " & "."""
    found = Results()
    for name, won in wins.items():
        defense = "" if name == "none" else name.replace("__", " & ").replace("_", "-")
        found.add(Job(WORDS.name, defense), {"outcome": asdict(Outcome(won, 0, 100, 0.0, 100))})
    return found


def test_every_attack_meets_all_layers_and_all_but_one_and_a_poisoner_knows_them():
    asked = jobs(STACK, [WORDS, FLIPS])
    assert asked[0] == Job(defense=STACK.name)
    assert {job.defense for job in asked if job.attack == WORDS.name} == {
        "training-loss & bagged-ensemble & abstain",
        "bagged-ensemble & abstain",
        "training-loss & abstain",
        "training-loss & bagged-ensemble",
    }
    assert {job.adaptive for job in asked if job.attack == FLIPS.name} == {True}
    assert {job.adaptive for job in asked if job.attack == WORDS.name} == {False}


def test_of_two_layers_one_is_left_by_its_own_name():
    assert {job.defense for job in jobs(stacked("roni & abstain"), [WORDS])} == {"roni & abstain", "roni", "abstain"}


def test_the_layer_that_bears_it_alone_is_a_single_point_of_failure():
    found = results(
        none=90,
        training_loss__bagged_ensemble__abstain=3,
        bagged_ensemble__abstain=4,
        training_loss__abstain=5,
        training_loss__bagged_ensemble=85,
    )
    row = knocked_out(STACK, [WORDS], found).rows[0]
    assert [share.value for share in (row.standing, *row.without, row.alone)] == [0.03, 0.04, 0.05, 0.85, 0.90]
    assert row.single == ("abstain",)


def test_games_not_played_are_none_and_name_no_culprit():
    row = knocked_out(STACK, [WORDS], results(none=90, training_loss__bagged_ensemble=85)).rows[0]
    assert row.standing is None
    assert row.without[:2] == (None, None)
    assert row.single == ()


@pytest.mark.parametrize(
    ("standing", "without", "alone", "single"),
    [
        (0, 100, 100, True),
        (100, 100, 100, False),
        (0, 8, 10, False),
        (0, 30, 100, False),
        (40, 50, 60, False),
        (0, 0, 0, False),
    ],
)
def test_a_single_point_of_failure_is_beyond_chance_of_weight_and_most_of_the_attack(standing, without, alone, single):
    assert is_single_point(*(rate(won, 100) for won in (standing, without, alone))) == single


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 3.0 * y[:, None], y)


def test_who_gets_past_the_layers_got_past_every_one_of_them():
    trusted, offered, test = blobs(100, 0), blobs(200, 1), blobs(60, 2)
    stack = stacked("training-loss & abstain & dynamic-threshold")
    model = system(stack, {"estimator": GaussianNB(), "random_state": 0}).train(offered, trusted)
    X = test.X[(test.y == 1) & (model.labels(test.X) == 1)]
    space, rng = infer(offered.X, ["a", "b"]), np.random.default_rng(0)
    found = evade(named("score-search"), model, X, space=space, budget=EvasionBudget(9.0, 200), rng=rng)
    won = found.X[found.verdicts == 0]
    assert len(won) == len(X)
    said = model.estimator.decided(won).said
    assert set(said) == {"model", "abstain", "dynamic-threshold"}
    assert all((decision == 0).all() for decision in said.values())
