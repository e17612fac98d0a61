"""The stated rates on long streams of good rows: of false rejections a period, and of good rows held back."""

from collections.abc import Iterator

import numpy as np
import pytest

from amlsec.evidence import Decision, rate
from amlsec.gate.judging.checks import Why
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.sentence import Sentence, sentence
from amlsec.gate.judging.standing import Common, Standing
from gate_rows import TODAY, policy, rows

TRUSTED, PERIOD, PANELS = 500, 7, 16
TEXT = f"hold_back = 0.05\n[rates]\nfalse_rejection = 0.2\nperiod = {PERIOD}\nquarantine = 0.02"


def cut(whole: Judged, size: int) -> Iterator[Judged]:
    """Its rows as submissions of this size; a sphere judges every row for itself."""
    for start in range(0, len(whole), size):
        yield whole.rows(np.arange(start, min(start + size, len(whole))))


def streams(size: int, submissions: int) -> Iterator[list[Sentence]]:
    for seed in range(PANELS):
        pool = rows(TRUSTED + size * submissions, seed)
        panel = Panel.fit(policy(TEXT), pool.rows(slice(0, TRUSTED)), seed=seed)
        standing, said = Standing(Common(TRUSTED)), []
        for submission in cut(panel.judge(pool.rows(slice(TRUSTED, None))), size):
            said.append(sentence(Findings.of([submission]), standing, panel.policy, source="feed", key="key", day=TODAY))
            standing = said[-1].standing
        yield said


@pytest.fixture(scope="module")
def of_ten() -> list[list[Sentence]]:
    """Sentences on submissions of ten rows, by panel."""
    return list(streams(10, 3 * PERIOD))


def periods(said: list[Sentence]) -> list[bool]:
    """Whether any row was rejected in each."""
    rejected = np.array([(one.decision == Decision.REJECT).any() for one in said])
    return [bool(any_) for any_ in rejected.reshape(-1, PERIOD).any(axis=1)]


def test_in_few_periods_is_any_good_row_rejected(of_ten) -> None:
    wrong = [found for said in of_ten for found in periods(said)]
    assert rate(sum(wrong), len(wrong), 0.99).low <= 0.2


def test_with_a_row_a_submission_the_rate_is_nearly_reached() -> None:
    """The rule's whole budget is spent then: were the p-values too small, it would show."""
    wrong = [found for said in streams(1, 9 * PERIOD) for found in periods(said)]
    found = rate(sum(wrong), len(wrong), 0.99)
    assert found.low <= 0.2
    assert found.value > 0.08


def test_few_good_rows_are_held_back_for_themselves(of_ten) -> None:
    why = np.concatenate([one.why for said in of_ten for one in said])
    found = rate(int(np.isin(why, (Why.SCREENS, Why.WORST)).sum()), len(why), 0.99)
    assert found.low <= 0.05 + 0.02  # the screen's own share and the gate's
    assert found.value > 0.02
