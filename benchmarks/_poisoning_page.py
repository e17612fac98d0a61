"""The page docs/poisoning.md: what was played, the heat maps, the marks, what was recommended, the table."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence

from amlsec.bench.heat_map import SIGNS
from amlsec.bench.run import Bench
from amlsec.bench.table import Mark, Row, percent
from amlsec.evaluation.adaptive import TRIES
from amlsec.evaluation.recommend import recommended
from amlsec.evidence import Defended, Interval

TITLE = "# Poisoning: attacks against defenses\n"
HEAD = f"""\
Written by `make bench-poisoning`; `amlsec bench poisoning` does the same for your data and your model, and the audit
uses the same code.

An attacker owns a share of the training rows and poisons them; harm is the share of test rows
that turn his way beyond the clean model, with a 95 % interval. *Blind*, he does not know the defense. *Knowing* it,
he rehearses on the rows he knows: he trains the defended system himself, moves what is caught towards honest rows,
copies what passes, sends less, begins anew with another seed ({TRIES} tries; `amlsec.evaluation.adaptive`), and attacks
that can, build the defense into their aim. What is left is what the stronger of the two gains.

Attacks that do no
harm alone are not applicable: a defense would look good against them for nothing. Marks follow from the measurements
by a rule, not from reputation: *holds* means that the whole interval lies under 10 % and under the harm without the
defense, for both attackers.
"""


def page(bench: Bench, share: float) -> str:
    """The page, with the table at this share."""
    return "\n".join(_page(bench, share)) + "\n"


def _page(bench: Bench, share: float) -> Iterator[str]:
    judged = [row for row in bench.rows if row.share == share and row.defense]
    yield TITLE
    yield _point(judged)
    yield HEAD
    yield "| data | victim | training rows | trusted | test |\n|---|---|---|---|---|"
    for data, counts in bench.counts.items():
        yield f"| {data} | {bench.models[data]} | {counts['train']:,} | {counts['trusted']:,} | {counts['test']:,} |"
    yield (
        f"\n{bench.games_run:,} games, {bench.games_not_run:,} more planned and not run; begun {bench.started[:10]}, "
        f"{bench.seconds / 60:.0f} minutes on {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, "
        f"amlsec {bench.version}.\n"
    )
    for each in sorted({row.share for row in bench.rows}):
        yield f"![Harm left at {percent(each)} of the rows](poisoning-{100 * each:g}-percent.svg)\n"
    yield f"## What was shown of each defense, at {percent(share)}\n"
    yield from _marks(judged)
    yield "\n## Which defense left least\n"
    yield from _best(bench.rows, share)
    yield f"\n## The table at {percent(share)}\n\nAll shares, with the trials of each row: [poisoning.csv](poisoning.csv).\n"
    yield from _table([row for row in bench.rows if row.share == share])


def _point(rows: Sequence[Row]) -> str:
    """How many defenses have an attack that breaks them."""
    broken = {row.defense for row in rows if row.mark in (Mark.BREAKS, Mark.BREAKS_ADAPTIVELY)}
    return f"{len(broken)} of {len({row.defense for row in rows})} defenses were broken by at least one poisoning attack.\n"


def _marks(rows: Sequence[Row]) -> Iterator[str]:
    """How often each mark was given, the strongest attack by one who knows the defense, and the most it cost anywhere."""
    shown = [mark for mark in Mark if mark != Mark.NOT_APPLICABLE]
    heads = [
        "defense",
        *(f"{SIGNS.get(mark, '–')} {mark}" for mark in shown),
        "strongest knowing attack",
        "innocents lost",
        "clean price",
    ]
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for name in sorted({row.defense for row in rows}):
        mine = [row for row in rows if row.defense == name and row.mark != Mark.NOT_APPLICABLE]
        counts = Counter(row.mark for row in mine)
        costs = [_strongest(mine), _most([row.innocents for row in mine]), _most([row.price for row in mine])]
        yield f"| {' | '.join([name, *(str(counts[mark] or '') for mark in shown), *costs])} |"


def _strongest(rows: Sequence[Row]) -> str:
    known = [row for row in rows if row.knowing]
    if not known:
        return ""
    worst = max(known, key=lambda row: row.knowing.value if row.knowing else 0.0)
    return f"{worst.attack} on {worst.data}: {_said(worst.knowing)} %"


def _most(found: Sequence[Interval | None]) -> str:
    known = [interval.value for interval in found if interval]
    return f"at most {100 * max(known):.1f} %" if known else ""


def _best(rows: Sequence[Row], share: float) -> Iterator[str]:
    yield "| data | defense | harm left, mean over attacks | without it | clean price |\n|---|---|---|---|---|"
    for data in dict.fromkeys(row.data for row in rows):
        here = [row for row in rows if row.data == data and row.share == share]
        alone = {row.attack: row.alone for row in here if not row.defense}
        best = recommended([(harm, _defended(here, attack)) for attack, harm in alone.items()])
        if best is None:
            yield f"| {data} | none beats doing nothing | | | |"
            continue
        price = f"{100 * best.price.value:.1f} %" if best.price else ""
        yield f"| {data} | {best.member} | {best.left:.1%} | {best.alone:.1%}, {best.attacks[0]} attacks | {price} |"


def _defended(rows: Sequence[Row], attack: str) -> list[Defended]:
    return [
        Defended(row.defense, row.blind, row.price, row.trials, adaptive=row.knowing, member=row.defense)
        for row in rows
        if row.attack == attack and row.blind
    ]


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| data | attack | defense | alone | blind | knowing | mark |\n|---|---|---|---|---|---|---|"
    for row in rows:
        harm = [_said(found) for found in (row.alone, row.blind, row.knowing)]
        mark = str(row.mark) if row.defense or row.mark == Mark.NOT_APPLICABLE else ""
        yield f"| {' | '.join([row.data, row.attack, row.defense or 'none', *harm, mark])} |"


def _said(found: Interval | None) -> str:
    return f"{100 * found.value:.0f} ({100 * found.low:.0f} to {100 * found.high:.0f})" if found else ""
