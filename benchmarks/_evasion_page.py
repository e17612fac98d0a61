"""The page docs/evasion-peers.md: what was played, who won, where ours lost and why, the settings."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from _evasion_results import LIMIT, Pooled, Result, ahead, best, groups, pooled
from _evasion_words import CAUSES, HEAD, SETTINGS, THEIRS
from _point import of_duels

SEEN = {
    "gradients": "the model itself, differentiable",
    "leaves": "the model itself, of trees",
    "scores": "scores",
    "labels": "verdicts",
}


def page(results: Sequence[Result], reasons: Mapping[str, str]) -> str:
    """The page as Markdown."""
    return "\n".join(_page(results, reasons)) + "\n"


def _page(results: Sequence[Result], reasons: Mapping[str, str]) -> Iterator[str]:
    spent = sum(one.seconds for one in results)
    duels = list(_duels(results))
    yield HEAD.format(point=of_duels(duels), limit=f"{LIMIT:g}")
    yield (
        f"{len(results)} games of {date.today().isoformat()}; {spent / 60:.0f} minutes of processor time, a shared machine "
        f"of 2 cores ({platform.machine()}), Python {platform.python_version()}.\n"
    )
    yield from (f"* Not played: {name}: {why}." for name, why in reasons.items())
    yield "\n![Share of rows won against cost](evasion-peers.svg)\n"
    yield "## All data sets and models together\n"
    yield from _together(results)
    yield "\n## Model by model: ours against the best peer\n"
    yield from duels
    yield "\n## Every loss\n"
    yield from _losses(results)
    yield f"\n{CAUSES}\n\n{THEIRS}\n\n{SETTINGS}"


def _of(access: str, queries: int, one: Result, model: str = "", data: str = "") -> bool:
    return (one.access, one.queries) == (access, queries) and model in ("", one.model) and data in ("", one.data)


def _together(results: Sequence[Result]) -> Iterator[str]:
    heads = "attacker | rows | won within the limit | median cost | unprojected, won | unprojected, median | seconds a row"
    for access, queries in groups(results):
        yield f"\n### He sees {SEEN[access]}{f'; {queries:,} queries a row' if queries else ''}\n"
        yield f"| {heads} |\n|{'---|' * 7}"
        for one in pooled(results, partial(_of, access, queries)):
            name = f"**{one.attacker}**" if one.ours else one.attacker
            raw = ("", "") if one.ours else (str(one.unprojected), _cost(_median_free(one)))
            cells = [name, str(len(one.cost)), str(one.success), _cost(one.median), *raw, f"{one.seconds:.3f}"]
            yield f"| {' | '.join(cells)} |"


def _median_free(one: Pooled) -> float:
    return Pooled(one.attacker, one.ours, one.free, one.free, one.seconds).median


def _cost(cost: float) -> str:
    return "none" if cost == float("inf") else f"{cost:.2f}"


def _duels(results: Sequence[Result]) -> Iterator[str]:
    yield (
        "| sees | queries | model | rows | ours | won, median cost | best peer | won, median cost | ahead by | |\n"
        + "|---" * 10
        + "|"
    )
    for access, queries in groups(results):
        for model in dict.fromkeys(one.model for one in results):
            both = _sides(results, access, queries, model)
            if both is not None:
                yield f"| {' | '.join([access, f'{queries:,}', model, str(len(both[0].cost)), *_duel(*both)])} |"


def _duel(ours: Pooled, theirs: Pooled) -> list[str]:
    more = ahead(ours, theirs)
    mark = "ahead" if more.low > 0 else "**behind**" if more.high < 0 else "level"
    shown = [f"{one.attacker} | {one.success.value:.0%}, {_cost(one.median)}" for one in (ours, theirs)]
    return [*shown, str(more), mark]


def _sides(results: Sequence[Result], access: str, queries: int, model: str, data: str = "") -> tuple[Pooled, Pooled] | None:
    """Our best and the best peer on the same rows; None where either did not play them all."""
    found = pooled(results, lambda one: _of(access, queries, one, model, data))
    rows = max((len(one.cost) for one in found), default=0)
    sides = [[one for one in found if one.ours == side and len(one.cost) == rows] for side in (True, False)]
    return (best(sides[0]), best(sides[1])) if all(sides) else None


def _losses(results: Sequence[Result]) -> Iterator[str]:
    """Where a peer wins more rows, or as many for a median cost lower by 1 %."""
    yield f"| sees | queries | data | model | ours: won, median cost | the peer: won, median cost |\n|{'---|' * 6}"
    for access, queries in groups(results):
        for data, model in dict.fromkeys((one.data, one.model) for one in results):
            both = _sides(results, access, queries, model, data)
            if both is not None and _lost(*both):
                shown = [f"{one.attacker}: {one.success.value:.0%}, {_cost(one.median)}" for one in both]
                yield f"| {' | '.join([access, f'{queries:,}', data, model, *shown])} |"


def _lost(ours: Pooled, theirs: Pooled) -> bool:
    if ours.success.value != theirs.success.value:
        return ours.success.value < theirs.success.value
    return theirs.median < 0.99 * ours.median
