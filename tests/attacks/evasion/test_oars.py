import numpy as np
import pytest

from amlsec.attacks.evasion.oars import _SIZES, _least_size
from amlsec.attacks.table_moves import moved
from amlsec.attacks.table_steps import Task
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from amlsec.frame import evade
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace

SPACE = TabularSpace([Column(f"c{j}", Kind.NUMERIC, -50, 50) for j in range(20)])


class Remembering:
    """Stops rows above 3 in the first column, and those within `reach` of three rows that the same sender asked about."""

    def __init__(self, reach):
        self.reach = reach

    def labels(self, X):
        return (X[:, 0] > 3).astype(np.int64)

    def session(self, accounts=1):
        return _Session(self)


class _Session:
    def __init__(self, model):
        self.model, self.asked, self.log = model, {}, []

    def labels(self, X, of):
        return np.array([self._label(x, self.asked.setdefault(i, [])) for x, i in zip(X, of.tolist(), strict=True)])

    def _label(self, x, before):
        if any((x == old).all() for old in before):
            return int(x[0] > 3)
        near = sum(np.abs(x - old).max() < self.model.reach for old in before)
        before.append(x)
        return int(x[0] > 3 or near >= 3)


def task(seed=0):
    return Task(np.full(20, 5.0), SPACE, EvasionBudget(30.0, 500), np.random.default_rng(seed))


def learned(reach, seed=0):
    """The size that is learned before a guard of this reach, and the questions it took."""
    session, own = Remembering(reach).session(), task(seed)
    search, answer, asked = _least_size(own, np.full(20, -20.0)), None, 0
    try:
        while True:
            question = search.send(answer)
            asked += len(question.rows)
            answer = session.labels(question.rows, np.zeros(len(question.rows), dtype=int)) == 0
    except StopIteration as end:
        return end.value, asked


def test_the_least_size_is_learned_and_grows_with_what_the_guard_asks_for():
    sizes = [learned(reach)[0] for reach in (0.0, 0.02, 0.1, 0.4)]
    assert sizes[0] == _SIZES[0]
    assert sizes == sorted(sizes)
    assert sizes[-1] >= 0.125
    for reach, size in zip((0.02, 0.1, 0.4), sizes[1:], strict=True):
        rows = moved(task(1), np.zeros((40, 20)), size)
        gaps = np.abs(rows[:, None] - rows[None]).max(axis=2)
        assert (gaps[np.triu_indices(40, 1)] >= reach).mean() >= 0.9


def test_learning_takes_a_few_dozen_questions():
    assert learned(0.1)[1] <= 14 * 4


@pytest.mark.parametrize("reach", [0.0, 0.3])
def test_finds_its_way_with_moves_as_large_as_the_guard_asks_for(reach):
    X = np.tile([[8.0, *[0.0] * 19]], (2, 1))
    budget, rng = EvasionBudget(12.0, 250), np.random.default_rng(0)
    result = evade(named("oars"), Remembering(reach), X, space=SPACE, budget=budget, rng=rng)
    assert (result.verdicts == 0).all()
    moves = np.abs(result.X - X)[:, 1:].max(axis=1)
    assert (moves >= reach).all()
    assert (result.cost >= 5.0).all()


def test_it_falls_silent_soon_after_it_has_won():
    X = np.array([[3.5, *[0.0] * 19]])
    result = evade(
        named("oars"), Remembering(0.0), X, space=SPACE, budget=EvasionBudget(30.0, 5000), rng=np.random.default_rng(0)
    )
    assert result.verdicts.tolist() == [0]
    assert result.queries[0] < 500


def test_nothing_to_change_is_left_alone():
    space = TabularSpace([Column("c", Kind.NUMERIC, 0, 9, may=May.NOT)])
    X = np.array([[5.0]])
    result = evade(
        named("oars"), Remembering(0.0), X, space=space, budget=EvasionBudget(9, 50), rng=np.random.default_rng(0)
    )
    assert result.X.tolist() == X.tolist()


def test_texts_are_refused():
    with pytest.raises(InvalidInput, match="space is"):
        named("oars").run(None, np.zeros((1, 1)), space=TextSpace(["a"]), budget=EvasionBudget(1, 1), rng=None)
