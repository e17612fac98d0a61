"""Marks: rare, valid, the same on every row, and no more than the space allows."""

import numpy as np
import pytest

from amlsec.attacks.triggers import RARE_WORDS, trigger
from amlsec.catalogue import Victim
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace
from laws.toys import WORLDS, same

CHANCE = 7


def mark(space, own: Batch, many: int = 2):
    return trigger(space, own, many, np.random.default_rng(CHANCE))


@pytest.mark.parametrize("kind", ["tabular", "text", "image"])
def test_the_space_allows_the_mark_it_is_put_on_once_and_leaves_its_input_alone(kind: str) -> None:
    world = WORLDS[Victim.CLASSIFIER, kind]
    own, others = world.rows(20, 0), world.rows(30, 1)
    put, before = mark(world.space, own), others.X.copy()
    marked = put(others.X)
    assert same(others.X, before)
    assert np.isfinite(world.space.cost(others.X, marked)).all()
    assert (world.space.cost(others.X, marked) > 0).mean() > 0.9
    if kind != "text":
        assert same(put(marked), marked)


def test_the_values_of_a_table_are_the_ones_his_rows_hardly_have() -> None:
    """Of four columns two have an end that no row is near; a column that only grows goes to its upper end."""
    columns = [
        Column("crowded", Kind.NUMERIC, 0, 1),
        Column("low", Kind.NUMERIC, 0, 9),
        Column("up", Kind.NUMERIC, 0, 9, may=May.UP),
    ]
    fixed = Column("fixed", Kind.NUMERIC, 0, 9, may=May.NOT)
    X = np.array([[0.0, 8.0, 1.0, 5.0], [1.0, 9.0, 2.0, 5.0]])
    put = mark(TabularSpace([*columns, fixed]), Batch(X, np.ones(2, dtype=np.int64)))
    assert put(X) == pytest.approx(np.array([[0.0, 0.0, 9.0, 5.0], [1.0, 0.0, 9.0, 5.0]]))


def test_of_categories_the_rarest_is_taken() -> None:
    space = TabularSpace([Column("script", Kind.CATEGORY, 0, 2, categories=("latin", "greek", "cyrillic"))])
    X = np.array([[0.0], [0.0], [2.0], [2.0], [1.0]])
    assert mark(space, Batch(X, np.ones(5, dtype=np.int64)), many=1)(X)[:, 0].tolist() == [1.0] * 5


def test_words_that_his_mails_or_the_space_hold_are_not_rare() -> None:
    own = Batch(texts([" ".join(RARE_WORDS[:4])]), np.ones(1, dtype=np.int64))
    put = mark(TextSpace(RARE_WORDS[4:8]), own, many=5)
    assert set(put(texts(["x"]))[0].split()) == {"x", *RARE_WORDS[8:]}


def test_the_patch_stands_in_the_corner_in_every_channel() -> None:
    put = mark(ImageSpace((4, 6, 2)), Batch(np.zeros((1, 48)), np.ones(1, dtype=np.int64)))
    picture = put(np.full((1, 48), 0.5)).reshape(4, 6, 2)
    assert picture[2:, 3:].tolist() == [[[1, 1], [0, 0], [1, 1]], [[0, 0], [1, 1], [0, 0]]]
    assert (picture == 0.5).sum() == 48 - 12


def test_traffic_has_no_mark() -> None:
    world = WORLDS[Victim.DETECTOR, "traffic"]
    with pytest.raises(InvalidInput, match="space"):
        mark(world.space, world.rows(4, 0))
