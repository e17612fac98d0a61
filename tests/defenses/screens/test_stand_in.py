import numpy as np

from amlsec.defenses.screens.stand_in import binned, stand_in
from mails_and_blobs import blobs, inbox


def test_a_cell_falls_in_the_decile_of_the_base_it_is_in() -> None:
    base = np.arange(100.0)[:, None]
    edges = np.quantile(base, np.arange(1, 10) / 10, axis=0)
    assert binned(base, edges).sum(axis=0).tolist() == [[10.0] * 10]
    assert binned(np.array([[-5.0], [500.0]]), edges).indices.tolist() == [0, 9]


def test_the_stand_in_learns() -> None:
    for train, test in ((blobs(400, 0), blobs(200, 1)), (inbox(400, 0), inbox(200, 1))):
        assert stand_in(train).fit(train.X, train.y).score(test.X, test.y) > 0.95
