"""Byte blending: its padding against a linear program, its substitution against all others, and PAYL."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from amlsec.attacks.evasion.byte_blending import byte_blending, distance, padding
from amlsec.errors import InvalidInput
from amlsec.oracle import Alarms
from amlsec.space.bytes import ByteSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.play import play

WORDS = np.frombuffer(
    b"the quick brown fox jumps over the lazy dog and then some more of it, again and again. " * 40, np.uint8
)


def profile(values):
    full = np.zeros(256)
    full[: len(values)] = values
    return full / full.sum()


def payloads(rng, many=6, length=60):
    return rng.multinomial(length, rng.dirichlet(np.full(256, 0.05), many)).astype(float)


@pytest.mark.parametrize("seed", range(10))
def test_the_length_of_an_exact_blend_is_the_least_there_is(seed):
    """Least total T with w <= T f, by HiGHS; whole bytes need at most one more."""
    rng = np.random.default_rng(seed)
    f = profile(rng.random(6) + 0.1)
    w = np.zeros((1, 256))
    w[0, :6] = rng.integers(0, 9, 6)
    least = linprog([1.0], A_ub=-f[:6, None], b_ub=-w[0, :6], method="highs").fun
    added = padding(w, f, np.array([np.inf]))
    assert 0 <= (w + added).sum() - least < 1
    assert np.abs((w + added) - (w + added).sum() * f).max() < 1 + 1e-9


def test_a_profile_of_whole_counts_is_met_exactly():
    f = profile([4, 2, 1, 1])
    blended = np.array([[3.0, 2, 0, 1] + [0] * 252])
    blended += padding(blended, f, np.array([99.0]))
    assert blended[0, :4].tolist() == [4, 2, 1, 1]
    assert distance(blended, f) == [0]


@pytest.mark.parametrize("most", [0, 1, 5, 17])
def test_padding_is_never_more_than_allowed_and_comes_nearer(most):
    rng = np.random.default_rng(most)
    f, w = profile(rng.random(40)), payloads(rng)
    added = padding(w, f, np.full(6, float(most)))
    assert (added.sum(axis=1) == most).all()
    assert (distance(w + added, f) <= distance(w, f) + 1e-12).all()


@pytest.mark.parametrize("seed", range(8))
def test_greedy_substitution_with_padding_needs_no_more_bytes_than_any_other_substitution(seed):
    rng = np.random.default_rng(seed)
    f, X = profile(rng.random(5) + 0.05), np.zeros((1, 256))
    X[0, 100:104] = rng.integers(1, 9, 4)
    changed, *_ = play(byte_blending, Blind(), X, ByteSpace(f, longest=10_000), access=Access.NONE, queries=0)
    least = min((X[0, 100:104] / f[list(way)]).max() for way in itertools.permutations(range(5), 4))
    assert changed.sum() == np.ceil(least - 1e-9)


class Blind:
    """A model that nobody asks."""

    def labels(self, X):
        return np.zeros(len(X), dtype=np.int64)


def test_the_budget_pays_bytes_and_the_table():
    rng = np.random.default_rng(0)
    X, space = payloads(rng), ByteSpace(profile(rng.random(50)), longest=200)
    before = distance(X, space.profile)
    last = before
    for cost in (3, 30, 80, np.inf):
        changed, _, paid, spent = play(byte_blending, Blind(), X, space, access=Access.NONE, cost=cost, queries=0)
        after = distance(changed, space.profile)
        assert (paid <= cost).all()
        assert (after <= last + 0.05).all()
        assert not spent.any()
        last = after
    assert (last < before / 2).all()
    assert (play(byte_blending, Blind(), X, space, access=Access.NONE, cost=0)[0] == X).all()


def test_without_a_decoder_bytes_are_only_added():
    rng = np.random.default_rng(0)
    X, space = payloads(rng), ByteSpace(profile(rng.random(256)), may_replace=False)
    changed, *_ = play(byte_blending, Blind(), X, space, access=Access.NONE, queries=0)
    assert (changed >= X).all()
    assert (distance(changed, space.profile) < distance(X, space.profile)).all()


def test_payl_hears_random_bytes_and_not_their_blend(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "reproductions"))
    from _payl import PAYL, counted

    normal = counted(WORDS.tobytes(), 50)
    payl = PAYL().fit(normal)
    frequencies = normal / 50
    learned = frequencies[: len(normal) // 2]
    by_hand = sum(abs(0.5 - learned[:, v].mean()) / (learned[:, v].std() + 0.001) for v in (0, 1))
    by_hand += sum(learned[:, v].mean() / (learned[:, v].std() + 0.001) for v in range(2, 256))
    assert payl.distance(np.eye(256)[[0]] + np.eye(256)[[1]]) == pytest.approx(by_hand)
    X = np.random.default_rng(0).multinomial(30, np.full(256, 1 / 256), 20).astype(float)
    model = Alarms(payl)
    assert model.labels(X).all()
    space = ByteSpace(frequencies.mean(axis=0), longest=400)
    changed, won, *_ = play(byte_blending, model, X, space, access=Access.NONE, queries=0)
    assert distance(changed, space.profile).mean() < 0.25 * distance(X, space.profile).mean()
    assert won.mean() >= 0.5


def test_another_space_is_refused():
    with pytest.raises(InvalidInput, match="must be a ByteSpace"):
        play(byte_blending, Blind(), np.zeros((1, 256)), TextSpace(["a"]), access=Access.NONE)
