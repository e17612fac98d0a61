"""Tables with one-hot groups: each group is one choice, and changes as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.column import Column
from amlsec.space.group import Folding, Group
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation
from amlsec.space.tabular import TabularSpace


class GroupedSpace(TabularSpace):
    """A table some of whose columns are one-hot, and others related; see `space.contract.Space`.

    Another choice in a group costs the group's price once, so each of the two columns that change has half of it as its
    rate. A row that is not one-hot may stay as it is, or become so.

    Parameters
    ----------
    columns : of the table
    groups : that share no column
    relations : between columns of no group
    examples : a few rows (m, d) that are known to be benign

    Raises InvalidInput where a group or a relation names a column that it may not have.

    >>> from amlsec.space.column import Kind
    >>> flags = [Column(name, Kind.INTEGER, 0, 1) for name in ("latin", "greek", "thai")]
    >>> space, X = GroupedSpace(flags, [Group("script", ("latin", "greek", "thai"))]), np.array([[1.0, 0.0, 0.0]])
    >>> space.cost(X, np.array([[0.0, 1.0, 0.0]])), space.cost(X, np.array([[1.0, 1.0, 0.0]]))
    (array([1.]), array([inf]))
    >>> space.project(X, np.array([[1.0, 0.0, 1.0]]), 1.0)
    array([[0., 0., 1.]])
    """

    def __init__(
        self,
        columns: Sequence[Column],
        groups: Sequence[Group],
        relations: Sequence[Relation] = (),
        *,
        examples: Rows | None = None,
    ) -> None:
        super().__init__(columns, examples=examples)
        self.groups, self.relations = tuple(groups), tuple(relations)
        members = _members(columns, self.groups)
        kept = np.setdiff1d(np.arange(len(columns)), np.concatenate([*members, []]))
        self._folding = Folding(kept.astype(np.intp), members)
        folded = [columns[j] for j in self._folding.kept]
        for group, at in zip(self.groups, members, strict=True):
            folded.append(group.as_category([columns[j] for j in at]))
            self.rate[at] = group.price / 2
        self._inner = RelatedSpace(folded, relations) if relations else TabularSpace(folded)

    def cost(self, X: Rows, changed: Rows, /) -> NDArray[np.float64]:
        return self._inner.cost(self._folding.codes(X), self._folding.exact(X, changed))

    def project(self, X: Rows, changed: Rows, cost: float | NDArray[np.float64], /) -> Rows:
        """Groups go to the choice that the change comes nearest to; then as the columns without groups do."""
        codes = self._folding.wished(X, changed)
        return self._folding.unfolded(X, self._inner.project(self._folding.codes(X), codes, cost))

    def spend(self, X: Rows, target: Rows, order: NDArray[np.intp], cost: float | NDArray[np.float64], /) -> Rows:
        """The way to a target, column after column; a group changes where its first column stands in the order."""
        codes = self._folding.wished(X, target)
        spent = self._inner.spend(self._folding.codes(X), codes, self._folding.order(order), cost)
        return self._folding.unfolded(X, spent)

    def anywhere(self, X: Rows, rng: np.random.Generator, /) -> Rows:
        """Every column and every group's choice drawn afresh."""
        return self._folding.unfolded(X, self._inner.anywhere(self._folding.codes(X), rng))

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        """Few columns or groups or many, drawn afresh, pulled back to a part of the cost."""
        return self._folding.unfolded(X, self._inner.sample(self._folding.codes(X), cost, rng))

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return self._inner.differences(self._folding.codes(X), self._folding.exact(X, changed))


def _members(columns: Sequence[Column], groups: Sequence[Group]) -> tuple[NDArray[np.intp], ...]:
    """Where each group's columns stand; raises InvalidInput where one is unknown or in two groups."""
    places = {column.name: j for j, column in enumerate(columns)}
    taken: set[str] = set()
    for group in groups:
        for name in group.columns:
            if name not in places or name in taken:
                raise InvalidInput(f"a column of group {group.name}", name, "must be one of the table's, in one group only")
            taken.add(name)
    return tuple(np.array([places[name] for name in group.columns], dtype=np.intp) for group in groups)
