"""Tables whose columns hang together, drawn at random, and what must hold of every change in them."""

import hypothesis.strategies as st
import numpy as np

from amlsec.space.column import Column, Kind, May
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation

COSTS = [0.0, 1e-3, 0.7, 1.0, 5.5, 1e6, np.inf]
WEIGHTS = [-2.0, -1.0, 1.0, 1.0, 3.0]


@st.composite
def numbers(draw, name):
    kind = draw(st.sampled_from([Kind.NUMERIC, Kind.INTEGER, Kind.ORDINAL]))
    low = draw(st.sampled_from([0, -5, -50]))
    may = draw(st.sampled_from([May.BOTH, May.BOTH, May.BOTH, May.UP, May.DOWN, May.NOT]))
    step = draw(st.sampled_from([0.0, 0.5])) if kind == Kind.NUMERIC else 0.0
    scale = draw(st.sampled_from([0.3, 1, 20]))
    return Column(name, kind, low, draw(st.sampled_from([3, 40])), scale, may, step=step)


@st.composite
def relations(draw, names):
    chosen = draw(st.lists(st.sampled_from(names), min_size=2, max_size=len(names), unique=True))
    weights = {name: draw(st.sampled_from(WEIGHTS)) for name in chosen}
    bound = draw(st.sampled_from([0.0, 1.0, -3.0]))
    least, most = draw(st.sampled_from([(bound, bound), (-np.inf, bound), (bound, np.inf), (bound, bound + 4)]))
    return Relation("r", weights, least, most)


@st.composite
def related(draw):
    """A space of numbers with one to three relations, at random."""
    names = [f"n{j}" for j in range(draw(st.integers(2, 5)))]
    columns = [draw(numbers(name)) for name in names]
    return RelatedSpace(columns, draw(st.lists(relations(names), min_size=1, max_size=3)))


@st.composite
def grouped(draw):
    """A space with one or two groups among its columns, and relations or none between the numbers."""
    names = [f"n{j}" for j in range(draw(st.integers(2, 3)))]
    columns = [draw(numbers(name)) for name in names]
    groups = []
    for k in range(draw(st.integers(1, 2))):
        may = draw(st.sampled_from([May.BOTH, May.BOTH, May.NOT]))
        flags = tuple(f"g{k}_{j}" for j in range(draw(st.integers(2, 4))))
        columns += [Column(flag, Kind.INTEGER, 0, 1, may=may) for flag in flags]
        groups.append(Group(f"g{k}", flags, draw(st.sampled_from([0.5, 1.0, 3.0]))))
    bound = draw(st.lists(relations(names), max_size=2))
    return GroupedSpace(draw(st.permutations(columns)), groups, bound)


@st.composite
def cases(draw, spaces):
    """A space, rows (many that break what binds them), rows to change them to, a cost and a generator."""
    space = draw(spaces)
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    X = _valid(space, rng, 4)
    X[::2] += draw(st.sampled_from([0.0, 1.0, 0.5])) * rng.integers(-2, 3, X[::2].shape)
    Z = X + rng.choice([0.0, 0.0, 1.0, -1.0, -0.3, 7.0, np.inf, -np.inf], X.shape)
    return space, X, Z, draw(st.sampled_from(COSTS)), rng


def _valid(space, rng, n):
    """Rows at random, one-hot where they should be; whole where the columns are."""
    low, high = (np.array([getattr(column, end) for column in space.columns]) for end in ("low", "high"))
    X = np.round(rng.uniform(low, high, (n, len(low))))
    names = [column.name for column in space.columns]
    for group in space.groups:
        at = [names.index(name) for name in group.columns]
        X[:, at] = np.eye(len(at))[rng.integers(0, len(at), n)]
    return X


def broken(space, rows):
    """How far (n, m) each relation's sum lies outside its bounds."""
    names = [column.name for column in space.columns]
    sums = [sum(w * rows[:, names.index(name)] for name, w in r.weights.items()) for r in space.relations]
    ends = [
        (np.maximum(r.at_least - s, 0), np.maximum(s - r.at_most, 0)) for r, s in zip(space.relations, sums, strict=True)
    ]
    return np.array(ends).reshape(len(ends) * 2, len(rows)).T


def one_hot(space, rows):
    """Where (n, groups) a group has one 1 and else 0."""
    names = [column.name for column in space.columns]
    blocks = [rows[:, [names.index(name) for name in group.columns]] for group in space.groups]
    return (
        np.array([np.isin(b, [0, 1]).all(axis=1) & (b.sum(axis=1) == 1) for b in blocks]).reshape(len(blocks), len(rows)).T
    )


def in_space(space, X, changed, cost):
    """Every law of what a change may be, said plainly."""
    paid = space.cost(X, changed)
    assert np.isfinite(paid).all()
    assert (paid <= cost + 1e-6 * max(1, min(cost, 1e9))).all()
    assert (broken(space, changed) <= broken(space, X) + 1e-7).all()
    names = [column.name for column in space.columns]
    for k, group in enumerate(space.groups):
        at = [names.index(name) for name in group.columns]
        assert (one_hot(space, changed)[:, k] | (changed[:, at] == X[:, at]).all(axis=1)).all()
    for old, new, column in zip(X.T, changed.T, space.columns, strict=True):
        moved = new[new != old]
        assert ((new >= np.minimum(column.low, old)) & (new <= np.maximum(column.high, old))).all()
        assert not column.grid or (moved / column.grid % 1 == 0).all()
        assert column.may in (May.BOTH, May.UP) or (new <= old).all()
        assert column.may in (May.BOTH, May.DOWN) or (new >= old).all()
