"""DP-SGD: each row's part of a step, its noise, and the accountant against closed forms."""

import numpy as np
import pytest
from scipy.optimize import brentq

from amlsec.data import texts
from amlsec.defenses import nets
from amlsec.defenses.learners.private_net import PrivateNet
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, epsilon_of_steps, gaussian_delta, noise_of_steps
from estimator_checks import cases
from private_rows import in_the_ball


@pytest.fixture(autouse=True)
def _needs_its_libraries():
    pytest.importorskip("opacus")
    pytest.importorskip("dp_accounting")


def stepped(X, y, noise, seed=0, share=1.0, hidden=()):
    """How far one step of gradient descent with rate 1 moves each weight: what DP-SGD releases, times the rows expected."""
    torch = nets.torch()
    before = nets.untrained(X.shape[1], hidden, 0)
    after = nets.untrained(X.shape[1], hidden, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "Adam", torch.optim.SGD)
        after = nets.train_privately(after, X, y, noise=noise, share=share, steps=1, rate=1.0, seed=seed)
    ends = (np.concatenate([p.detach().numpy().ravel() for p in net.parameters()]) for net in (before, after))
    return np.subtract(*ends) * max(share * len(X), 1.0)


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_no_exchange_of_a_row_moves_a_step_by_more_than_twice_the_length_it_is_cut_to(hidden):
    rng = np.random.default_rng(0)
    moved = []
    for _ in range(20):
        X, y = 10 ** rng.uniform(-2, 3) * rng.normal(size=(6, 3)), rng.random(6) < 0.5
        other, flipped = X.copy(), y.copy()
        other[2], flipped[2] = -X[2] * rng.choice([1, 9]), ~y[2]
        moved.append(np.linalg.norm(stepped(X, y, 0.0, hidden=hidden) - stepped(other, flipped, 0.0, hidden=hidden)))
    assert 0 < max(moved) <= 2


def test_a_step_is_the_sum_of_gradients_cut_row_by_row():
    """Of a linear model by hand: (p - y) (x, 1), no longer than 1."""
    X, side = in_the_ball(1, 8)
    X, y = 3 * X, side > 0
    net = nets.untrained(3, (), 0)
    w, b = net[0].weight.detach().numpy()[0], net[0].bias.item()
    parts = (1 / (1 + np.exp(-(X @ w + b))) - y)[:, None] * np.column_stack([X, np.ones(8)])
    parts /= np.maximum(np.linalg.norm(parts, axis=1, keepdims=True), 1)
    assert np.linalg.norm(parts, axis=1).max() == pytest.approx(1)
    np.testing.assert_allclose(stepped(X, y, 0.0), parts.sum(axis=0), atol=1e-5)


def test_the_noise_of_a_step_has_the_deviation_asked_for():
    X, side = in_the_ball(2, 8, 200)
    exact = stepped(X, side > 0, 0.0)
    noise = np.concatenate([stepped(X, side > 0, 5.0, seed) - exact for seed in range(20)])
    assert noise.std() == pytest.approx(5.0, rel=0.05)
    assert abs(noise.mean()) < 0.3


def test_a_row_is_in_a_step_by_a_coin_of_its_own():
    X, side = np.eye(400), np.where(np.arange(400) % 2, 1.0, -1.0)
    there = np.array([np.abs(stepped(X, side > 0, 0.0, seed, share=0.3)[:400]) > 1e-9 for seed in range(20)])
    assert there.mean() == pytest.approx(0.3, abs=0.02)
    assert len({int(step.sum()) for step in there}) > 5


def test_a_step_without_rows_is_noise_alone():
    assert np.linalg.norm(stepped(np.ones((2, 3)), np.array([True, False]), 1.0, seed=3, share=1e-9)) > 0


@pytest.mark.parametrize(("noise", "steps"), [(4.0, 1), (8.0, 10)])
def test_without_sampling_steps_are_one_normal_mechanism(noise, steps):
    """An exchange moves each step by 2; so many steps are one of length 2 sqrt(steps)."""
    known = brentq(lambda e: gaussian_delta(e, 2 * np.sqrt(steps) / noise) - 1e-5, 0, 50)
    assert epsilon_of_steps(noise, 1e-5, 1.0, steps) == pytest.approx(known, rel=2e-3)


@pytest.mark.parametrize("privacy", [Privacy(0.5, 1e-6), Privacy(8.0, 1e-5)])
def test_the_noise_is_the_least_that_keeps_the_claim(privacy):
    noise = noise_of_steps(privacy, 0.1, 50)
    assert epsilon_of_steps(noise, privacy.delta, 0.1, 50) <= privacy.epsilon
    assert epsilon_of_steps(0.99 * noise, privacy.delta, 0.1, 50) > privacy.epsilon


def test_a_claim_that_keeps_nothing_is_found_at_once():
    """Without a floor the search accounts for ever less noise, in minutes and gigabytes."""
    assert noise_of_steps(Privacy(1e4, 1e-6), 0.1, 2) == pytest.approx(0.3, rel=2e-3)


def test_sampling_needs_less_noise():
    assert noise_of_steps(Privacy(1.0, 1e-5), 0.1, 50) < 0.4 * noise_of_steps(Privacy(1.0, 1e-5), 1.0, 50)


def test_a_curved_boundary_is_learned_privately():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (4000, 2))
    y = (np.abs(X[:, 0]) + np.abs(X[:, 1]) < 0.95).astype(int)
    model = PrivateNet(epsilon=4.0, longest=1.5, steps=200, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.85
    assert model.privacy_ == (4.0, 1e-6)
    assert model.noise_ == noise_of_steps(Privacy(4.0, 1e-6), 0.1, 200)


def test_texts_and_a_seed():
    mails = texts(["cash prize now", "lunch agenda team"] * 400)
    one, two = (PrivateNet(epsilon=4.0, random_state=1).fit(mails, np.tile([1, 0], 400)) for _ in range(2))
    assert one.predict(mails[:2]).tolist() == [1, 0]
    assert (one.decision_function(mails) == two.decision_function(mails)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon is 0.0: must be a finite number above 0"),
        ({"delta": 0.0}, r"delta is 0.0: must lie in \(0, 1\)"),
        ({"share": 0.0}, "share is 0.0"),
        ({"share": 1.1}, "share is 1.1"),
        ({"steps": 0}, "steps is 0: must be at least 1"),
        ({"rate": 0.0}, "rate is 0.0: must be a finite number above 0"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(InvalidInput, match=message):
        PrivateNet(**options).fit(*in_the_ball(0))


def test_without_opacus_the_extra_is_named(monkeypatch):
    from amlsec import privacy

    known = privacy.import_module

    def gone(name):
        if name == "opacus":
            raise ImportError(name)
        return known(name)

    monkeypatch.setattr(privacy, "import_module", gone)
    with pytest.raises(InvalidInput, match=r"opacus is None: is needed here: pip install 'amlsec\[opacus\]'"):
        PrivateNet().fit(*in_the_ball(0))


@pytest.mark.parametrize(("estimator", "check"), cases(net=PrivateNet(epsilon=50.0, steps=60, random_state=0)))
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)
