"""Games against classifiers whose outcome is known in advance."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.data import Batch
from amlsec.errors import AttackError
from amlsec.evaluation.curves import harm
from amlsec.evaluation.games import clean_game, evasion_game, poisoning_game
from amlsec.evaluation.membership_game import membership_game
from amlsec.evaluation.play import Play
from amlsec.evidence import rate
from amlsec.scene import additions, nothing
from amlsec.threat import Knowledge
from grounds import Majority, Stump, card, line, on_a_line


def play(ground, attack, budget, seed=0):
    return Play(ground, attack, None, budget, np.random.default_rng(seed))


def step_down(oracle, X, /, *, space, budget, rng):
    return X - budget.cost * space.columns[0].scale


def step_up(oracle, X, /, *, space, budget, rng):
    return X + budget.cost * space.columns[0].scale


def too_far(oracle, X, /, *, space, budget, rng):
    return X - 2 * budget.cost * space.columns[0].scale


def crowd(scene, /, *, budget, rng):
    """Adds malicious rows until the share is used up."""
    return additions(line(500, 500 + budget.rows(of=scene.total), 1))


def mixed(seed):
    """Rows whose label is a coin's."""
    rng = np.random.default_rng(seed)
    return Batch(rng.normal(size=(120, 1)), rng.integers(0, 2, 120))


@pytest.mark.parametrize("steps", [0, 5, 12, 20])
def test_a_step_of_known_length_lets_a_known_number_of_rows_through(steps):
    ground = on_a_line(Stump())
    budget = EvasionBudget(steps / ground.space.columns[0].scale, 0)
    outcome = evasion_game(play(ground, card("evasion", step_down), budget))
    assert (outcome.gained, outcome.trials, outcome.before) == (steps, 20, 0.0)


def test_false_alarms_are_counted_on_benign_rows():
    ground = on_a_line(Stump())
    budget = EvasionBudget(7.5 / ground.space.columns[0].scale, 0)
    outcome = evasion_game(play(ground, card("evasion", step_up, violation="availability"), budget))
    assert (outcome.gained, outcome.trials) == (8, 50)


def test_a_step_over_the_budget_is_the_attacks_error():
    ground = on_a_line(Stump())
    with pytest.raises(AttackError, match="spent"):
        evasion_game(play(ground, card("evasion", too_far), EvasionBudget(0.01, 0)))


@pytest.mark.parametrize(("share", "stopped"), [(0.0, 0), (0.1, 0), (0.3, 50)])
def test_poison_tips_a_majority_exactly_when_it_is_large_enough(share, stopped):
    """Of 120 rows trained on 50 are malicious: taking 10 of 100 benign-or-not rows tips nothing, 30 tip it."""
    ground = on_a_line(Majority())
    outcome = poisoning_game(play(ground, card("poisoning", crowd, violation="availability"), PoisonBudget(share)))
    assert (outcome.gained, outcome.lost, outcome.trials) == (stopped, 0, 50)
    assert outcome.spent["rows"] == share * 100


def test_a_targeted_attack_is_played_once_for_each_of_five_targets():
    asked = []

    def crowd_at(scene, /, *, budget, rng):
        asked.append(scene.target.X.tolist())
        return crowd(scene, budget=budget, rng=rng)

    attack = card("poisoning", crowd_at, violation="availability", specificity="targeted")
    outcome = poisoning_game(play(on_a_line(Majority()), attack, PoisonBudget(0.3)))
    assert (outcome.gained, outcome.trials, outcome.trials_before) == (5, 5, 50)
    assert len(asked) == 5
    assert all(len(target) == 1 for target in asked)
    assert harm([outcome]).low == pytest.approx(rate(5, 5).low)  # no target could be lost: the exact interval, 48 % at least


def test_a_backdoor_is_trained_once_and_measured_on_every_marked_row():
    calls = []

    def marked(scene, /, *, budget, rng):
        calls.append(scene.target)
        return replace(nothing(scene.own), mark=lambda X: -np.abs(X))

    attack = card("poisoning", marked, specificity="targeted")
    outcome = poisoning_game(play(on_a_line(Stump()), attack, PoisonBudget(0.1)))
    assert len(calls) == 1
    assert (outcome.gained, outcome.trials, outcome.before) == (0, 20, 1.0), "what the mark does alone is no gain"


def test_the_attacker_sees_what_his_knowledge_covers():
    seen = {}

    def look(scene, /, *, budget, rng):
        seen["known"], seen["learner"] = scene.known, scene.learner
        return nothing(scene.own)

    poisoning_game(play(on_a_line(Majority()), card("poisoning", look), PoisonBudget(0.1)))
    assert seen == {"known": None, "learner": None}
    poisoning_game(play(on_a_line(Majority()), card("poisoning", look, knowledge="model"), PoisonBudget(0.1)))
    assert len(seen["known"]) == 90
    assert isinstance(seen["learner"], Majority)


def test_members_of_a_memoriser_are_all_found():
    def memory(oracle, rows, /, *, shadow, budget, rng):
        """The rows that the nearest-neighbour model was trained on have a neighbour at no distance."""
        neighbours = oracle.parameters().estimator
        return -neighbours.kneighbors(rows.X, n_neighbors=1)[0][:, 0]

    attack, few = card("membership", memory, violation="privacy", access="parameters"), on_a_line(KNeighborsClassifier(1))
    enough = replace(few, outsiders=line(1000, 1120, 0) + line(2000, 2080, 1))
    outcome = membership_game(play(enough, attack, QueryBudget(1)))
    assert (outcome.gained, outcome.trials, outcome.before) == (100, 100, 0.01)
    assert {found for _, found in outcome.roc} == {1.0}
    assert outcome.spent == {"queries": 0}
    assert outcome.roc[0][0] == 0.01
    untold = membership_game(play(few, attack, QueryBudget(1)))
    assert untold.trials == 0  # 70 outsiders allow no false claim at 1 %
    assert "non-members" in untold.measured["1.0% false claims"]


class Boaster(KNeighborsClassifier):
    """Remembers its rows, and claims that no row matters."""

    privacy_ = (0.1, 0.0)


def test_a_claim_of_privacy_is_held_against_the_guesses():
    def memory(oracle, rows, /, *, shadow, budget, rng):
        return -oracle.parameters().estimator.kneighbors(rows.X, n_neighbors=1)[0][:, 0]

    attack = card("membership", memory, violation="privacy", access="parameters")
    outsiders = line(1000, 1120, 0) + line(2000, 2080, 1)
    claim = membership_game(play(replace(on_a_line(Boaster(1)), outsiders=outsiders), attack, QueryBudget(1))).claim
    assert (claim["epsilon"], claim["delta"], claim["confidence"]) == (0.1, 0.0, 0.999)
    assert claim["proved"] > 2
    plain = replace(on_a_line(KNeighborsClassifier(1)), outsiders=outsiders)
    assert membership_game(play(plain, attack, QueryBudget(1))).claim == {}


def test_the_order_of_the_rows_does_not_give_members_away():
    def by_place(oracle, rows, /, *, shadow, budget, rng):
        return -np.arange(float(len(rows)))

    parts = {"train": line(-160, -10, 0) + line(10, 160, 1), "outsiders": line(-1150, -1000, 0) + line(1000, 1150, 1)}
    ground = replace(on_a_line(Stump()), **parts)
    outcome = membership_game(play(ground, card("membership", by_place, violation="privacy"), QueryBudget(0)))
    assert outcome.trials == 300
    assert outcome.gained < 30  # it was all 300 where members came first


def test_the_same_seed_gives_the_same_outcome():
    ground = on_a_line(Majority())
    attack = card("poisoning", crowd, violation="availability")
    one, two = (poisoning_game(play(ground, attack, PoisonBudget(0.2), seed=3)) for _ in range(2))
    assert one == two


def test_a_forest_without_a_seed_gives_the_same_outcome_in_every_process():
    """A ground is opened anew by each worker, which trains its own clean model."""
    attack = card("poisoning", crowd, violation="availability")
    noisy = dict.fromkeys(("train", "test", "outsiders"), mixed(1)) | {"trusted": mixed(2)}
    grounds = [replace(on_a_line(RandomForestClassifier(5)), **noisy) for _ in range(2)]
    assert clean_game(grounds[0], None) == clean_game(grounds[1], None)
    one, two = (poisoning_game(play(ground, attack, PoisonBudget(0.2))) for ground in grounds)
    assert one == two


def test_a_clean_game_says_where_the_gradient_is_lost():
    assert clean_game(on_a_line(LogisticRegression()), None)["slope"] == []
    masked = clean_game(on_a_line(SVC(gamma=1e6)), None)["slope"]
    assert masked == ["the gradient is 0, NaN or infinite at 20 of 20 rows: it is masked there"]


def test_clean_rows():
    clean = clean_game(on_a_line(Stump()), None)
    told = {"stopped": [0, 50], "passed": [0, 20], "wrong": [[], []], "constant": False, "again": [0, 70], "slope": None}
    assert clean == told
    assert clean_game(on_a_line(Majority()), None)["constant"]


def test_who_knows_the_learner_does_not_know_its_seed():
    told = []

    def asks(oracle, rows, /, *, shadow, budget, rng):
        told.append(shadow.learner)
        return np.zeros(len(rows))

    attack = replace(card("membership", asks, violation="privacy", access="parameters"), knowledge=Knowledge.MODEL)
    ground = on_a_line(DecisionTreeClassifier(max_depth=3, random_state=7))
    membership_game(play(ground, attack, QueryBudget(1)))
    assert ground.offers["estimator"].random_state == 7
    assert told[0].random_state is None
    assert told[0].max_depth == 3
