"""Many steps against one, at equal cost, on real rows."""

import numpy as np
import pytest

from amlsec.attacks.evasion.fgsm import fgsm
from amlsec.attacks.evasion.pgd import pgd
from gradient_cases import won


@pytest.mark.parametrize("name", ["net", "radial"])
def test_many_steps_win_no_less_than_one(name):
    shares = {attack: np.mean([won(attack, name, cost)[0] for cost in (8.0, 20.0)]) for attack in (fgsm, pgd)}
    assert shares[pgd] >= shares[fgsm]


def test_they_win_more_where_the_slope_turns():
    assert won(pgd, "radial", 20.0)[0] >= won(fgsm, "radial", 20.0)[0] + 0.1


def test_without_bounds_a_net_always_loses():
    assert won(pgd, "net", np.inf)[0] == 1
