"""The sentinel: its bet is fair for honest sources, whatever the order within submissions, and finds slow frogs."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from amlsec.evidence import rate
from amlsec.gate.judging.hearing import less_harmful
from amlsec.gate.judging.sentence import reasons
from amlsec.gate.judging.sentinel import BETS, TAIL, Watch, limit, most_in_tail, most_of_honest
from amlsec.gate.judging.standing import Common, Own, Standing, rotated
from amlsec.gate.judging.tally import Counts, OfLabel, Sum, Tally, tally
from amlsec.gate.policy import Sentinel
from gate_rows import judged, sentenced

USUAL = Sentinel()


def tallied(harm, **told) -> Tally:
    """Of a submission of rows so harmful."""
    return tally([judged(harm, **told)])


def benign(harm, calibration) -> Tally:
    """The same of benign rows alone, in a tenth of the time; all p-values are 1."""
    rows, none = len(harm), Counts(np.zeros(0), np.zeros(0, dtype=np.int64))
    p, own = Counts(np.ones(1), np.array([rows])), Sum(rows, math.fsum(harm))
    labels = OfLabel(p, own, own, calibration[0]), OfLabel(none, Sum(0, 0.0), Sum(0, 0.0), calibration[1])
    return Tally(rows, 0, 0, p, labels)


def watched(stream, sentinel: Sentinel = USUAL, calibration=(500, 500)) -> tuple[Watch, int]:
    """After the stream of submissions' harms, and how many came before the source was suspended."""
    watch, before = Watch(), 0
    for harm in stream:
        watch = watch.seen(benign(harm, calibration), sentinel)
        before += not watch.suspended
    return watch, before


def test_the_quick_tally_is_the_tally() -> None:
    harm = np.random.default_rng(0).random(9)
    np.testing.assert_equal(asdict(benign(harm, (500, 400))), asdict(tallied(harm, calibration=(500, 400))))


def test_capital_is_the_product_of_bets_begun_at_each_submission_written_plainly() -> None:
    rng = np.random.default_rng(0)
    watch, usual, tail = Watch(), most_of_honest(500, USUAL), most_in_tail(500, USUAL)
    means: list[list[float]] = []
    for seed in range(7):
        y, harm = rng.integers(0, 2, 5), rng.random(5)
        means.append([harm[y == label].mean() if (y == label).any() else usual for label in (0, 1)])
        watch = watch.seen(tallied(harm, y=y, seed=seed), USUAL)
        of_tail = [0.0 if (y == label).any() else tail for label in (0, 1)]  # all p-values are 1
        means[-1] += of_tail

    def capital(measure: int, bet: float, most: float) -> float:
        each = [1 + bet / most * (found[measure] - most) for found in means]
        return sum(np.prod(each[s:]) / ((s + 1) * (s + 2)) for s in range(7)) + 1 / 8

    plain = [capital(measure, bet, most) for measure, most in enumerate((usual, usual, tail, tail)) for bet in BETS]
    np.testing.assert_allclose(np.exp(watch.capital), plain)


def test_who_was_harmless_for_years_is_found_nearly_as_soon() -> None:
    delays = []
    for before in (0, 500):
        watch, delay = Watch(), 0
        for _ in range(before):
            watch = watch.seen(tallied(np.full(10, 0.5)), USUAL)
        while not watch.suspended:
            watch, delay = watch.seen(tallied(np.full(10, 0.95)), USUAL), delay + 1
        delays.append(delay)
    assert delays[1] <= delays[0] + 2 * math.log(500) / math.log1p(0.99 * (0.95 / most_of_honest(500, USUAL) - 1)) + 1


def test_the_limit_and_what_is_usual_are_the_bounds_of_the_docstring() -> None:
    assert math.exp(limit(0.02)) == pytest.approx(100)
    assert most_of_honest(600, Sentinel(0.04, 0.1)) == pytest.approx(0.6 + math.sqrt(math.log(400) / 3600))
    assert most_of_honest(600, Sentinel(0.04, 0.1), panels=3) == pytest.approx(0.6 + math.sqrt(math.log(2400) / 3600))
    assert most_of_honest(0, USUAL) == 1
    assert most_of_honest(3, USUAL) == 1


def test_a_mean_of_uniform_values_exceeds_its_bound_as_seldom_as_is_said() -> None:
    rng = np.random.default_rng(0)
    means = rng.random((20_000, 30)).mean(axis=1)
    bound = 0.5 + math.sqrt(math.log(1 / 0.1) / (6 * 30))
    assert 0 < (means > bound).mean() <= 0.1


@pytest.mark.parametrize("screens", [1, 2])
def test_more_than_the_bound_of_good_rows_is_in_the_tail_as_seldom_as_is_said(screens: int) -> None:
    rng, sentinel, n = np.random.default_rng(0), Sentinel(level=0.4, tolerance=0.0), 60
    null = np.sort(rng.random((4000, screens, n)), axis=2)
    worse = int(TAIL / screens * (n + 1))  # p <= s where fewer than so many null values are as high
    mass = (1 - null[:, :, n - worse]).sum(axis=1)
    over = int((mass > most_in_tail(n, sentinel, screens)).sum())
    assert over > 0
    assert rate(over, 4000, 0.999).low <= 0.4 / 16


def test_a_few_bad_rows_among_many_good_ones_are_found() -> None:
    rng, watch, before = np.random.default_rng(0), Watch(), 0
    while not watch.suspended and before < 40:
        p = np.where(rng.random(20) < 0.3, 0.02, rng.random(20))
        watch, before = watch.seen(tallied(1 - p, p=p), USUAL), before + 1
    assert before < 30


def test_no_bet_can_lose_all() -> None:
    watch, _ = watched([np.zeros(3)] * 400)
    assert np.isfinite(watch.capital).all()
    worst, _ = watched([np.ones(3)] * 5)
    assert worst.strength > 0


@pytest.mark.parametrize("rows", [1, 20])
def test_a_source_at_the_very_edge_of_honest_is_seldom_ever_suspended(rows: int) -> None:
    """Long streams whose mean harm is all that the bound allows; the worst spread there is, all or nothing."""
    rng, level, caught, trials = np.random.default_rng(rows), 0.2, 0, 100
    usual = most_of_honest(500, Sentinel(level=level))
    for _ in range(trials):
        stream = (rng.random((400, 1)) < usual).astype(float) * np.ones((1, rows))  # all rows of a submission are copies
        caught += watched(stream, Sentinel(level=level))[0].suspended
    assert rate(caught, trials, 0.99).low <= level / 2


def test_honest_rows_are_not_suspended_over_the_draw_of_calibration_rows_and_years() -> None:
    """Rows of a source that sends what trusted rows are like, and 5 % of the worst there is; few calibration rows."""
    rng, caught, trials = np.random.default_rng(1), 0, 100
    for _ in range(trials):
        null = rng.normal(size=40)
        scores = np.where(rng.random((200, 8)) < 0.05, 9.0, rng.normal(size=(200, 8)))
        zeros = np.zeros(40, dtype=np.int64)
        stream = [less_harmful(null, zeros, one, zeros[:8]) for one in scores]
        caught += watched(stream, Sentinel(level=0.2), (40, 40))[0].suspended
    assert rate(caught, trials, 0.99).low <= 0.2


@pytest.mark.parametrize(("shift", "most"), [(0.3, 32), (0.2, 60), (0.12, 300)])
def test_a_slow_frog_is_found_the_sooner_the_stronger(shift: float, most: int) -> None:
    """Submissions of 20 rows, each row a little more harmful than trusted ones: no batch is odd, all together are."""
    rng = np.random.default_rng(0)
    delays = [watched(rng.random((400, 20)) * (1 - 2 * shift) + 2 * shift)[1] for _ in range(9)]
    assert most / 2 < np.median(delays) <= most


def test_a_difference_within_the_tolerance_is_not_found() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert not watched(rng.random((400, 20)) * 0.9 + 0.1)[0].suspended  # mean 0.55


def test_rows_that_are_trusted_already_say_nothing() -> None:
    known = judged(np.zeros(9), known=np.ones(9))
    assert Watch().seen(tally([known]), USUAL) == Watch()
    bad, padded = judged(np.ones(3)), judged(np.r_[np.ones(3), np.zeros(9)], known=np.r_[np.zeros(3), np.ones(9)])
    assert Watch().seen(tally([bad]), USUAL) == Watch().seen(tally([padded]), USUAL)


def test_a_suspended_source_is_quarantined_until_a_person_clears_it() -> None:
    standing = Standing(Common(1000), Own(watch=Watch(suspended=True)))
    said = sentenced(judged(np.full(5, 0.5)), standing)
    assert said.decision.tolist() == [1] * 5
    assert "suspended" in reasons(said.why)[0]
    assert said.standing.own.watch.suspended
    assert rotated(said.standing, 2000).own.watch.suspended
    assert sentenced(judged(np.full(5, 0.5)), said.standing.cleared()).decision.tolist() == [0] * 5


def test_the_watch_is_json() -> None:
    watch, _ = watched([np.full(3, 0.7)] * 4)
    assert Watch.from_json(json.loads(json.dumps(asdict(watch)))) == watch


def test_other_bets_of_another_version_begin_anew() -> None:
    kept = {"capital": [1.0, 2.0], "submissions": 5, "suspended": True}
    assert Watch.from_json(kept) == Watch(suspended=True)


def test_the_chance_is_shared_out_to_all_draws_of_calibration_rows_to_come() -> None:
    spent = [math.exp(-6 * 600 * (most_of_honest(600, Sentinel(0.04, 0.1), panels=k) - 0.6) ** 2) for k in range(1, 2000)]
    assert sum(spent) == pytest.approx(0.04 / 8, rel=1e-3)
    assert sum(spent) < 0.04 / 8


def test_what_spoke_against_a_source_still_does_under_other_trusted_rows() -> None:
    watch, _ = watched([np.full(3, 0.6)] * 4)
    after = rotated(Standing(Common(1000), Own(learned=7, watch=watch)), 2000)
    assert after == Standing(Common(2000), Own(learned=7, watch=replace(watch, panels=2)))


def test_a_frog_is_found_though_the_trusted_rows_change_every_month() -> None:
    watch, delay = Watch(), 0
    while not watch.suspended:
        delay += 1
        watch = watch.seen(tallied(np.full(20, 0.9)), USUAL)
        watch = watch.elsewhere() if delay % 4 == 0 else watch
    assert delay < 60


def test_an_honest_source_is_hardly_ever_suspended_though_the_trusted_rows_change() -> None:
    """Calibration rows are drawn anew every fourth submission, so few that the draw matters."""
    rng, sentinel, suspended = np.random.default_rng(0), Sentinel(level=0.2, tolerance=0.0), 0
    for _ in range(100):
        watch = Watch()
        for null in np.sort(rng.random((15, 20))):
            for _ in range(4):
                harm = np.searchsorted(null, rng.random(10)) / 20
                watch = watch.seen(tallied(harm, calibration=(20, 20)), sentinel)
            watch = watch.elsewhere()
        suspended += watch.suspended
    assert rate(suspended, 100, 0.99).low <= 0.2
