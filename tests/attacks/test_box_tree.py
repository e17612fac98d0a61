import numpy as np
import pytest

from amlsec.attacks.box_tree import BoxTree, Cut, Node, clean, is_fine, refined, searched, whole
from amlsec.space.slots import Slots
from amlsec.space.tabular import Column, Kind, TabularSpace

SLOTS = Slots(
    TabularSpace([Column("a", Kind.NUMERIC, 0, 1), Column("b", Kind.INTEGER, 0, 9), Column("c", Kind.CATEGORY, 0, 3)])
)


def answered(search, score):
    """What a search returns when its questions are answered by a function of rows, and how many it asked."""
    asked, question = 0, next(search)
    while True:
        asked += len(question)
        try:
            question = search.send(score(question))
        except StopIteration as end:
            return end.value, asked


def node(score, n=40, seed=0):
    rows = SLOTS.uniform(n, np.random.default_rng(seed))
    return Node(whole(SLOTS), rows, rows, score(rows))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.25, 0.7])
def test_a_threshold_is_found_coarsely_and_then_finely(seed, threshold):
    def score(rows):
        return (rows[:, 0] > threshold).astype(float)

    cut, asked = answered(searched(node(score), SLOTS, np.random.default_rng(seed)), score)
    assert cut.slot == 0
    assert cut.last <= threshold < cut.first <= cut.last + 1e-3
    assert asked <= 2 + 10
    assert not is_fine(cut, SLOTS, 1e-9)
    fine, asked = answered(refined(cut, SLOTS, 1e-9), score)
    assert fine.last <= threshold < fine.first <= fine.last + 1e-9
    assert asked <= 1 + 20
    assert is_fine(fine, SLOTS, 1e-9)


def test_whole_numbers_are_found_to_the_step():
    def score(rows):
        return (rows[:, 1] > 6).astype(float)

    cut, _ = answered(searched(node(score), SLOTS, np.random.default_rng(0)), score)
    assert (cut.slot, cut.last, cut.first) == (1, 6, 7)
    assert is_fine(cut, SLOTS, 1e-9)


def test_of_choices_the_codes_are_found_that_score_alike():
    def score(rows):
        return np.isin(rows[:, 2], (1, 3)).astype(float)

    cut, _ = answered(searched(node(score), SLOTS, np.random.default_rng(0)), score)
    assert set(np.flatnonzero(cut.codes)) in ({1, 3}, {0, 2})


def test_a_cell_of_one_score_is_asked_at_its_ends():
    """Two of a number that flows, at most two of whole numbers, three other codes."""
    cell = node(lambda rows: np.zeros(len(rows)), n=1)
    search = searched(cell, SLOTS, np.random.default_rng(0))
    ends = next(search)
    assert 6 <= len(ends) <= 7
    assert ((ends != cell.rows[0]).sum(axis=1) == 1).all()
    with pytest.raises(StopIteration) as end:
        search.send(np.zeros(len(ends)))
    assert end.value.value is None


def test_the_cut_that_parts_no_score_is_the_cleanest():
    """Four leaves: a first cut of b at 4.5, then cuts of a at 0.3 and at 0.6."""

    def score(rows):
        return np.where(rows[:, 1] < 4.5, rows[:, 0] > 0.3, 2.0 + (rows[:, 0] > 0.6))

    at = np.zeros(3)
    cuts = [Cut(0, at, 0.29, 0.31), Cut(1, at, 4.0, 5.0), Cut(0, at, 0.59, 0.61), Cut(0, at, 2.0, 3.0)]
    found, how_well = clean(node(score, 200), cuts)
    assert (found, how_well) == (cuts[1], 1.0)
    assert clean(node(score, 200), cuts[:1])[1] < 1
    assert clean(node(score, 200), cuts[3:]) == (None, 0.0)


def test_splitting_sorts_rows_boxes_and_cuts():
    cell = node(lambda rows: rows[:, 1])
    cell.cuts = [Cut(0, np.array([0.1, 2.0, 0.0]), 0.2, 0.3), Cut(0, np.array([0.1, 8.0, 0.0]), 0.5, 0.6)]
    cell.split(Cut(1, np.zeros(3), 4.0, 5.0))
    low, high = cell.sides
    assert (low.rows[:, 1] <= 4).all()
    assert (high.own[:, 1] >= 5).all()
    assert len(low.rows) + len(high.rows) == 40
    assert (low.box.high[1], high.box.low[1]) == (4, 5)
    assert [cut.last for side in cell.sides for cut in side.cuts] == [0.2, 0.5]
    assert BoxTree(SLOTS, cell, 0.5).leaves == 2


def test_a_cell_whose_scores_differ_is_guessed_from_its_rows():
    cell = node(lambda rows: (rows[:, 0] > 0.5).astype(float), 200)
    tree, rows = BoxTree(SLOTS, cell, 0.5), SLOTS.rows(SLOTS.uniform(300, np.random.default_rng(5)))
    assert len(np.unique(tree.scores(rows))) == 1
    cell.guess_where(0)
    assert (tree.labels(rows) == (rows[:, 0] > 0.5)).mean() > 0.95
