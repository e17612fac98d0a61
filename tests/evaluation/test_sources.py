import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from amlsec.catalogue import Card, Kind
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.sources import TARGETS, Blast, blast_radius, halves, likelihoods, rank
from amlsec.evidence import Interval, change
from amlsec.register import Register, Source
from amlsec.scene import additions, edits, nothing
from amlsec.space.tabular import infer
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


def flips(scene, /, *, budget, rng):
    """Every row he has, under the other label."""
    n = min(budget.rows(of=scene.total), len(scene.own))
    return edits(np.arange(n), scene.own.rows(slice(n)).relabelled(1 - scene.own.y[:n]))


def idle(scene, /, *, budget, rng):
    """Nothing."""
    return nothing(scene.own)


def copies_of_targets(scene, /, *, budget, rng):
    """Each target again and again, under the other label."""
    n = budget.rows(of=scene.total)
    rows = scene.target.rows(np.arange(n) % len(scene.target))
    return additions(rows.relabelled(1 - rows.y))


def card(run, violation=Violation.INTEGRITY, specificity=Specificity.INDISCRIMINATE):
    threat = ThreatModel(Influence.CAUSATIVE, violation, specificity)
    return Card(run.__name__, Kind.POISONING, run, (threat,), ("none",), "AML-P99", knowledge=Knowledge.MODEL)


def gaussians(seed, n):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return Batch(rng.normal(3.0 * y - 1.5, size=n)[:, None], y)


def ground(shares, estimator=None):
    """A ground whose 400 training rows come from sources of these shares."""
    train = gaussians(0, 400)
    names = np.repeat(list(shares), [round(share * 400) for share in shares.values()]).astype(object)
    train = Batch(train.X, train.y, names)
    test = gaussians(1, 600)
    none = test.rows(slice(0))
    offers = {"estimator": estimator or LogisticRegression()}
    return Ground(train, gaussians(2, 40), none, none, test, infer(train.X, ["links"]), offers)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("violation", "label"), [(Violation.INTEGRITY, 1), (Violation.AVAILABILITY, 0)])
def test_harm_is_that_of_an_exact_refit(violation, label):
    """Flip the source's labels by hand, refit, and count the verdicts that turned."""
    field = ground({"big": 0.45, "rest": 0.55}, GaussianNB())
    found = blast_radius(field, "big", card(flips, violation), RNG)
    y = np.where(field.train.source == "big", 1 - field.train.y, field.train.y)
    X, trusted = np.concatenate([field.train.X, field.trusted.X]), field.trusted.y
    before = GaussianNB().fit(X, np.concatenate([field.train.y, trusted]))
    after = GaussianNB().fit(X, np.concatenate([y, trusted]))
    for half, counted in zip(halves(field.test.labelled(label)), (found.chosen_on, found.reported), strict=True):
        was, is_ = before.predict(half.X) != label, after.predict(half.X) != label
        assert counted == ((is_ & ~was).sum(), (was & ~is_).sum(), len(half))
    assert (found.rows, found.of, found.poisoned) == (180, 400, 180)


def test_more_share_more_harm_and_a_majority_turns_the_model():
    field = ground({"small": 0.05, "large": 0.60, "rest": 0.35})
    small, large = (blast_radius(field, name, card(flips), RNG) for name in ("small", "large"))
    assert small.reported[0] < 0.1 * small.reported[2]
    assert large.reported[0] > 0.5 * large.reported[2]


def test_an_idle_attack_does_no_harm():
    found = blast_radius(ground({"a": 0.5, "b": 0.5}), "a", card(idle), RNG)
    assert found.poisoned == 0
    assert found.reported[:2] == found.chosen_on[:2] == (0, 0)


def test_a_targeted_attack_is_measured_on_its_targets():
    attack = card(copies_of_targets, Violation.INTEGRITY, Specificity.TARGETED)
    found = blast_radius(ground({"a": 0.2, "b": 0.8}, KNeighborsClassifier(3)), "a", attack, RNG)
    assert found.chosen_on[2] == found.reported[2] == TARGETS
    assert found.reported[0] >= TARGETS - 2


def test_halves_follow_content_alone():
    rows = gaussians(3, 1000)
    one, two = halves(rows)
    again = halves(rows.rows(RNG.permutation(1000)))
    assert {*one.content()} == {*again[0].content()}
    assert not {*one.content()} & {*two.content()}
    assert abs(len(one) - len(two)) < 150


@pytest.mark.parametrize("source", ["nobody", "all"])
def test_a_source_must_have_some_rows_and_not_all(source):
    with pytest.raises(InvalidInput, match="source is"):
        blast_radius(ground({"all": 1.0}), source, card(flips), RNG)


def test_stored_as_json_and_back_ranks_the_same():
    blast = blast_radius(ground({"a": 0.5, "b": 0.5}), "a", card(flips), RNG)
    likelihood = {"a": Interval(0.1, 0.05, 0.2)}
    assert rank([Blast(**json.loads(json.dumps(asdict(blast))))], likelihood) == rank([blast], likelihood)


def test_the_choice_is_made_on_one_half_and_the_harm_read_on_the_other():
    lucky = Blast("s", "lucky", 10, 100, 10, chosen_on=(40, 0, 50), reported=(1, 0, 50))
    other = Blast("s", "other", 10, 100, 10, chosen_on=(30, 0, 50), reported=(35, 0, 50))
    (row,) = rank([other, lucky], {"s": Interval(0.5, 0.25, 0.75)})
    assert (row.attack, row.tried, row.trials, row.share) == ("lucky", 2, 50, 0.1)
    assert row.harm == change(1, 0, 50)
    assert row.risk.value == pytest.approx(0.5 * 0.02)
    assert row.risk.low == 0.25 * max(row.harm.low, 0)
    assert row.risk.high == pytest.approx(0.75 * row.harm.high)


def test_choosing_on_the_reported_half_would_flatter():
    """Twenty attacks of equal strength: the reported harm of the chosen one is right on average, the largest is not."""
    rng = np.random.default_rng(0)
    honest, flattered = [], []
    for _ in range(300):
        hits = rng.binomial(50, 0.2, size=(20, 2))
        blasts = [Blast("s", f"{k:02}", 1, 9, 1, (int(a), 0, 50), (int(b), 0, 50)) for k, (a, b) in enumerate(hits)]
        honest.append(rank(blasts, {"s": Interval(1, 1, 1)})[0].harm.value)
        flattered.append(hits[:, 1].max() / 50)
    assert np.mean(honest) == pytest.approx(0.2, abs=0.01)
    assert np.mean(flattered) > 0.28


def test_ranked_by_likelihood_times_harm():
    blasts = [Blast(name, "a", 1, 9, 1, (k, 0, 50), (k, 0, 50)) for name, k in (("x", 10), ("y", 20), ("z", 20))]
    sure = {name: Interval(p, p, p) for name, p in (("x", 0.9), ("y", 0.2), ("z", 0.2))}
    assert [row.source for row in rank(blasts, sure)] == ["x", "y", "z"]


def test_nothing_to_report_on_is_left_out_and_a_missing_likelihood_named():
    empty = Blast("s", "a", 1, 9, 1, (1, 0, 5), (0, 0, 0))
    assert rank([empty], {}) == []
    with pytest.raises(InvalidInput, match="likelihood is"):
        rank([Blast("s", "a", 1, 9, 1, (1, 0, 5), (0, 0, 5))], {})


def test_likelihoods_of_all_training_sources_weigh_register_and_rows():
    field = ground({"liar": 0.2, "known": 0.3, "rest": 0.5})
    lies = np.where(field.train.source == "liar", 1 - field.train.y, field.train.y)
    field = Ground(
        field.train.relabelled(lies),
        *(getattr(field, n) for n in ("trusted", "shadow", "outsiders", "test")),
        field.space,
        field.offers,
    )
    found = likelihoods(field, Register((Source("known", authenticated=True, verified=1.0),)))
    odds = {name: suspicion.likelihood.value for name, suspicion in found.items()}
    assert odds["liar"] > 0.5 > odds["rest"] > odds["known"]
