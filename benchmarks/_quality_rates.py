"""Whether stated error rates hold: over clean batches, and where trusted and offered rows come from different sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from _quality_data import Ground, portions
from numpy.typing import NDArray
from scipy.stats import t

from amlsec.data import Batch
from amlsec.defenses.screens.grouping import by_source, each_row
from amlsec.defenses.screens.roni import RONI
from amlsec.evidence import Decision, Interval, Verdicts, rate
from amlsec.statistics import benjamini_hochberg

Floats = NDArray[np.float64]

GROUPS, FDR, LEVELS = 10, 0.05, (0.01, 0.05)


@dataclass(frozen=True)
class Held:
    """How often something befell good rows, groups or batches, and how often at most it is said to; None: nothing is."""

    data: str
    what: str
    stated: float | None
    found: Interval

    @property
    def broken(self) -> bool:
        """Whether the whole interval lies above what is stated."""
        return self.stated is not None and self.found.low > self.stated


@dataclass(frozen=True, eq=False)
class Judged:
    """What befell one batch of good rows: verdicts (n,) on each alone, their p-values, and those of labels of groups."""

    alone: Verdicts
    p: Floats
    group_p: Floats


def clean_batches(ground: Ground, batches: int, trusted: int = 1000, offered: int = 200) -> Iterator[Judged]:
    """Trusted rows and a batch of the same population, drawn anew each time."""
    sizes = (trusted, offered, len(ground.rows) - trusted - offered)
    for seed in range(batches):
        yield judged(*portions(ground.rows, sizes, np.random.default_rng(seed))[:2], seed)


def foreign_batches(ground: Ground, source: str, batches: int, trusted: int = 1000, offered: int = 200) -> Iterator[Judged]:
    """Trusted rows of one source, batches of all others: honest rows that are not exchangeable with the trusted ones."""
    assert ground.rows.source is not None
    own, others = (ground.rows.rows(here) for here in (ground.rows.source == source, ground.rows.source != source))
    for seed in range(batches):
        rng = np.random.default_rng(seed)
        known = portions(own, (trusted, len(own) - trusted), rng)[0]
        yield judged(known, portions(others, (offered, len(others) - offered), rng)[0], seed)


def judged(trusted: Batch, offered: Batch, seed: int) -> Judged:
    """RONI's two screens with all defaults but the number of trials; groups at random."""
    group = np.arange(len(offered)) % GROUPS
    named = replace(offered, source=np.array([f"group {k}" for k in group], dtype=object))
    rows, groups = (RONI(group=how, fdr=FDR, trials=1, random_state=seed).fit(trusted) for how in (each_row, by_source))
    alone, grouped = rows.judge(named), groups.judge(named)
    units = np.unique(group * 2 + offered.y, return_index=True)[1]
    return Judged(alone, p_values(rows, offered, alone), 10.0 ** -grouped.score[units])


def p_values(screen: RONI, offered: Batch, verdicts: Verdicts) -> Floats:
    """Those of the rows' scores, which go on where no p-value is smaller."""
    smallest = len(screen.tests) / (1 + np.bincount(screen.calibration_.y, minlength=2))
    return np.asarray(np.maximum(10.0**-verdicts.score, smallest[offered.y]))


def rates(what: str, found: list[Judged]) -> list[Held]:
    """The rates over all batches. A p-value states how often it is at most so small, the rule how often it finds one."""
    small = [
        Held(what, f"{name} with p at most {level:.0%}", level, mean_share([p <= level * (1 + 1e-9) for p in values]))
        for name, values in (("rows", [one.p for one in found]), ("labels of groups", [one.group_p for one in found]))
        for level in LEVELS
    ]
    rejects = sum(bool((one.alone.decision == Decision.REJECT).any()) for one in found)
    finds = sum(bool(benjamini_hochberg(one.group_p, FDR).any()) for one in found)
    return [
        *small,
        Held(what, "rows not accepted", None, mean_share([~one.alone.accepted for one in found])),
        Held(what, "batches with a row rejected", FDR, rate(rejects, len(found))),
        Held(what, "batches with a group found", FDR, rate(finds, len(found))),
    ]


def mean_share(flags: Sequence[NDArray[np.bool_]]) -> Interval:
    """The mean over batches of the share flagged, by the t distribution: rows of a batch share their calibration rows."""
    shares = np.array([each.mean() for each in flags])
    value = float(shares.mean())
    reach = float(t.ppf(0.975, len(shares) - 1) * shares.std(ddof=1) / np.sqrt(len(shares)))
    return Interval(value, max(0.0, value - reach), min(1.0, value + reach))
