"""An attacker who knows the defense does at least as much in rehearsal, and gets past what a blind one does not."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.evaluation.adaptive import adapted
from amlsec.evaluation.disguise import disguised
from amlsec.evaluation.systems import Screened, ScreenedModel
from amlsec.frame import poison
from amlsec.rehearsal import Rehearsal
from amlsec.scene import Scene, additions, contaminate, edits
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from amlsec.space.text import TextSpace
from amlsec.space.traffic import TrafficSpace
from grounds import card

BUDGET = PoisonBudget(0.1)


class NearItsClass:
    """Trains on offered rows within 4.5 of the trusted mean of their label."""

    def train(self, offered, trusted):
        means = np.array([trusted.labelled(label).X.mean(axis=0) for label in (BENIGN, MALICIOUS)])
        accepted = np.linalg.norm(offered.X - means[offered.y], axis=1) < 4.5
        rows = offered.rows(accepted) + trusted
        return ScreenedModel(LogisticRegression().fit(rows.X, rows.y), accepted)


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 3.0 * y[:, None], y)


def far_lies(scene, /, *, budget, rng):
    """Rows far beyond the malicious ones, labelled benign: none gets past the screen."""
    count = budget.rows(of=scene.total)
    return additions(Batch(rng.normal(12.0, 0.3, (count, 2)), np.zeros(count, dtype=np.int64)))


def flipped(scene, /, *, budget, rng):
    """His malicious rows, labelled benign, in turn."""
    lies = scene.own.labelled(MALICIOUS).rows(np.arange(budget.rows(of=scene.total)) % (len(scene.own) // 2))
    return additions(lies.relabelled(np.zeros(len(lies), dtype=np.int64)))


ATTACK = card("poisoning", far_lies, knowledge="model")
FLIPS = card("poisoning", flipped, knowledge="features")


def scene(seed=0):
    rows = blobs(400, seed)
    own = np.arange(40)
    space = infer(rows.X, ["a", "b"])
    return Scene(rows.rows(own), 400, space, rows.drop(own), LogisticRegression(), None, NearItsClass())


def passed(on, dose, test):
    train = on.own + on.known
    model = on.system.train(contaminate(train, np.arange(40), dose), blobs(100, 77))
    return float((model.labels(test) == BENIGN).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gets_past_a_screen_that_stops_the_attack_as_it_is(seed):
    on, test = scene(seed), blobs(400, 99).labelled(MALICIOUS).X
    blind = poison(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(seed))
    knowing = adapted(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(seed))
    assert not on.system.train(blind.added, blobs(100, 77)).accepted.any()
    assert on.system.train(knowing.added, blobs(100, 77)).accepted.mean() > 0.5
    assert passed(on, knowing, test) > passed(on, blind, test) + 0.02


def test_gets_past_a_calibrated_screen_on_few_rows():
    """With a seventh of so few rows for trusted ones, a rehearsed sphere stops nothing, and he would adapt to nothing."""
    gains = []
    for seed in range(4):
        rows, test = blobs(400, seed), blobs(600, 99).labelled(MALICIOUS).X
        own = np.arange(60)
        space = infer(rows.X, ["a", "b"])
        screened = Screened(named("sphere"), {"estimator": LogisticRegression(), "random_state": 0})
        on = Scene(rows.rows(own), 400, space, rows.drop(own), LogisticRegression(), None, screened)
        doses = [play(FLIPS, on, budget=PoisonBudget(0.15), rng=np.random.default_rng(seed)) for play in (poison, adapted)]
        models = [screened.train(contaminate(rows, own, dose), blobs(200, 77)) for dose in doses]
        assert not models[0].accepted[own].all()
        blind, knowing = ((model.labels(test) == BENIGN).mean() for model in models)
        gains.append(knowing - blind)
    assert min(gains) > 0


def test_more_tries_never_do_less_in_rehearsal():
    on = scene()
    worths = []
    for tries in (1, 2, 4, 7, 10):
        rng = np.random.default_rng(3)
        rehearsal = Rehearsal(on, rng.spawn(1)[0], wanted=BENIGN)
        dose = adapted(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(3), tries=tries)
        worths.append(rehearsal.of(dose).worth)
    assert worths == sorted(worths)
    assert worths[-1] > worths[0]


def test_stays_within_the_budget_and_owns_no_more_rows():
    on = scene()
    for share in (0.0, 0.01, 0.05):
        dose = adapted(ATTACK, on, budget=PoisonBudget(share), rng=np.random.default_rng(0))
        assert len(dose) <= 400 * share
        assert set(dose.added.y.tolist()) <= {BENIGN}


def marked_lies(scene, /, *, budget, rng):
    """Malicious rows with a first column of 4, labelled benign; that column is the mark."""
    count = budget.rows(of=scene.total)
    lies = Batch(mark(rng.normal(3.0, 1.0, (count, 2))), np.zeros(count, dtype=np.int64))
    return replace(additions(lies), mark=mark)


def mark(X):
    return np.column_stack([np.full(len(X), 4.0), X[:, 1]])


BACKDOOR = card("poisoning", marked_lies, specificity="targeted", knowledge="features")


def test_a_disguised_backdoor_keeps_its_mark():
    on = replace(scene(), target=blobs(2, 5).labelled(MALICIOUS))
    blind = poison(BACKDOOR, on, budget=BUDGET, rng=np.random.default_rng(0))
    knowing = adapted(BACKDOOR, on, budget=BUDGET, rng=np.random.default_rng(0))
    assert (knowing.added.X[:, 0] == 4.0).all()
    assert knowing.added.X[:, 1].mean() < blind.added.X[:, 1].mean() - 0.5, "not moved towards benign rows, about 0"
    assert knowing.mark is mark


def test_a_backdoor_is_rehearsed_on_many_rows_whatever_the_target():
    on = replace(scene(), target=blobs(2, 5).labelled(MALICIOUS), system=None)
    dose = poison(BACKDOOR, on, budget=BUDGET, rng=np.random.default_rng(0))
    one, many = (Rehearsal(on, np.random.default_rng(0), wanted=BENIGN, victims=X) for X in (on.target.X, None))
    assert one.of(dose).worth == many.of(dose).worth
    assert len(many.victims) > 20


def test_the_usual_tries_go_once_through_everything_and_begin_anew():
    seen = []

    def attack(scene, /, *, budget, rng):
        seen.append(rng.integers(10**9))
        return far_lies(scene, budget=budget, rng=rng)

    adapted(card("poisoning", attack, knowledge="model"), scene(), budget=BUDGET, rng=np.random.default_rng(0))
    assert len(set(seen)) == 2


class Tiring:
    """Accepts every other row, and with each training judges more rows benign: what is tried last seems best."""

    def __init__(self):
        self.trained = 0

    def train(self, offered, trusted):
        self.trained += 1
        return SimpleNamespace(
            accepted=np.arange(len(offered)) % 2 == 0,
            labels=lambda X: np.zeros(len(X), dtype=np.int64),
            scores=lambda X, trained=self.trained: np.full(len(X), -float(trained)),
        )


def chaff(scene, /, *, budget, rng):
    """A tenth of the usual load more in the first half of the bins."""
    rows = scene.own.rows(slice(0, len(scene.own) // 2))
    volume = np.full((len(rows), 1), budget.share * scene.space.typical[0])
    return edits(np.arange(len(rows)), replace(rows, X=scene.space.added(rows.X, volume)))


def test_copies_of_chaff_are_not_put_on_other_loads():
    """Chaff is bound to the row whose loads it is added to: a copy on another row cannot be paid for."""
    loads = np.random.default_rng(0).uniform(5, 15, (40, 2)) @ np.array([[1.0, 1.0], [0.0, 1.0]])
    space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], loads.mean(axis=0))
    week = Batch(loads, np.arange(40) % 2)
    on, rng = Scene(week, 40, space, None, None, None, Tiring()), np.random.default_rng(0)
    dose = adapted(card("poisoning", chaff), on, budget=BUDGET, rng=rng, tries=6)
    assert len(dose) == 20
    assert np.isfinite(space.cost(week.rows(dose.edited).X, dose.edits.X)).all()


def test_without_any_try_nothing_is_done():
    assert len(adapted(ATTACK, scene(), budget=BUDGET, rng=np.random.default_rng(0), tries=0)) == 0


def test_disguise_moves_numbers_and_swaps_categories_of_the_same_label():
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.CATEGORY, 0, 2, categories=("x", "y", "z"))])
    lies = Batch(np.tile([8.0, 2.0], (200, 1)), np.zeros(200, dtype=np.int64))
    honest = Batch(np.array([[4.0, 0.0], [0.0, 1.0], [8.0, 2.0]]), np.array([0, 0, 1]))
    for strength in (0.0, 0.25, 1.0):
        X = disguised(lies, honest, strength, space, np.random.default_rng(0)).X
        assert np.allclose(X[:, 0], 8 - 4 * strength)
        assert (X[:, 1] == 0).mean() == pytest.approx(strength, abs=0.1)


def test_disguised_mails_are_padded_with_words_of_their_label():
    lies = Batch(texts(["win cash"] * 3), np.ones(3, dtype=np.int64))
    honest = Batch(texts(["agenda minutes", "pills casino"]), np.array([0, 1]))
    space, rng = TextSpace(["agenda"]), np.random.default_rng(0)
    assert set(disguised(lies, honest, 1.0, space, rng).X) == {"win cash pills casino"}
    assert set(disguised(lies, honest, 0.0, space, rng).X) == {"win cash"}
    assert set(disguised(lies, honest.labelled(BENIGN), 1.0, space, rng).X) == {"win cash"}
