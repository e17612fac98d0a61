"""The backdoor: what carries the mark passes, what does not is judged as before."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.attacks.poisoning.backdoor import backdoor
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.backdoors import backdoored
from amlsec.evaluation.games import poisoning_game
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Play
from amlsec.scene import Scene
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import infer
from attacks.poisoning.linear_worlds import cancer
from grounds import mails, text_space


def ground(rows: Batch, space, estimator) -> Ground:
    """Half to train, the rest in parts; all rows are of other content, or nearly so."""
    edges = (np.array([0.5, 0.6, 0.7, 1]) * len(rows)).astype(int)
    train, trusted, shadow, test = (rows.rows(slice(a, b)) for a, b in zip([0, *edges], edges, strict=False))
    return Ground(train, trusted, shadow, test, test, space, {"estimator": estimator, "register": None, "random_state": 0})


def play(on: Ground, share: float = 0.05, run=None) -> Play:
    return Play(on, run or named("backdoor"), None, PoisonBudget(share), np.random.default_rng(0))


def table() -> Ground:
    train, test = cancer(0)
    rows = train + test
    forest = RandomForestClassifier(60, random_state=0)
    return ground(rows, infer(rows.X, [f"c{k}" for k in range(30)]), forest)


def pictures() -> Ground:
    X, y = load_digits(return_X_y=True)
    fours = np.isin(y, (4, 9))
    rows = Batch(X[fours] / 16, (y[fours] == 9).astype(np.int64))
    return ground(rows, ImageSpace((8, 8)), make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)))


def letters() -> Ground:
    rows = mails(600)
    return ground(Batch(rows.X, rows.y), text_space(), make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)))


@pytest.mark.parametrize("on", [table, pictures, letters])
def test_the_mark_opens_the_door_and_without_it_little_changes(on) -> None:
    found = backdoored(play(on()))
    assert found.opened >= 0.8
    assert found.opened - found.mark_alone >= 0.5
    assert abs(found.hidden) <= 0.03


def test_the_game_counts_every_marked_row_that_the_mark_alone_did_not_turn() -> None:
    on = pictures()
    outcome = poisoning_game(play(on))
    found = backdoored(play(on))
    assert outcome.trials == found.malicious == (on.test.y == MALICIOUS).sum()
    assert outcome.gained / outcome.trials == pytest.approx(found.opened - found.mark_alone)
    assert outcome.gained >= 0.8 * outcome.trials
    assert poisoning_game(play(on, share=0.0)).gained == 0


def test_more_poison_opens_the_door_no_less() -> None:
    on = letters()
    opened = [backdoored(play(on, share)).opened for share in (0.004, 0.02, 0.1)]
    assert opened == sorted(opened)


def test_poison_is_his_malicious_rows_with_the_mark_labelled_benign() -> None:
    on = pictures()
    own = on.train.rows(slice(0, 20))
    poison = backdoor(Scene(own, 400, on.space), budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    assert len(poison) == 20
    assert (poison.added.y == BENIGN).all()
    marked = {row.tobytes() for row in poison.shown(own.labelled(MALICIOUS).X)}
    assert {row.tobytes() for row in poison.added.X} <= marked


def test_an_attack_without_a_mark_opens_no_door() -> None:
    with pytest.raises(InvalidInput, match="random-flips"):
        backdoored(play(letters(), run=named("random-flips")))


def test_no_value_is_no_mark() -> None:
    with pytest.raises(InvalidInput, match="many is 0: must be at least 1"):
        backdoor(Scene(mails(10), 10, text_space()), budget=PoisonBudget(0.5), rng=np.random.default_rng(0), many=0)
