"""Votes under label noise: every chance by adding up all outcomes, every number of flips by trying all flips."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import binom

from amlsec.defenses.label_noise import HALF, bound, chance_above, flips_borne

noises = st.sampled_from([0.02, 0.1, 0.3, 0.45])
some_votes = st.lists(st.integers(-60, 60), min_size=1, max_size=8)


def by_all_outcomes(votes, noise: float) -> float:
    chance = 0.0
    for signs in product((1, -1), repeat=len(votes)):
        if np.dot(signs, votes) > 0:
            chance += np.prod([1 - noise if sign > 0 else noise for sign in signs])
    return float(chance)


def majority(votes, noise: float) -> bool:
    return by_all_outcomes(votes, noise) > HALF


@given(st.lists(some_votes, min_size=1, max_size=3), noises)
def test_the_chance_is_the_sum_over_all_outcomes(rows, noise):
    width = min(len(row) for row in rows)
    votes = np.array([row[:width] for row in rows])
    assert chance_above(votes, noise) == pytest.approx([by_all_outcomes(row, noise) for row in votes], abs=1e-11)


def test_votes_of_full_length_have_their_binomial_chance():
    """1,024 equal votes of 16 have length 512; half of them and one more must stay."""
    for noise in (0.1, 0.45, 0.49):
        assert chance_above(np.full((1, 1024), 16), noise)[0] == pytest.approx(binom.sf(512, 1024, 1 - noise), abs=1e-11)


@settings(max_examples=40, deadline=None)
@given(some_votes.filter(lambda votes: len(votes) <= 6), noises)
def test_no_flips_within_the_number_change_the_majority_and_some_with_one_more_do(votes, noise):
    borne = int(flips_borne(np.array([votes]), noise)[0])
    for flips in range(min(borne + 1, len(votes)) + 1):
        outcomes = {majority(flipped(votes, which), noise) for which in combinations(range(len(votes)), flips)}
        assert (outcomes == {majority(votes, noise)}) == (flips <= borne)


def flipped(votes, which):
    return [-vote if i in which else vote for i, vote in enumerate(votes)]


shares = st.floats(0.5, 1 - 1e-9)


@given(shares, noises)
def test_the_papers_radius_is_never_more(share, noise):
    radius = np.log(4 * share * (1 - share)) / (2 * (1 - 2 * noise) * np.log(noise / (1 - noise)))
    assume(share > 0.5 + 1e-6)
    assert bound(np.array([share]), noise)[0] >= np.ceil(radius - 1e-6) - 1


@settings(max_examples=25, deadline=None)
@given(st.floats(0.51, 0.999), st.sampled_from([0.1, 0.3, 0.45]), st.integers(1, 6))
def test_the_least_share_is_that_of_the_worst_event_by_a_linear_program(share, noise, flips):
    """Over all events on r noisy labels of this share before, the least share after: a majority exactly up to the bound."""
    outcomes = np.array(list(product((0, 1), repeat=flips))).sum(axis=1)
    before, after = (p**outcomes * (1 - p) ** (flips - outcomes) for p in (1 - noise, noise))
    least = linprog(after, A_eq=[before], b_eq=[share], bounds=(0, 1)).fun
    assume(abs(least - 0.5) > 1e-6)
    assert (bound(np.array([share]), noise)[0] >= flips) == (least > 0.5)


def test_no_majority_bears_nothing():
    assert bound(np.array([0.5, 0.3]), 0.1).tolist() == [0, 0]
    assert flips_borne(np.zeros((1, 4), dtype=np.int64), 0.1).tolist() == [4]
