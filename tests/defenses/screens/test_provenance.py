import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch, texts
from amlsec.datasets import phishing, sms
from amlsec.defenses.screens.provenance import Provenance
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.register import Exposure, Register, Source

DESK = Source("desk", Exposure.STAFF, authenticated=True, verified=1.0)


def rows(seed, n, source=None, liars=0.0):
    """Two Gaussians four apart; a share of labels is flipped."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.normal(4.0 * y - 2)[:, None]
    batch = Batch(X, np.where(rng.random(n) < liars, 1 - y, y))
    return batch if source is None else batch.from_source(source)


def screen(**settings):
    return Provenance(estimator=LogisticRegression(), **settings).fit(rows(0, 300))


def test_the_lying_source_is_held_back_and_no_other():
    offered = rows(1, 200, "a") + rows(2, 200, "b") + rows(3, 60, "liar", liars=0.5) + rows(4, 200, "desk")
    verdicts = screen(register=Register((DESK,))).judge(offered)
    assert set(offered.source[~verdicts.accepted]) == {"liar"}
    assert (verdicts.score[offered.source == "liar"] > 0.5).all()
    assert verdicts.reason[offered.source.tolist().index("liar")].startswith("source 'liar' is compromised with likelihood")


def test_the_same_rows_weigh_less_against_a_better_source():
    judge = screen(register=Register((DESK,)))
    shady = judge.judge(rows(3, 60, "web", liars=0.15)).score[0]
    assert judge.judge(rows(3, 60, "desk", liars=0.15)).score[0] < shady


def test_a_source_of_one_label_that_the_model_often_misses_is_not_blamed():
    """Half of the malicious rows look benign, to everybody: a honeypot that only has such rows is no liar."""
    rng = np.random.default_rng(0)

    def mixed(n, share):
        y = (rng.random(n) < share).astype(np.int64)
        return Batch((y * rng.integers(0, 2, n) * 4.0 + rng.normal(0, 0.5, n))[:, None], y)

    judge = Provenance(estimator=LogisticRegression()).fit(mixed(600, 0.2))
    assert judge.judge(mixed(100, 1.0).from_source("honeypot")).accepted.all()


def test_order_does_not_matter():
    offered = rows(1, 100, "a") + rows(3, 60, "liar", liars=0.5)
    order = np.random.default_rng(0).permutation(len(offered))
    one, two = screen().judge(offered), screen().judge(offered.rows(order))
    assert (one.decision[order] == two.decision).all()
    assert (one.score[order] == two.score).all()
    assert [one.reason[k] for k in order] == two.reason


def test_rows_without_a_source_are_judged_as_of_an_unknown_one():
    named = screen().judge(rows(1, 100, "nobody"))
    unnamed = screen().judge(rows(1, 100))
    assert (named.score == unnamed.score).all()
    assert unnamed.accepted.all()
    assert unnamed.reason[0].startswith("a row without a source is compromised with likelihood")


def test_decisions_follow_the_limit_and_the_lower_end():
    offered = rows(3, 60, "liar", liars=0.5)
    judge = screen()
    likelihood = Register().likelihood("liar")
    assert likelihood.low < 0.2 < likelihood.value
    found = judge.judge(offered)
    assert (found.decision == Decision.REJECT).all()
    bare = Provenance(limit=0.2, register=Register()).fit(rows(0, 100).labelled(1))
    assert (bare.judge(offered).decision == Decision.QUARANTINE).all()
    assert (with_limit(bare, 0.5).judge(offered).decision == Decision.ACCEPT).all()
    assert "too few to compare" in bare.judge(offered).reason[0]


def with_limit(judge, limit):
    return clone(judge).set_params(limit=limit).fit(rows(0, 100).labelled(1))


def test_no_rows_no_verdicts():
    assert len(screen().judge(rows(1, 5, "a").rows(slice(0, 0)))) == 0


def test_works_out_of_the_box_on_texts():
    good = texts([f"agenda for meeting {i}" for i in range(20)])
    bad = texts([f"cheap pills offer {i}" for i in range(20)])
    trusted = Batch(np.concatenate([good, bad]), np.repeat([0, 1], 20))
    honest, liar = trusted.from_source("honest"), trusted.relabelled(1 - trusted.y).from_source("liar")
    verdicts = Provenance().fit(trusted).judge(honest + liar)
    assert verdicts.accepted.tolist() == [True] * 40 + [False] * 40


@pytest.mark.parametrize("module", [sms, phishing])
def test_demo_holds_back_the_hostile_source_and_no_other(module):
    demo = module.load()
    clean = demo.batch.rows(demo.batch.source == "analysts")
    offered = demo.batch.rows(demo.batch.source != "analysts")
    verdicts = Provenance(register=demo.register).fit(clean).judge(offered)
    assert set(offered.source[~verdicts.accepted]) == {module.HOSTILE}
    unregistered = Provenance().fit(clean).judge(offered)
    assert set(offered.source[~unregistered.accepted]) == {module.HOSTILE}


def test_register_is_not_changed():
    register = Register((DESK,))
    screen(register=register).judge(rows(1, 50, "desk", liars=0.5))
    assert register["desk"].judged == 0


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 1.0}, {"worth": 0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput):
        screen(**wrong)
