"""Days of a network: its connections, the model that raises alarms, who reads them, and a flood among them, played out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.audit.models import default
from amlsec.budget import EvasionBudget
from amlsec.catalogue import Card, Kind, named, of_kind
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, split
from amlsec.datasets.nsl_kdd import load
from amlsec.defenses.decisions import ALLOW, DENY, log_odds
from amlsec.evaluation.flooding import Watch
from amlsec.evaluation.guarded import anew
from amlsec.frame import Evaded, evade
from amlsec.oracle import Classifier, Model
from amlsec.space.tabular import TabularSpace, infer

ROWS, READ, ATTACKS = 10_000, 150, 0.005
ONE_CASE = ("alarm-rate-monitor",)
"""Guards whose escalated rows are one case for a person, not an alarm each."""


@dataclass(frozen=True, eq=False)
class Network:
    """A fitted classifier and its training rows; the attacker's own connections, those of a day, and what can be changed."""

    model: Any
    train: Batch
    his: Batch
    test: Batch
    space: TabularSpace

    @property
    def watch(self) -> Watch:
        """The usual day: a share ATTACKS of the connections are attacks."""
        wrong, right = (float(Classifier(self.model).labels(self.test.labelled(y).X).mean()) for y in (0, 1))
        return Watch(ROWS, (1 - ATTACKS) * wrong + ATTACKS * right, READ)


def network(seed: int) -> Network:
    """NSL-KDD and the model that the audit takes for tables, trained on half of the rows."""
    demo = load(seed)
    train, his, test = split(demo.batch, (0.5, 0.2, 0.3), np.random.default_rng(seed))
    space = infer(train.X, demo.columns, demo.categories)
    return Network(default(space).fit(train.X, train.y), train, his, test, space)


@dataclass(frozen=True, eq=False)
class Surer:
    """A classifier whose alarms below this evidence do not count: what an attacker asks for who must not look weak."""

    model: Any
    limit: float

    def scores(self, X: Rows) -> NDArray[np.float64]:
        return log_odds(self.model, X)

    def labels(self, X: Rows) -> NDArray[np.int64]:
        return (self.scores(X) > self.limit).astype(np.int64)


def flood(attack: str, of: Network, model: Model, many: int, budget: EvasionBudget, seed: int) -> Evaded:
    """The attack on benign connections of his that raise no alarm."""
    return evade(
        named(attack), model, passing_of_his(of)[:many], space=of.space, budget=budget, rng=np.random.default_rng(seed)
    )


def unnoticed(usual: float, flood: float = 3.0) -> float:
    """The alarm rate p at which the monitor's sum stands still: p log(q / u) + (1 - p) log((1 - q) / (1 - u)) = 0.

    u is the usual rate, and q has `flood` times its odds.
    """
    often = flood * usual / (1 - usual + flood * usual)
    up, down = np.log(often / usual), np.log((1 - often) / (1 - usual))
    return float(-down / (up - down))


def surely(of: Network, many: int, budget: EvasionBudget, seed: int) -> Evaded:
    """`false_alarms` for alarms with at least the median evidence of his own attacks that raise one."""
    evidence = log_odds(of.model, attacks_of_his(of))
    return flood("false-alarms", of, Surer(of.model, float(np.median(evidence))), many, budget, seed)


def passing_of_his(of: Network) -> Rows:
    """The benign connections (n, d) he owns that raise no alarm."""
    his: Rows = of.his.labelled(BENIGN).X
    passing: Rows = his[Classifier(of.model).labels(his) == BENIGN]
    return passing


def attacks_of_his(of: Network) -> Rows:
    """The attacks (n, d) he owns that raise an alarm."""
    his: Rows = of.his.labelled(MALICIOUS).X
    alarming: Rows = his[Classifier(of.model).labels(his) == MALICIOUS]
    return alarming


def guards_of_alarms() -> list[Card]:
    """The guards of tables that claim to answer exploratory attacks on availability, and the one that was found not to."""
    guards = [card for card in of_kind(Kind.GUARD) if "tabular" in card.spaces]
    return [card for card in guards if card.answers(named("alarm-flood").cell) or card.name == "drift-monitor"]


def guarded(card: Card, of: Network) -> Any:
    """The guard, told the usual rate of alarms where it wants to know, around the same classifier."""
    offers = {"estimator": default(of.space), "space": of.space, "random_state": 0, "usual": of.watch.rate}
    return card.build(offers).fit(of.train.X, of.train.y)


@dataclass(frozen=True)
class Day:
    """What a day came to.

    Attributes
    ----------
    alarms : the share of all rows that were an alarm of their own
    seen : the chance that a true alarm was read, READ of all drawn at random
    surest : the same where the READ with the strongest evidence are read
    case : rows that a person got as one case
    extra : rows of others that the classifier lets pass, and a person was asked about
    """

    alarms: float
    seen: float
    surest: float
    case: int
    extra: int


def play(of: Network, guard: tuple[str, Any] | None, sent: Rows, seed: int) -> Day:
    """A day's ROWS and the rows sent, in random order; with a guard, which has met nobody before."""
    rng = np.random.default_rng(seed)
    attacks = round(ATTACKS * ROWS)
    drawn = [_some(of.test.labelled(y).X, n, rng) for y, n in ((BENIGN, ROWS - attacks), (MALICIOUS, attacks))]
    kind = np.repeat([0, 1, 2], [ROWS - attacks, attacks, len(sent)])
    order = rng.permutation(len(kind))
    X, kind = np.concatenate([*drawn, sent])[order], kind[order]
    alarm = Classifier(of.model).labels(X) == MALICIOUS
    decided = alarm.astype(np.int8) if guard is None else anew(guard[1]).decide(X)
    shown = decided == DENY if guard and guard[0] in ONE_CASE else decided != ALLOW
    true = alarm & (kind == 1)
    extra = (decided != ALLOW) & ~alarm & (kind != 2)
    return Day(
        float(shown.mean()),
        float(shown[true].mean()) * min(1.0, READ / max(1, shown.sum())),
        float(_surest(shown, log_odds(of.model, X))[true].mean()),
        int((~shown & (decided != ALLOW)).sum()),
        int(extra.sum()),
    )


def _surest(shown: NDArray[np.bool_], evidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows (n,) are among the READ with the strongest evidence of those shown; of equals, the first."""
    read = np.zeros(len(shown), dtype=bool)
    read[np.argsort(np.where(shown, -evidence, np.inf), kind="stable")[:READ]] = True
    return read & shown


def times(rows: Rows, many: float) -> Rows:
    """So many rows, all of them in turn."""
    return rows[np.arange(round(many)) % len(rows)]


def _some(rows: Rows, many: int, rng: np.random.Generator) -> Rows:
    return rows[rng.integers(0, len(rows), many)]
