"""Tables whose columns may hang together: the right space for groups, relations and examples, given or found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.data import Rows
from amlsec.space.column import Column
from amlsec.space.found_groups import one_hot_groups
from amlsec.space.found_relations import equalities, orders
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation
from amlsec.space.tabular import TabularSpace, infer

MOST_EXAMPLES = 50


def joint(
    columns: Sequence[Column],
    groups: Sequence[Group] = (),
    relations: Sequence[Relation] = (),
    *,
    examples: Rows | None = None,
) -> TabularSpace:
    """The space of these columns, groups and relations, the plainest that holds them.

    Raises InvalidInput where a group or a relation names a column that it may not have.

    >>> from amlsec.space.column import Kind
    >>> type(joint([Column("links", Kind.INTEGER, 0, 9)])).__name__
    'TabularSpace'
    """
    if groups:
        return GroupedSpace(columns, groups, relations, examples=examples)
    if relations:
        return RelatedSpace(columns, relations, examples=examples)
    return TabularSpace(columns, examples=examples)


def suggested(
    X: Rows, names: Sequence[str], categories: Sequence[Sequence[str]] | None = None, *, benign: Rows | None = None
) -> TabularSpace:
    """The space a table suggests: its columns as `infer` reads them, and what binds them in every row.

    One-hot groups, totals and orders are found as `found_groups` and `found_relations` say: only where chance is no
    explanation. Of rows known to be `benign` at most 50 are kept as examples, the distinct ones spread evenly over them.

    >>> a, b = np.random.default_rng(0).poisson(5, (2, 200)).astype(float)
    >>> space = suggested(np.column_stack([a, b, a + b]), ["in", "out", "all"])
    >>> [relation.name for relation in space.relations], space.examples.shape
    (['all'], (0, 3))
    """
    plain = infer(X, names, categories)
    groups = one_hot_groups(X, names)
    taken = {name for group in groups for name in group.columns}
    free = [j for j, column in enumerate(plain.columns) if not column.kind.is_named and column.name not in taken]
    relations = _relations(X[:, free], [names[j] for j in free])
    return joint(plain.columns, groups, relations, examples=None if benign is None else some(benign))


def some(rows: Rows, most: int = MOST_EXAMPLES) -> Rows:
    """At most so many of the distinct rows, evenly spread, in their order.

    >>> some(np.array([[1.0], [1.0], [2.0], [3.0]]), 2).tolist()
    [[1.0], [3.0]]
    """
    first = np.sort(np.unique(rows, axis=0, return_index=True)[1])
    places = np.linspace(0, len(first) - 1, min(most, len(first))).round().astype(np.intp)
    return rows[first[places]]


def _relations(X: Rows, names: Sequence[str]) -> list[Relation]:
    """Totals, and orders that no total says already."""
    totals = equalities(X, names)
    told = [set(relation.weights) for relation in totals]
    return totals + [order for order in orders(X, names) if not any(set(order.weights) <= columns for columns in told)]
