"""The density leads on where the margin's slope ends far from all rows."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from amlsec.attacks.evasion.density_descent import density_descent
from amlsec.attacks.evasion.pgd import pgd
from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import TabularSpace
from amlsec.threat import Access
from gradient_cases import fitted, won
from oracles.play import play


def test_it_wins_every_row_where_steps_down_the_margin_lose_their_way():
    model, space, X = fitted("radial")
    rows, benign = load_breast_cancer(return_X_y=True)
    knowing = TabularSpace(space.columns, examples=rows[benign == 1][:60])
    for own in (space, knowing):
        passed = play(density_descent, model, X, own, access=Access.PARAMETERS, queries=0)[1]
        assert passed.mean() >= 0.95
    assert won(pgd, "radial", np.inf)[0] <= 0.85


def test_known_benign_rows_draw_the_result_near_them():
    model, space, X = fitted("radial")
    rows, benign = load_breast_cancer(return_X_y=True)
    known = rows[benign == 1][:60]
    knowing = TabularSpace(space.columns, examples=known)
    towards, plain = (
        play(attack, model, X, own, access=Access.PARAMETERS, queries=0, cost=40.0)[0]
        for attack, own in ((density_descent, knowing), (pgd, space))
    )

    def distance(changed):
        return np.median(np.abs((changed[:, None] - known) * space.rate).sum(axis=2).min(axis=1))

    assert distance(towards) < distance(plain)


def test_images_have_no_known_rows():
    model, _, X = fitted("net")
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        play(density_descent, model, X, ImageSpace((5, 6)), access=Access.PARAMETERS, queries=0)
