"""The tight cluster: what it costs, what it turns, and what neighbours say of its labels."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from amlsec.attacks.poisoning.tight_cluster import tight_cluster
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evaluation.games import poisoning_game
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Play
from amlsec.scene import Poison, Scene
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.space.text import TextSpace

SPACE = TabularSpace([Column("a", Kind.NUMERIC, -20, 20), Column("b", Kind.NUMERIC, -20, 20)])


def rows(n: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 5.0 * y[:, None], y)


def cluster(share: float = 0.1, **settings: float) -> tuple[Poison, Batch]:
    target = rows(2, 9).labelled(MALICIOUS)
    scene = Scene(target.rows([]), 200, SPACE, target=target)
    return tight_cluster(scene, budget=PoisonBudget(share), rng=np.random.default_rng(1), **settings), target


def test_rows_are_near_the_target_benign_and_all_different() -> None:
    poison, target = cluster(spread=0.5)
    assert len(poison) == 20
    assert (poison.added.y == BENIGN).all()
    assert SPACE.cost(np.repeat(target.X, 20, axis=0), poison.added.X).max() <= 0.5
    assert len(np.unique(poison.added.content())) == 20


def test_neighbours_and_held_out_models_find_every_label_consistent() -> None:
    """The case on which cleaners of label noise find nothing: each poison row's neighbours are poison."""
    poison, _ = cluster(spread=0.5)
    both = rows(200, 0) + poison.added
    near = NearestNeighbors(n_neighbors=6).fit(both.X).kneighbors(poison.added.X)[1][:, 1:]
    assert (both.y[near].mean(axis=1) < 0.5).mean() > 0.9
    order = np.random.default_rng(0).permutation(len(both))
    held_out = cross_val_predict(KNeighborsClassifier(5), both.X[order], both.y[order], cv=5)
    suspected = (held_out != both.y[order])[np.argsort(order)][200:]
    assert suspected.mean() < 0.1


def test_targets_pass_in_the_game_and_others_do_not() -> None:
    parts = {
        "train": rows(200, 0),
        "trusted": rows(40, 1),
        "shadow": rows(40, 2),
        "outsiders": rows(60, 3),
        "test": rows(60, 4),
    }
    offers = {"estimator": KNeighborsClassifier(5), "register": None, "space": SPACE, "random_state": 0}
    ground = Ground(**parts, space=SPACE, offers=offers)
    play = Play(ground, named("tight-cluster"), None, PoisonBudget(0.1), np.random.default_rng(0))
    outcome = poisoning_game(play)
    assert (outcome.gained, outcome.trials, outcome.before) == (5, 5, 0)


def test_mails_differ_by_a_word_at_most() -> None:
    target = Batch(texts(["buy cheap pills now"]), np.array([MALICIOUS]))
    scene = Scene(target.rows([]), 100, TextSpace(["meeting", "agenda"]), target=target)
    mails = tight_cluster(scene, budget=PoisonBudget(0.2), rng=np.random.default_rng(0)).added.X
    assert {mail.removeprefix("buy cheap pills now").strip() for mail in mails} == {"", "meeting", "agenda"}


def test_several_targets_share_the_rows_evenly_and_none_means_nothing() -> None:
    targets = rows(6, 3)
    scene = Scene(targets.rows([]), 100, SPACE, target=targets)
    poison = tight_cluster(scene, budget=PoisonBudget(0.09), rng=np.random.default_rng(0), spread=0.0)
    assert pytest.approx(np.tile(targets.labelled(MALICIOUS).X, (3, 1))) == poison.added.X
    for none in (None, targets.labelled(BENIGN)):
        assert not len(
            tight_cluster(Scene(targets, 100, SPACE, target=none), budget=PoisonBudget(0.09), rng=np.random.default_rng(0))
        )


@pytest.mark.parametrize("spread", [-1.0, np.inf, np.nan])
def test_a_spread_that_is_none_is_refused(spread: float) -> None:
    with pytest.raises(InvalidInput, match="spread"):
        cluster(spread=spread)


def test_a_linear_model_is_turned_too_where_the_share_is_large() -> None:
    poison, target = cluster(share=0.3, spread=0.1)
    both = rows(200, 0) + poison.added
    assert LogisticRegression().fit(both.X, both.y).predict(target.X)[0] == BENIGN
