from math import ceil, comb, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import MultinomialNB

from amlsec.errors import InvalidInput
from amlsec.impact.bisection import culprits, exceeding, of_items
from amlsec.impact.contract import Labelled
from amlsec.impact.measure import margins
from amlsec.impact.units import Units


class Asked:
    """A question that remembers what it was asked and answered."""

    def __init__(self, harms) -> None:
        self.harms, self.yes, self.groups, self.calls = harms, set(), 0, 0

    def __call__(self, units: Units) -> np.ndarray:
        answers = [bool(self.harms(group)) for group in units]
        self.yes |= {tuple(group.tolist()) for group, answer in zip(units, answers, strict=True) if answer}
        self.groups, self.calls = self.groups + len(units), self.calls + 1
        return np.array(answers)


@given(data=st.data(), n=st.integers(1, 300), groups=st.integers(1, 20))
def test_exactly_the_bad_items_are_found_within_the_bound(data: st.DataObject, n: int, groups: int) -> None:
    bad = sorted(data.draw(st.sets(st.integers(0, n - 1), max_size=12)))
    groups, ask = min(groups, n), Asked(lambda group: np.isin(bad, group).any())
    found = culprits(ask, n, groups=groups)
    assert found.alone.tolist() == bad
    assert found.together == ()
    assert (found.questions, found.rounds) == (ask.groups, ask.calls)
    assert found.questions <= groups + len(bad) * (ceil(log2(ceil(n / groups))) + 2)


@given(n=st.integers(1, 200), groups=st.integers(1, 9), seed=st.integers(0, 10_000))
def test_whatever_the_question_nothing_is_named_that_was_not_seen_to_do_harm(n: int, groups: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    ask = Asked(lambda _: chance.random() < 0.3)
    found = culprits(ask, n, groups=min(groups, n))
    named = [*found.alone.tolist(), *(item for group in found.together for item in group)]
    assert len(set(named)) == len(named)
    assert {(item,) for item in found.alone.tolist()} | {tuple(group.tolist()) for group in found.together} <= ask.yes


@given(n=st.integers(8, 100), least=st.integers(2, 5))
def test_items_that_do_harm_only_together_are_named_together(n: int, least: int) -> None:
    found = culprits(Asked(lambda group: len(group) >= least and 0 in group and 1 in group), n)
    assert found.alone.tolist() == []
    assert [{0, 1} <= set(group.tolist()) for group in found.together] == [True]


def test_with_as_many_runs_as_culprits_the_questions_are_near_the_fewest_any_method_needs() -> None:
    rng, n, k = np.random.default_rng(0), 4096, 16
    counts = []
    for _ in range(50):
        bad = rng.choice(n, k, replace=False)
        counts.append(culprits(Asked(lambda group, bad=bad: np.isin(bad, group).any()), n, groups=k).questions)
    assert log2(comb(n, k)) < np.mean(counts) < 1.35 * log2(comb(n, k))
    assert max(counts) <= k * log2(n / k) + 3 * k


def test_runs_go_on_side_by_side() -> None:
    bad = np.arange(0, 1024, 64)
    found = culprits(Asked(lambda group: np.isin(bad, group).any()), 1024, groups=16)
    assert found.alone.tolist() == bad.tolist()
    assert found.rounds <= 1 + log2(64) + 2


def test_clean_items_cost_one_question_a_run() -> None:
    found = culprits(Asked(lambda _: False), 1000, groups=7)
    assert (found.questions, found.rounds, len(found.alone)) == (7, 1, 0)


def test_of_nothing_nothing_is_asked() -> None:
    found = culprits(Asked(lambda _: True), 0)
    assert (found.questions, found.alone.tolist(), found.together) == (0, [], ())


@pytest.mark.parametrize("groups", [0, 6])
def test_more_runs_than_items_or_none_are_refused(groups: int) -> None:
    with pytest.raises(InvalidInput, match="groups"):
        culprits(Asked(lambda _: True), 5, groups=groups)


# Harm against the limit of as many good rows


def of(sums: np.ndarray):
    return lambda units: np.array([sums[rows].sum() for rows in units])


@pytest.mark.parametrize("size", [1, 7, 100])
def test_good_groups_are_called_harmful_as_seldom_as_stated(size: int) -> None:
    rng = np.random.default_rng(0)
    null, harm = rng.normal(size=20_000), rng.normal(size=size * 4000)
    ask = exceeding(of(harm), null, level=0.02)
    share = ask(Units.of(list(np.arange(size * 4000).reshape(4000, size)))).mean()
    assert share == pytest.approx(0.02, abs=3 * np.sqrt(0.02 / 4000) + 0.02 * 3 / np.sqrt(10))


def test_limits_by_draws_and_by_the_normal_law_meet() -> None:
    null = np.random.default_rng(0).exponential(size=500)

    def calls(size: int, spreads: float) -> bool:
        """Whether a group this many of its spreads above its mean is called harmful."""
        harm = size * null.mean() + spreads * np.sqrt(size) * null.std()
        return bool(exceeding(lambda _: np.array([harm]), null, level=0.01)(Units.of([np.arange(size)]))[0])

    assert [(calls(size, 2.1), calls(size, 2.6)) for size in (1000, 1001)] == [(False, True)] * 2


def test_a_limit_does_not_depend_on_what_was_asked_before() -> None:
    null = np.random.default_rng(0).normal(size=50)
    harm, units = of(np.linspace(0, 3, 40)), [np.arange(9), np.arange(3), np.arange(30, 34)]
    first, second = exceeding(harm, null, level=0.1), exceeding(harm, null, level=0.1)
    assert first(Units.of(units)).tolist() == second(Units.of(units[::-1])).tolist()[::-1]


@pytest.mark.parametrize(("null", "level", "argument"), [([1.0], 0.0, "level"), ([1.0], 1.0, "level"), ([], 0.1, "null")])
def test_a_limit_without_ground_is_refused(null: list[float], level: float, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        exceeding(of(np.ones(3)), np.array(null), level=level)


@settings(max_examples=30)
@given(group=st.lists(st.integers(0, 4), min_size=5, max_size=30), seed=st.integers(0, 100))
def test_asking_about_sources_is_asking_about_their_rows(group: list[int], seed: int) -> None:
    sources, rng = Units.grouped(np.array(group)), np.random.default_rng(seed)
    asked = Units.of([rng.choice(len(sources), rng.integers(1, len(sources) + 1), replace=False) for _ in range(3)])
    seen: list[list[int]] = []

    def ask(units: Units) -> np.ndarray:
        seen.extend(sorted(rows.tolist()) for rows in units)
        return np.zeros(len(units), dtype=bool)

    of_items(ask, sources)(asked)
    names = np.unique(group)
    assert seen == [np.flatnonzero(np.isin(group, names[items])).tolist() for items in asked]


def test_flipped_rows_and_their_windows_are_found_by_the_impact_of_groups() -> None:
    rng, n = np.random.default_rng(0), 240
    word = np.array([[6, 1, 1, 1, 1, 1], [1, 6, 1, 1, 1, 1]]) / 11

    def mails(y: np.ndarray) -> np.ndarray:
        return np.array([rng.multinomial(150, word[label]) for label in y])

    y = np.arange(n) % 2
    base, quiz, good = (Labelled(mails(y), y) for _ in range(3))
    bad = np.array([17, 90, 91])
    offered = Labelled(mails(y), np.where(np.isin(np.arange(n), bad), 1 - y, y))

    def harm(rows: Labelled):
        return lambda units: -margins(MultinomialNB(), base, rows, quiz, units=units).mean(axis=1)

    ask = exceeding(harm(offered), harm(good)(Units.single(n)), level=1e-3)
    found = culprits(ask, n, groups=16)
    assert found.alone.tolist() == bad.tolist()
    assert found.questions < n / 3
    windows = Units.grouped(np.arange(n) // 10)
    assert culprits(of_items(ask, windows), len(windows), groups=12).alone.tolist() == [1, 9]
