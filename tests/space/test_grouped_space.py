"""Tables with one-hot groups, the plain cases."""

import numpy as np
import pytest

from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.relation import Relation

NAMES = ("latin", "greek", "thai")


def flags(may=May.BOTH, usual=((),) * 3):
    return [Column(name, Kind.INTEGER, 0, 1, may=may, usual=values) for name, values in zip(NAMES, usual, strict=True)]


def table(price=3.0, **facts):
    columns = [Column("size", Kind.NUMERIC, 0, 9), *flags(**facts), Column("links", Kind.INTEGER, 0, 9)]
    return GroupedSpace(columns, [Group("script", NAMES, price)])


LATIN = np.array([[5.0, 1, 0, 0, 2]])


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ([1, 1, 0], [0, 1, 0]),
        ([1, 1, 1], [0, 1, 0]),
        ([1, 0, np.inf], [0, 0, 1]),
        ([0, 0, 0], [1, 0, 0]),
        ([0.6, 0.5, 0], [1, 0, 0]),
        ([0.4, 0.5, 0], [0, 1, 0]),
        ([-5, -1, -2], [1, 0, 0]),
    ],
)
def test_a_wish_ends_at_the_nearest_choice(wish, found):
    assert table().project(LATIN, np.array([[5.0, *wish, 2]]), np.inf)[0, 1:4].tolist() == found


def test_another_choice_costs_its_price_once_whole_or_not_at_all():
    space, greek = table(), np.array([[5.0, 0, 1, 0, 4]])
    assert space.cost(LATIN, greek) == [5.0]
    assert space.rate.tolist() == [1, 1.5, 1.5, 1.5, 1]
    assert space.by_column(LATIN, greek).tolist() == [[0, 1.5, 1.5, 0, 2]]
    assert space.project(LATIN, greek, 2.9).tolist() == [[5, 1, 0, 0, 4]]
    assert space.project(LATIN, greek, 4.0).tolist() == [[5, 0, 1, 0, 3]]
    assert space.differences(LATIN, greek) == [["links: 2 → 4", "script: latin → greek"]]


def test_spending_takes_a_group_where_its_first_column_stands():
    space, target = table(), np.array([[5.0, 0, 1, 0, 9]])
    for order, found in ([[0, 4, 3, 2, 1], [5, 1, 0, 0, 6]], [[0, 3, 4, 1, 2], [5, 0, 1, 0, 3]]):
        assert space.spend(LATIN, target, np.array(order), 4.0).tolist() == [found]


def test_what_is_not_one_hot_costs_infinity_or_stays_as_it_came():
    space, none = table(), np.array([[5.0, 0, 0, 0, 2]])
    assert space.cost(LATIN, none) == [np.inf]
    assert space.cost(none, none) == [0]
    assert space.cost(none, LATIN) == [3.0]
    assert space.cost(none, np.array([[5.0, 1, 1, 0, 2]])) == [np.inf]
    assert space.project(none, none + np.eye(5)[0], np.inf).tolist() == [[6, 0, 0, 0, 2]]


def test_samples_take_choices_as_often_as_they_are_usual():
    space = table(usual=((0.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0), (0.0,)))
    drawn = space.anywhere(np.repeat(LATIN, 2000, axis=0), np.random.default_rng(0))
    assert drawn[:, 1:4].mean(axis=0) == pytest.approx([0.25, 0.75, 0.0], abs=0.04)


def test_a_group_out_of_reach_stays():
    space = table(may=May.NOT)
    assert space.project(LATIN, np.array([[9.0, 0, 1, 0, 2]]), np.inf).tolist() == [[9, 1, 0, 0, 2]]
    assert space.changeable.tolist() == [0, 4]


def test_relations_hold_beside_groups():
    columns = [*flags(), Column("a", Kind.INTEGER, 0, 9), Column("b", Kind.INTEGER, 0, 9)]
    space = GroupedSpace(columns, [Group("script", NAMES)], [Relation("r", {"a": 1, "b": 1}, 5, 5)])
    X = np.array([[1.0, 0, 0, 2, 3]])
    assert space.project(X, np.array([[1.0, 0, 9, 4, 3]]), np.inf).tolist() == [[0, 0, 1, 4, 1]]
    with pytest.raises(InvalidInput, match="a column of relation r is 'latin': must be one of the columns of numbers"):
        GroupedSpace(columns, [Group("script", NAMES)], [Relation("r", {"a": 1, "latin": 1}, 5, 5)])


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([("g", ("latin",))], "columns of group g is .* must be two different ones"),
        ([("g", ("latin", "latin"))], "columns of group g"),
        ([("g", ("latin", "latvian"))], "a column of group g is 'latvian': must be one of the table's"),
        ([("g", ("latin", "greek")), ("h", ("greek", "thai"))], "a column of group h is 'greek'"),
        ([("g", ("latin", "size"))], "column size of group g is .* must be integer from 0 to 1"),
        ([("g", ("latin", "greek"), 0)], "price of group g is 0: must be a finite number above 0"),
    ],
)
def test_a_broken_group_is_refused(groups, message):
    with pytest.raises(InvalidInput, match=message):
        GroupedSpace([Column("size", Kind.NUMERIC, 0, 9), *flags()], [Group(*group) for group in groups])


def test_a_group_some_of_whose_columns_only_grow_is_refused():
    with pytest.raises(InvalidInput, match="may change both ways or not"):
        GroupedSpace(flags(may=May.UP), [Group("script", NAMES)])
