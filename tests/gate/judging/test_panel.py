"""The panel: parts of the trusted rows that never overlap, p-values by hand, and what cannot be promised said."""

import numpy as np
import pytest

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.judging.hearing import beside
from amlsec.gate.judging.judged import Known
from amlsec.gate.judging.panel import MOST_ROWS, Panel
from amlsec.gate.judging.protected import right
from amlsec.gate.policy import DEFAULT, parsed_policy
from amlsec.register import Exposure, Register, Source
from gate_rows import policy, rows
from mails_and_blobs import inbox


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.fit(policy("[sentinel]\n"), rows(600, 0))


@pytest.fixture(scope="module")
def usual() -> Panel:
    """The default policy."""
    return Panel.fit(parsed_policy(DEFAULT), rows(1000, 0))


def test_no_content_serves_twice(usual) -> None:
    doubled = rows(100, 1) + rows(100, 1)
    one = Panel.fit(policy("hold_back = 0.2"), doubled)
    for fitted in (one, usual):
        base, calibration = set(fitted.base.content()), set(fitted.calibration.content())
        assert not base & calibration
        assert base | calibration == set(fitted.trusted.content())
    roni = usual.screens["roni"]
    assert not set(roni.trusted_.content()) & set(usual.calibration.content())


def heavy(n: int, seed: int) -> Batch:
    """Rows as they come in traffic: most are one of twenty that come again and again."""
    rng, usual = np.random.default_rng(seed), rows(20, 99)
    often = rng.random(n) < 0.7
    found, which = rows(n, seed), rng.integers(0, 10, n) * 2 + np.arange(n) % 2
    return Batch(np.where(often[:, None], usual.X[which] * 0.5, found.X), found.y, found.source)


def test_rows_are_compared_with_trusted_ones_as_rare_as_they_are() -> None:
    """What the trusted rows hold goes past the screens; the rest is rarer, and no worse for that."""
    p, harm = [], []
    for seed in range(8):
        panel = Panel.fit(policy("hold_back = 0.001"), heavy(1000, seed), seed=seed)
        assert len(np.unique(panel.calibration.content())) == len(panel.calibration)
        judged = panel.judge(heavy(300, 100 + seed))
        p.extend(judged.p[judged.new])
        harm.append(judged.harm[judged.new].mean())
    assert len(p) > 500
    assert np.mean(np.array(p) <= 0.1) < 0.12
    assert np.mean(harm) < 0.55


def test_where_all_trusted_rows_come_twice_none_is_found_and_it_says_so() -> None:
    twice = rows(200, 1) + rows(200, 1)
    panel = Panel.fit(policy("[rates]\nquarantine = 0.01"), twice)
    assert (len(panel.base), len(panel.calibration)) == (400, 0)
    assert "0 trusted rows of a label were kept back" in panel.notes[-1]
    offered = rows(20, 2)
    assert set(panel.judge(offered.relabelled(1 - offered.y)).p) == {1.0}
    assert right(panel.model, panel.base, panel.calibration).shape == (0,)


def test_another_seed_keeps_other_rows_back() -> None:
    one, two = (Panel.fit(policy(), rows(400, 0), seed=seed) for seed in (1, 2))
    assert set(one.calibration.content()) != set(two.calibration.content())


def test_p_values_are_those_of_the_screen_beside_the_rows_kept_back(panel) -> None:
    offered = rows(50, 5)
    heard = beside(panel.screens["sphere"], panel.calibration, offered)
    judged = panel.judge(offered)
    np.testing.assert_array_equal(judged.p, heard.p)
    np.testing.assert_array_equal(judged.harm, heard.harm)
    np.testing.assert_array_equal(judged.decision, heard.decision)
    assert judged.calibration == (120, 120)


def test_order_and_company_of_rows_do_not_matter_to_a_screen_of_rows(panel) -> None:
    offered = rows(50, 5)
    order = np.random.default_rng(0).permutation(50)
    whole = panel.judge(offered)
    np.testing.assert_array_equal(panel.judge(offered.rows(order)).p, whole.p[order])
    np.testing.assert_array_equal(panel.judge(offered.rows([3])).p, whole.p[[3]])


def test_trusted_rows_in_what_is_offered_go_past_the_screens_and_change_nothing(panel) -> None:
    offered, known = rows(30, 5), panel.calibration.rows(slice(0, 10))
    alone, padded = panel.judge(offered), panel.judge(offered + known)
    assert padded.known.tolist() == [Known.NEW] * 30 + [Known.SAME] * 10
    np.testing.assert_array_equal(padded.p[:30], alone.p)
    np.testing.assert_array_equal(padded.decision[:30], alone.decision)
    assert padded.decision[30:].tolist() == [Decision.ACCEPT] * 10
    flipped = panel.judge(known.relabelled(1 - known.y))
    assert set(flipped.known) == {Known.OTHERWISE}
    assert set(flipped.decision) == {Decision.QUARANTINE}
    assert set(flipped.p) == {1.0}


def test_wrong_labels_are_found(usual) -> None:
    offered = rows(200, 9).from_source("feed")
    bad = np.arange(200) < 20
    judged = usual.judge(offered.relabelled(np.where(bad, 1 - offered.y, offered.y)))
    assert (judged.p[bad] <= 0.01).mean() > 0.7
    assert (judged.p[~bad] <= 0.01).mean() < 0.05
    assert judged.harm[bad].mean() > 0.9
    worst = max(judged.told, key=lambda row: judged.harm[row])
    assert judged.told[worst][0].startswith("roni: ")
    assert judged.told[worst][1].startswith("provenance: ")


def test_mails_are_judged_too() -> None:
    mails = inbox(400, 0)
    panel = Panel.fit(parsed_policy(""), mails.rows(slice(0, 300)))
    offered = mails.rows(slice(300, 400))
    assert panel.judge(offered).p.mean() > 3 * panel.judge(offered.relabelled(1 - offered.y)).p.mean()


def test_the_register_of_today_counts(usual) -> None:
    offered = rows(20, 3).from_source("feed")
    bad = Register((Source("feed", Exposure.ANYONE, judged=100, bad=60),))
    assert set(usual.judge(offered, register=bad).decision) == {Decision.REJECT}
    assert usual.judge(offered).decision.sum() <= 2


def test_no_cell_stops_it(usual) -> None:
    offered = rows(20, 3).from_source("feed")
    offered.X[0, 0], offered.X[1, 1] = 1e308, -1e308
    judged = usual.judge(offered)
    assert np.isfinite(judged.p).all()
    assert judged.decision[[0, 1]].all()


def test_empty_and_lone_rows_are_judged(usual) -> None:
    assert len(usual.judge(rows(0, 0))) == 0
    assert len(usual.judge(rows(1, 77).from_source("feed"))) == 1


def test_what_cannot_be_promised_is_said() -> None:
    (note, *more) = Panel.fit(policy(), rows(60, 0)).notes
    assert "too few to find the worst" in note
    assert "12 trusted rows of a label were kept back" in more[0]
    assert Panel.fit(policy(), rows(600, 0)).notes == ()
    mute = parsed_policy('rule = "provenance"')
    assert Panel.fit(mute, rows(100, 0)).notes[-1].startswith("no screen of the policy convicts")


def test_default_has_no_doubts_with_1000_trusted_rows(usual) -> None:
    assert usual.notes == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [("hold_back = 2", "hold_back is 2.0: must lie in"), ("hold_back = -0.5", "hold_back is -0.5: must lie in")],
)
def test_a_parameter_out_of_range_is_the_screens_error(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Panel.fit(policy(text), rows(100, 0))


def test_too_few_rows_and_too_many_are_errors(panel) -> None:
    with pytest.raises(InvalidInput, match="9 distinct rows of label 1': must hold at least 10"):
        Panel.fit(policy(), rows(100, 0).rows(slice(0, 19)))
    many = Batch(np.zeros((MOST_ROWS + 1, 4)), np.zeros(MOST_ROWS + 1, dtype=np.int64))
    with pytest.raises(InvalidInput, match="rows is 10001: must be at most 10000 of a piece"):
        panel.judge(many)
    with pytest.raises(InvalidInput, match="must be rows as the trusted ones"):
        panel.judge(Batch(texts(["a"]), np.array([0])))
    with pytest.raises(InvalidInput, match="must be rows as the trusted ones"):
        panel.judge(Batch(np.zeros((1, 5)), np.array([0])))
