"""Steps that set their own length against fixed ones, at equal cost, on real rows; both losses of the paper are one."""

import numpy as np
import pytest
from scipy.special import expit

from amlsec.attacks.evasion.apgd import apgd
from amlsec.attacks.evasion.pgd import pgd
from amlsec.whitebox.look import inside
from amlsec.whitebox.slope import Slope
from gradient_cases import fitted, won


@pytest.mark.parametrize("name", ["net", "radial"])
def test_it_wins_no_less_than_fixed_steps(name):
    shares = {attack: np.mean([won(attack, name, cost)[0] for cost in (8.0, 20.0)]) for attack in (pgd, apgd)}
    assert shares[apgd] >= shares[pgd]


def test_more_budget_does_not_win_less():
    shares = [won(apgd, "net", cost)[0] for cost in (3.0, 6.0, 12.0, np.inf)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_cross_entropy_of_two_classes_has_the_margins_direction_and_dies_where_it_saturates():
    model, _, X = fitted("net")
    slope = inside(model, Slope)
    margin, gradient = slope.margin(X), slope.gradient(X)
    entropy = expit(margin)[:, None] * gradient
    cosine = (entropy * gradient).sum(axis=1) / np.linalg.norm(entropy, axis=1) / np.linalg.norm(gradient, axis=1)
    assert cosine == pytest.approx(np.ones(len(X)))
    sure = 400 * np.abs(margin) + 400
    assert (expit(-sure) * np.linalg.norm(gradient, axis=1) < 1e-100).all()
