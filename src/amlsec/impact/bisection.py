"""Which few of many rows, sources or time windows do harm, by asking about groups of them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.impact.units import Positions, Units
from amlsec.statistics import limit

Floats = NDArray[np.float64]
Ask = Callable[[Units], NDArray[np.bool_]]
"""Whether each of these groups of items does harm."""


_MANY = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Culprits:
    """What a search found.

    Attributes
    ----------
    alone : items that do harm by themselves, in order
    together : groups that do harm in which no single item was found to; none where a group does harm exactly if one of
        its items does
    questions : groups asked about
    rounds : calls of the question
    """

    alone: Positions
    together: tuple[Positions, ...]
    questions: int
    rounds: int


def culprits(ask: Ask, n: int, *, groups: int = 1) -> Culprits:
    """Find the items of 0..n-1 that do harm, when few do.

    Every one of `groups` (1..n) runs of neighbouring items is asked about; one that does harm is halved until a single item
    is left, which is asked about by itself unless it just was; what was set aside on the way is then asked about as one
    group, and so on. All runs go on side by side, and one call asks for all. Put likely culprits next to one another.

    Where a group does harm exactly if one of its items does, the k such items are found with at most

        groups + k (ceil(log2(s)) + 2)

    questions, s = ceil(n / groups) being the longest run: halving a group of s takes ceil(log2(s)) answers, the left half
    telling of the right; then come the item and what was aside. With about k groups that is k log2(n / k) + 3k, where any
    method needs log2 of (n choose k), k log2(n / k) or more (group testing: Dorfman 1943; Hwang 1972). Whatever the
    question, all that is in `alone` and `together` was asked about and did harm; nothing there is only concluded.

    Raises InvalidInput where groups is outside 1..n.

    >>> bad = np.array([3, 70])
    >>> found = culprits(lambda units: np.array([np.isin(bad, group).any() for group in units]), 100)
    >>> found.alone, found.questions, found.rounds
    (array([ 3, 70]), 18, 18)
    """
    if not 1 <= groups <= max(n, 1):
        raise InvalidInput("groups", groups, f"must lie in 1..{max(n, 1)}")
    searches = [_search(run) for run in np.array_split(np.arange(n), groups) if len(run)]
    found: list[Positions] = []
    waiting = {search: next(search) for search in searches}
    questions = rounds = 0
    while waiting:
        answers = ask(Units.of(list(waiting.values())))
        questions, rounds = questions + len(waiting), rounds + 1
        waiting, ended = _told(dict(zip(waiting, answers.tolist(), strict=True)))
        found += ended
    alone = np.sort([group[0] for group in found if len(group) == 1]).astype(np.intp)
    return Culprits(alone, tuple(group for group in found if len(group) > 1), questions, rounds)


_Search = Generator[Positions, bool, list[Positions]]


def _told(answers: dict[_Search, bool]) -> tuple[dict[_Search, Positions], list[Positions]]:
    """What the searches ask next, told the answers, and what those found that are at their end."""
    waiting, found = dict[_Search, Positions](), list[Positions]()
    for search, answer in answers.items():
        try:
            waiting[search] = search.send(answer)
        except StopIteration as end:
            found += end.value
    return waiting, found


def _search(items: Positions) -> _Search:
    """Asks by yielding a group, is sent the answer, and returns every harmful item or group found."""
    found = []
    while len(items) and (yield items):
        harmful, items = yield from _halved(items)
        found.append(harmful)
    return found


def _halved(suspects: Positions) -> Generator[Positions, bool, tuple[Positions, Positions]]:
    """From a group known to do harm: an item or a smaller group known to, and what was set aside."""
    known, aside = suspects, [suspects[:0]]
    while len(suspects) > 1:
        left, right = np.array_split(suspects, 2)
        if (yield left):
            known = suspects = left
            aside.append(right)
        else:
            suspects = right
    if len(known) > 1 and (yield suspects):
        known = suspects
    return known, np.concatenate(aside[::-1])


def exceeding(harm: Callable[[Units], Floats], null: Floats, *, level: float = 1e-3, random_state: int = 0) -> Ask:
    """The question whether a group of rows does more harm, by `harm` (units,), than as many good rows together would.

    A group of s rows is compared with the limit that sums of s of the null's values, harm of single good rows, exceed with
    chance `level`: by 10 / level seeded draws up to 1,000 rows, by the normal law beyond. Margin impacts are nearly
    additive. A good item is named with chance `level` at most, but no less than n values can tell, 1 / (n + 1). One bad row
    hides among s good ones if it does less harm than about 3 sqrt(s) times the spread of theirs, so a run that shows
    nothing is no proof that it is clean: ask with more `groups` where rows are weak.

    Raises InvalidInput where level is outside (0, 1) or there is no null.

    >>> ask = exceeding(lambda units: units.sums(np.array([0.0, 9.0, 1.0])), np.arange(3.0))
    >>> ask(Units.of([np.array([0, 2]), np.array([0, 1])]))
    array([False,  True])
    """
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise InvalidInput("level", level, "must lie strictly between 0 and 1")
    if not len(null):
        raise InvalidInput("null", null, "must hold the harm of good rows")

    @cache
    def most(size: int) -> float:
        if size > _MANY:
            return float(size * null.mean() - ndtri(level) * np.sqrt(size) * null.std())
        return limit(_sums(null, size, int(10 / level), np.random.default_rng([random_state, size])), level)

    return lambda units: harm(units) > np.array([most(size) for size in units.sizes.tolist()])


def _sums(null: Floats, size: int, draws: int, rng: np.random.Generator, at_once: int = 64) -> Floats:
    """Sums of so many values drawn with replacement, once each draw."""
    total = np.zeros(draws)
    for start in range(0, size, at_once):
        total += null[rng.integers(len(null), size=(draws, min(at_once, size - start)))].sum(axis=1)
    return total


def of_items(ask: Ask, items: Units) -> Ask:
    """A question about rows, asked about items that have several rows each, such as sources or time windows.

    >>> sources = Units.grouped(np.array(["b", "a", "b"]))
    >>> of_items(lambda units: np.array([2 in rows for rows in units]), sources)(Units.single(2))
    array([False,  True])
    """

    def question(asked: Units) -> NDArray[np.bool_]:
        rows = items.take(asked.rows)
        return ask(Units(rows.rows, rows.starts[asked.starts]))

    return question
