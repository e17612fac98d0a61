"""Path finding: a decision tree copied by finding where its scores change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.box_tree import BoxTree, Cut, Node, Search, clean, is_fine, refined, searched, whole
from amlsec.attacks.copies import without_a_question
from amlsec.attacks.linear_copy import are_chances
from amlsec.attacks.questions import Questions
from amlsec.attacks.table_design import mixed
from amlsec.attacks.turning import turning
from amlsec.budget import QueryBudget
from amlsec.catalogue import extraction
from amlsec.errors import InvalidInput
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import tabular
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_SEARCHES, _FEW = 3, 2
"""How many cuts of a cell to choose from; one where there are so few scores that they do not tell leaves apart."""
_HOPELESS = 12
"""After so many searches a cell is left as it is: its answers hang on more than its rows."""
_SOME, _DIFFERENT = 50, 0.9
"""So many rows show whether rows share scores, as those of a leaf do: not where such a part of them differs."""
_CHECKED, _FEWEST = 5, 20
"""One of so many rows of his own is kept apart, to judge the copy by, and so many of them if he has twice that."""
_TELLING = 100
"""How many rows of a cell tell a cut that is its own from one that is another's."""
_FIRST, _CALM, _PROBES = 0.25, 500, 100
"""The part of the questions that goes to rows of his own; how many must agree in the end, and are asked at a time."""


@extraction(
    code="AML-R11",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.INDISCRIMINATE),
    access=Access.SCORES,
    spaces=("tabular",),
    references=("tramer2016stealing",),
    standards=Standards(("AML.T0024.002",), ("NISTAML.031",), ("ML05",)),
)
def path_finding(
    oracle: Oracle,
    shadow: Shadow,
    /,
    *,
    budget: QueryBudget,
    rng: np.random.Generator,
    precision: float = 1e-9,
) -> Model:
    """Copy a tree: where two rows score differently, find the cut between them; until all that is asked agrees.

    After Tramèr et al. (2016), section 4.2: a leaf is known by its score, and searches along a column find its ends. Here
    two rows of a cell that score differently are brought together slot by slot, by halving, until one slot decides; a
    threshold is then halved to `precision`, in parts of the column's range (to its grid where it has one), and all codes of
    a choice are tried. A cell whose rows agree is asked at its ends in every slot. If all leaves score differently a cell
    without a change there lies in one leaf, and the copy is the same function; leaves of equal score can hide from that,
    so rows mixed from his own and from the whole space are tried last, until 500 in turn agree. Cells of many of his rows go
    first. Where nothing is left to ask, a cell whose rows differ is parted as an ordinary tree would. Rows are made up
    within the bounds. A model of his own rows is the result where he has no question, where nine in ten of his rows score
    differently, as in no tree, and where it agrees better than the copy with rows kept apart; where the questions did not
    reach, as well is enough.

    Raises InvalidInput where `precision` is not between 0 and 1.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> class Tree:
    ...     def labels(self, X): return (self.scores(X) > 0.5).astype(np.int64)
    ...     def scores(self, X): return np.where(X[:, 0] > 0.25, 0.9, np.where(X[:, 1] > -0.5, 0.2, 0.7))
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(50, 2))
    >>> shadow = Shadow(Batch(rows, Tree().labels(rows)), infer(rows, ["a", "b"]))
    >>> oracle = Oracle(Tree(), access=Access.SCORES, rows=1, queries=2000)
    >>> stolen = path_finding(oracle, shadow, budget=QueryBudget(2000), rng=rng)
    >>> bool((stolen.scores(rows) == Tree().scores(rows)).all()), int(oracle.spent[0])
    (True, 635)
    """
    if not 0 < precision < 1:
        raise InvalidInput("precision", precision, "must lie between 0 and 1")
    ask, slots = Questions(oracle, budget), Slots(tabular(shadow.space))
    if not ask.left:
        return without_a_question(shadow, rng)
    growth = _Growth(ask, slots, slots.read(shadow.rows.X), precision, rng)
    if growth.is_no_tree:
        return without_a_question(shadow, rng)
    growth.see_where_it_turns()
    growth.grow([growth.root])
    growth.try_more()
    growth.root.guess_where(int(rng.integers(2**31)))
    copies = BoxTree(slots, growth.root, growth.edge), without_a_question(shadow, rng)
    best: Model = max(copies if ask.left else copies[::-1], key=growth.agreement)
    if isinstance(best, BoxTree):
        growth.take_in(slots.read(growth.checks[0]), growth.checks[1])
        growth.root.guess_where(int(rng.integers(2**31)))
    return best


@dataclass(slots=True, eq=False)
class _Job:
    """A search of one cell, and the rows (m, k) it waits for the scores of."""

    cell: Node
    search: Search
    question: Floats

    @property
    def order(self) -> tuple[bool, int]:
        """Cells known to be more than one go first, and those of many rows."""
        return not self.cell.mixed, -len(self.cell.own)


class _Growth:
    """The tree so far, and what is being asked about its cells."""

    def __init__(self, ask: Questions, slots: Slots, own: Floats, precision: float, rng: np.random.Generator) -> None:
        self.ask, self.slots, self.own, self.precision, self.rng = ask, slots, own, precision, rng
        self.cuts: list[Cut] = []
        first = rng.permutation(own)[: max(1, int(_FIRST * ask.left))]
        rows = first if len(first) else slots.uniform(1, rng)
        scores = ask.scores(slots.rows(rows))
        kept = max(len(rows) // _CHECKED, min(_FEWEST, len(rows) // 2))
        self.checks = slots.rows(rows[:kept]), scores[:kept]
        self.root = Node(whole(slots), own, rows[kept:], scores[kept:])
        self.searches = _SEARCHES if len(np.unique(self.root.scores)) > _FEW else 1
        self.edge = 0.5 if are_chances(scores) else 0.0

    @property
    def is_no_tree(self) -> bool:
        """Whether most rows score differently."""
        scores = self.root.scores
        return len(scores) >= _SOME and len(np.unique(scores)) > _DIFFERENT * len(scores)

    def see_where_it_turns(self) -> None:
        """Asks for a few verdicts, to know above which score rows are stopped."""
        rows = np.concatenate([self.checks[0], self.slots.rows(self.root.rows)])
        self.edge = turning(self.ask, rows, np.concatenate([self.checks[1], self.root.scores]), self.edge)

    def agreement(self, copy: Model) -> int:
        """On how many rows kept apart a copy has the verdict that the score says."""
        rows, scores = self.checks
        return int((copy.labels(rows) == (scores > self.edge)).sum())

    def grow(self, cells: list[Node]) -> None:
        """Searches cells, side by side, and those they are cut into, until all are known or nothing is left to ask."""
        jobs = [job for cell in cells for job in self._begun(cell)]
        while jobs:
            jobs.sort(key=lambda job: job.order)
            ends = np.cumsum([len(job.question) for job in jobs])
            now = int(np.searchsorted(ends, self.ask.left, side="right"))
            if not now:
                return
            jobs = [*self._answered(jobs[:now]), *jobs[now:]]

    def try_more(self) -> None:
        """Asks about rows at random until many in turn agree with the tree; where one does not, the tree grows."""
        calm = 0
        while calm < _CALM and self.ask.left:
            rows = mixed(self.slots, self.own, min(_PROBES, self.ask.left), self.rng)
            agree = self.take_in(rows, self.ask.scores(self.slots.rows(rows)))
            calm = calm + len(rows) if agree else 0

    def take_in(self, rows: Floats, scores: Floats) -> bool:
        """Rows (n, k) and their scores (n,): whether the tree said so; where it did not it grows."""
        self.root.place(rows, scores)
        torn = [cell for cell in self.root.cells() if cell.mixed]
        self.grow(torn)
        return not torn

    def _scored(self, rows: Floats) -> Floats:
        scores = self.ask.scores(self.slots.rows(rows))
        self.root.place(rows, scores)
        return scores

    def _answered(self, jobs: list[_Job]) -> Iterator[_Job]:
        """Answers the questions of these jobs in one call; what is asked next."""
        scores = self._scored(np.vstack([job.question for job in jobs]))
        ends = np.cumsum([len(job.question) for job in jobs])
        for job, part in zip(jobs, np.split(scores, ends[:-1]), strict=True):
            try:
                job.question = job.search.send(part)
                yield job
            except StopIteration as found:
                yield from self._found(job.cell, found.value)

    def _begun(self, cell: Node) -> Iterator[_Job]:
        """Cuts a cell as far as known cuts part its scores well; else what is to be asked of it."""
        waiting = [cell]
        while waiting:
            node = waiting.pop()
            cut, how_well = clean(node, self._known(node)) if node.mixed else (None, 0.0)
            if cut is None or (how_well < 1 and node.searches < self.searches):
                yield from self._job(node, searched(node, self.slots, self.rng))
            elif not is_fine(cut, self.slots, self.precision):
                self._known(node).remove(cut)
                yield from self._job(node, refined(cut, self.slots, self.precision))
            else:
                node.split(cut)
                waiting.extend(node.sides)

    def _known(self, cell: Node) -> list[Cut]:
        """The cuts seen in the cell, and where it has rows enough to tell the good from the others, all cuts."""
        return self.cuts if len(cell.rows) >= _TELLING else cell.cuts

    def _job(self, cell: Node, search: Search) -> Iterator[_Job]:
        try:
            yield _Job(cell, search, next(search))
        except StopIteration as found:
            yield from self._found(cell, found.value)

    def _found(self, cell: Node, cut: Cut | None) -> Iterator[_Job]:
        """Goes on with a cell that was searched; one without a cut, or whose cuts tell nothing time and again, is done."""
        cell.searches += 1
        if cut is not None and cell.searches < _HOPELESS:
            self.cuts.append(cut)
            cell.cuts.append(cut)
            yield from self._begun(cell)
