"""AML-E31: the fewest words that take a text past a filter whose word weights are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from amlsec.attacks.exact import verified
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import TextSpace, textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation
from amlsec.whitebox.look import inside
from amlsec.whitebox.word_weights import Floats, WordWeights

_LONGEST = 1_000
"""No text is changed by more words."""


@evasion(
    code="AML-E31",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.PARAMETERS,
    knowledge=Knowledge.MODEL,
    spaces=("text",),
    references=("dalvi2004adversarial", "lowd2005good"),
    standards=Standards(("AML.T0043.000", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
    inside=WordWeights,
)
def fewest_words(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Adds, and where the space allows removes, the word that lowers the evidence most, until the text passes.

    The question of Dalvi et al., "Adversarial classification", KDD 2004, to a naive Bayes filter, where every word costs the
    same. Every step scores the changed text anew. That gives the fewest words where counts add up (words counted plainly
    or once, each word one token, words only added). Where TF-IDF divides by a text's length, or counts grow by logarithm,
    it is greedy and gives few. Swaps are left to other attacks.

    Takes texts (n,); returns them, each with the words found within the cost, or as it was where none were. Raises
    InvalidInput where the space is not one of texts, NotApplicable where the model weighs no words.

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.naive_bayes import MultinomialNB
    >>> from sklearn.pipeline import make_pipeline
    >>> from amlsec.oracle import Classifier
    >>> filter = make_pipeline(CountVectorizer(), MultinomialNB())
    >>> model = Classifier(filter.fit(["cheap pills", "pills now", "agenda for lunch", "agenda"], [1, 1, 0, 0]))
    >>> oracle = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0)
    >>> X, space, rng = texts(["cheap pills now"]), TextSpace(["lunch", "agenda"]), np.random.default_rng(0)
    >>> fewest_words(oracle, X, space=space, budget=EvasionBudget(5, 0), rng=rng)
    array(['cheap pills now agenda agenda agenda'], dtype=object)
    """
    model, words = oracle.parameters(), textual(space)
    rule, most = inside(model, WordWeights), int(min(budget.cost, _LONGEST))
    good = _Moves.adding(rule, tuple(dict.fromkeys(words.promising(BENIGN))))

    def solve(text: str, slack: float) -> str | None:
        return _changed(rule, _moves(rule, good, words, text), words, text, most, slack)

    return verified(model, X, solve, space=space, budget=budget)


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """Words to add or to remove: what each does to the counts of tokens (m, t), what it costs, and whether it adds."""

    words: tuple[str, ...]
    counts: csr_matrix
    cost: Floats
    adds: NDArray[np.bool_]

    @classmethod
    def adding(cls, rule: WordWeights, words: tuple[str, ...]) -> _Moves:
        return cls(words, rule.counts(words), np.ones(len(words)), np.ones(len(words), dtype=bool))


def _moves(rule: WordWeights, good: _Moves, space: TextSpace, text: str) -> _Moves:
    """The good words; and, where he can spare them, every word of the text, all of its copies at once."""
    own, copies = (
        np.unique(space.said(text).split(), return_counts=True) if space.may_remove else (np.zeros(0, str), np.zeros(0))
    )
    if not len(own):
        return good
    words = tuple(str(word) for word in own)
    gone = -rule.counts(words).multiply(copies[:, None]).tocsr()
    return _Moves(
        (*good.words, *words),
        vstack([good.counts, gone], format="csr"),
        np.concatenate([good.cost, copies]),
        np.concatenate([good.adds, np.zeros(len(words), dtype=bool)]),
    )


def _changed(rule: WordWeights, moves: _Moves, space: TextSpace, text: str, most: int, slack: float) -> str | None:
    """The text after the best moves that together cost no more than `most`; None where they do not suffice."""
    counts, cost, margin = rule.counts([text]).toarray()[0], 0.0, rule.margin(texts([text]))[0]
    edge = -slack * (abs(margin) + abs(rule.bias))
    chosen: list[int] = []
    while margin > edge:
        after = _after(rule, moves, counts)
        worth = np.where(cost + moves.cost <= most, (margin - after) / moves.cost, 0.0)
        if worth.max(initial=0.0) <= 0:
            return None
        chosen.append(int(worth.argmax()))
        counts = counts + moves.counts[chosen[-1]].toarray()[0]
        margin, cost = after[chosen[-1]], cost + moves.cost[chosen[-1]]
    return _rewritten(moves, chosen, space, text)


def _rewritten(moves: _Moves, chosen: list[int], space: TextSpace, text: str) -> str:
    """The text without the words that these moves take out, and with those they add."""
    removed = {moves.words[k] for k in chosen if not moves.adds[k]}
    kept = space.rewriting(text, lambda word: "" if word in removed else word) if removed else text
    return space.adding(kept, [moves.words[k] for k in chosen if moves.adds[k]])


def _after(rule: WordWeights, moves: _Moves, counts: Floats) -> Floats:
    """The margin after each move (m,), by what it changes: the weighed sum, and the length."""
    token, row = moves.counts.indices, np.repeat(np.arange(len(moves.words)), np.diff(moves.counts.indptr))
    now = rule.tally(counts) * rule.scale
    old, new = now[token], rule.tally(np.maximum(counts[token] + moves.counts.data, 0.0)) * rule.scale[token]
    power = max(rule.norm, 1)

    def summed(change: Floats) -> Floats:
        return np.bincount(row, change, minlength=len(moves.words)).astype(np.float64)

    weighed = now @ rule.weights + summed((new - old) * rule.weights[token])
    mass = (np.abs(now) ** power).sum() + summed(np.abs(new) ** power - np.abs(old) ** power)
    return rule.judged(weighed, mass)
