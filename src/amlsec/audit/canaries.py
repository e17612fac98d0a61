"""The finding about canaries: rows planted in the training data, and what the model gives away of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from amlsec.audit.codes import Code
from amlsec.audit.command import command
from amlsec.audit.set_apart import Canaries, named
from amlsec.audit.settings import Settings
from amlsec.errors import ModelFailed
from amlsec.evaluation.exposure import Exposure, Floats, chance_of_all, exposures, leaked
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.severity import severity
from amlsec.evidence import Finding, Interval, Severity, State, rate
from amlsec.models.fixed import Finished
from amlsec.standards import of_cell
from amlsec.tables.load import Table
from amlsec.threat import Access, Influence, Specificity, ThreatModel, Violation

TITLE = "Canaries"
LEVEL = 0.05
CELL = ThreatModel(Influence.EXPLORATORY, Violation.PRIVACY, Specificity.TARGETED)
NONE_REGISTERED = (
    "no canaries are registered; plant some with `amlsec canaries plant` and name their register with --canaries"
)


def canaries_finding(canaries: Canaries | None, ground: Ground, table: Table, settings: Settings) -> Finding:
    """How exposed each canary is, by a model that the audit trains, or by a fixed one that was trained on them before."""
    estimator = ground.offers["estimator"]
    access = min(settings.access, getattr(estimator, "access", Access.SCORES), key=list(Access).index)
    if why_not := _why_not(canaries, access, settings, fixed=isinstance(estimator, Finished)):
        return _not_run(why_not)
    assert canaries is not None
    try:
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = ground.clean_model(None)
            found = exposures(model, canaries.register, table, queries=settings.queries, access=access)
    except ModelFailed as error:
        return _not_run(str(error))
    return _measured(canaries, found, settings, fixed=isinstance(estimator, Finished))


def _why_not(canaries: Canaries | None, access: Access, settings: Settings, *, fixed: bool) -> str:
    """Why nothing can be measured; empty where it can."""
    if canaries is None or not canaries.register.canaries:
        return NONE_REGISTERED
    if not access.includes(Access.LABELS) or not settings.queries:
        return "it takes answers of the model, the threat model asked for grants none"
    if not _planted(canaries, fixed=fixed):
        return "none of the planted canaries is in the data"
    return ""


def _planted(canaries: Canaries, *, fixed: bool) -> list[str]:
    """The canaries that the model was trained on: of a fixed one the register says it, else the data show it."""
    return [name for name, each in canaries.register.canaries.items() if each.planted and (fixed or canaries.found[name])]


def _held_back(canaries: Canaries) -> list[str]:
    return [name for name, each in canaries.register.canaries.items() if not (each.planted or canaries.found[name])]


def _not_run(because: str) -> Finding:
    standards = of_cell(CELL).as_dict()
    return Finding(Code.CANARIES, TITLE, State.NOT_RUN, cell=str(CELL), because=because, standards=standards)


def _measured(canaries: Canaries, found: Mapping[str, Exposure], settings: Settings, *, fixed: bool) -> Finding:
    planted, held_back = _planted(canaries, fixed=fixed), _held_back(canaries)
    given_away = leaked({name: found[name] for name in planted}, LEVEL)
    chance = chance_of_all(_p(planted, found), _p(held_back, found))
    harm = rate(len(given_away), len(planted))
    missing = [] if fixed else canaries.missing
    return Finding(
        code=Code.CANARIES,
        title=TITLE,
        state=State.MEASURED,
        cell=str(CELL),
        severity=_severity(harm, chance),
        sentence=_sentence(given_away, _p(planted, found), _p(held_back, found), chance) + _missing(missing),
        who=f"anyone who may ask the model {settings.queries:,} times and knows the form of what he looks for",
        cost=f"up to {settings.queries:,} questions for each form",
        harm=harm,
        trials=len(planted),
        seeds=1,
        counts={"planted": len(planted), "held back": len(held_back), "missing": len(missing)},
        table=tuple(_row(name, canaries, found[name], name in given_away) for name in [*planted, *held_back]),
        advice=_advice(given_away, chance),
        reproduce=command(settings, only=Code.CANARIES),
        standards=of_cell(CELL).as_dict(),
        references=("carlini2019secret",),
    )


def _severity(harm: Interval, chance: float) -> Severity:
    """By the share that is given away, never below medium where one is; low where they are only together."""
    least = Severity.MEDIUM if harm.value else Severity.LOW if chance <= LEVEL else Severity.NONE
    return max(severity(harm), least, key=lambda level: level.rank)


def _p(names: Sequence[str], found: Mapping[str, Exposure]) -> Floats:
    return np.array([found[name].p for name in names])


def _sentence(given_away: Sequence[str], planted: Floats, held_back: Floats, chance: float) -> str:
    beyond = f": {named(given_away)}" if given_away else ""
    others = f", {_median_bits(held_back):.1f} of those held back" if len(held_back) else ""
    together = "beyond chance" if chance <= LEVEL else "not beyond chance"
    return (
        f"The model gives away {len(given_away)} of {len(planted)} planted canaries beyond chance{beyond}. Their median "
        f"exposure is {_median_bits(planted):.1f} bits{others} (1 by chance); together they are exposed {together} "
        f"(p = {chance:.2g})."
    )


def _median_bits(p: Floats) -> float:
    return float(np.median(-np.log2(p)))


def _missing(names: Sequence[str]) -> str:
    return f" Planted, but missing from the data or some of their copies: {named(names)}." if names else ""


def _advice(given_away: Sequence[str], chance: float) -> str:
    if not given_away and chance > LEVEL:
        return ""
    return (
        "What canaries stand for leaks as they do: leave it out of training or mask it, keep rows from being repeated, "
        "regularise more, train with differential privacy, or show verdicts instead of scores."
    )


def _row(name: str, canaries: Canaries, found: Exposure, is_leaked: bool) -> dict[str, str | float]:
    canary = canaries.register.canaries[name]
    return {
        "canary": name,
        "stands for": canary.about,
        "held by": canary.holder,
        "planted": str(canary.on or "yes") if canary.planted else "held back",
        "copies": float(canaries.found[name]),
        "exposure (bits)": round(found.bits, 2),
        "at least": round(found.low, 2),
        "at most": round(found.high, 2),
        "p": found.p,
        "given away": "yes" if is_leaked else "no",
    }
