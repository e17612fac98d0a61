"""Sentences: who is accepted, quarantined and rejected, and what is kept for the next submission."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.evidence import Decision
from amlsec.gate.judging.checks import SAID, Why
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Known, joined
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.standing import Common, Own, Standing
from amlsec.online_fdr import OnlineFDR
from gate_rows import TODAY, judged, policy, sentenced

OPEN = "[caps]\nshare = 1\ngrowth = 1\n"


def test_every_reason_has_a_sentence() -> None:
    assert set(SAID) == set(Why)


def test_only_the_online_rule_rejects_and_exactly_what_it_finds() -> None:
    rng, stream, standing = np.random.default_rng(0), OnlineFDR(0.2, 5), Standing(Common(1000))
    for seed in range(23):
        p = np.where(rng.random(12) < 0.4, 0.001, rng.random(12))
        found, stream = stream.judge(p)
        said = sentenced(
            judged(np.full(12, 0.5), p=p, decision=rng.integers(0, 3, 12), seed=seed),
            standing,
            f"[rates]\nfalse_rejection = 0.2\nperiod = 5\n{OPEN}",
        )
        np.testing.assert_array_equal(said.decision == Decision.REJECT, found)
        standing = said.standing
        assert (standing.common.batches, standing.common.rejected) == (stream.batches, stream.rejected)


def test_a_shorter_period_than_the_one_begun_is_no_error() -> None:
    said = sentenced(judged([0.5]), Standing(Common(1000, batches=6)), "[rates]\nperiod = 4")
    assert said.standing.common.batches == 3


def test_each_row_by_its_own_reason() -> None:
    said = sentenced(
        judged(
            np.full(6, 0.5),
            p=[1e-9, 1.0, 0.01, 0.011, 1.0, 1.0],
            decision=[0, 2, 0, 0, 0, 1],
            known=[0, 0, 0, 0, 1, 2],
        )
    )
    assert said.why.tolist() == [Why.FOUND, Why.SCREENS, Why.WORST, Why.PASSED, Why.KNOWN, Why.OTHERWISE]
    assert said.decision.tolist() == [2, 1, 1, 0, 0, 1]
    assert said.learned == 1
    assert said.standing.own.learned == 1
    assert said.standing.common.learned == 1
    own = said.standing.own
    assert (own.judged, own.rejected, own.quarantined) == (6, 1, 3)


def test_rows_that_are_trusted_already_are_no_hypotheses() -> None:
    padded = judged(np.full(9, 0.5), p=[0.004, *[0.5] * 8], known=[0, *[1] * 8])
    assert sentenced(padded).decision.tolist()[0] == Decision.REJECT
    assert sentenced(padded).standing.common.batches == 1
    nothing = sentenced(judged(np.full(3, 0.5), known=[1, 1, 2]))
    assert nothing.standing.common.batches == 0


def test_a_protected_row_that_turns_holds_all_of_it_back() -> None:
    said = sentenced(judged(np.full(3, 0.5), p=[1e-9, 0.5, 0.5], known=[0, 0, 1], turned=(4, 7)))
    assert said.decision.tolist() == [2, 1, 1]
    (check,) = (one for one in said.checks if one.why == Why.TURNED)
    assert check.fired
    assert check.says == "protected rows that turn wrong: 2 (4, 7)"
    assert check.rows == 2


def test_checks_say_their_numbers_and_how_many_rows_they_decided_on() -> None:
    said = sentenced(judged(np.full(300, 0.5), p=np.r_[1e-9, np.full(299, 0.5)]), None, "[caps]\nfloor = 0")
    told = {check.name: check for check in said.checks}
    assert set(told) == {why.name.lower() for why in Why} - {"passed", "known"}
    assert told["found"].rows == 1
    assert told["share"].rows == 299 - 250
    assert told["growth"].rows == 50
    assert told["share"].value == pytest.approx(299 / 1299)
    assert sum(check.rows for check in said.checks) + said.learned == 300
    assert json.loads(json.dumps(said.as_json()))["why"] == {"passed": 200, "found": 1, "share": 49, "growth": 50}


def test_pieces_are_sentenced_as_one() -> None:
    one, two = judged(np.full(4, 0.9), p=np.full(4, 0.006), seed=1), judged(np.full(9, 0.4), p=np.full(9, 0.9), seed=2)
    whole = sentence(Findings.of([one, two]), Standing(Common(1000)), policy(), source="feed", key="key", day=TODAY)
    np.testing.assert_array_equal(whole.why, sentenced(joined([one, two])).why)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2), st.integers(0, 2)), max_size=30))
def test_nothing_worse_is_ever_accepted(rows) -> None:
    """What the screens hold back, what p-values speak against, and what is trusted otherwise is never learned."""
    harm, p, decision, known = ([row[k] for row in rows] for k in range(4))
    said = sentenced(judged(harm, p=p, decision=decision, known=known))
    learned = said.why == Why.PASSED
    assert not (learned & ((np.array(decision) != 0) | (np.array(p) <= 0.01) | (np.array(known) != Known.NEW))).any()
    np.testing.assert_array_equal(said.decision == Decision.ACCEPT, learned | (said.why == Why.KNOWN))
    assert said.standing.common.learned == learned.sum()
    assert Standing.from_json(json.loads(json.dumps(said.standing.as_json()))) == said.standing


@settings(max_examples=50, deadline=None)
@given(order=st.permutations(range(8)))
def test_the_order_of_rows_decides_nothing(order) -> None:
    said = judged(np.linspace(0, 1, 8), p=np.linspace(0.001, 1, 8) ** 2, decision=[0, 1, 0, 0, 2, 0, 0, 0])
    turned = replace(said, **{name: getattr(said, name)[list(order)] for name in ("content", "p", "harm", "decision")})
    text = "[caps]\nfloor = 2\ngrowth = 0.001"
    np.testing.assert_array_equal(sentenced(said, None, text).why[list(order)], sentenced(turned, None, text).why)


def test_an_empty_submission_changes_nothing_but_the_window() -> None:
    said = sentenced(judged([]))
    assert len(said.decision) == 0
    assert said.standing.common == Common(1000)
    assert replace(said.standing.own, window=-1, opening=0) == Own()
