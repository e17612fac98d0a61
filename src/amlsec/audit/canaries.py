"""The finding about canaries: rows planted in the training data, and what the model gives away of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from amlsec.audit.codes import Code
from amlsec.audit.command import command
from amlsec.audit.set_apart import Canaries, named
from amlsec.audit.settings import Settings
from amlsec.canaries.rows import given_by
from amlsec.catalogue import named as member
from amlsec.evaluation.canary_game import CELL, Questions
from amlsec.evaluation.exposure import Exposure, Floats, chance_of_all, leaked
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.one_run import one_run
from amlsec.evaluation.results import Results, price
from amlsec.evaluation.severity import severity
from amlsec.evidence import Defended, Finding, Interval, Severity, State, rate
from amlsec.models.fixed import Finished
from amlsec.standards import of_cell
from amlsec.threat import Access

TITLE = "Canaries"
LEVEL = 0.05
NONE_REGISTERED = "no canaries are registered; `amlsec canaries plant` draws some, --canaries names their register"
TIME_OVER = "the time was over before the model was asked about canaries"


def why_not(canaries: Canaries | None, estimator: Any, settings: Settings) -> str:
    """Why nothing can be measured of canaries; empty where it can."""
    if canaries is None or not canaries.register.canaries:
        return NONE_REGISTERED
    if not _access(estimator, settings).includes(Access.LABELS) or not settings.queries:
        return "it takes answers of the model, the threat model asked for grants none"
    if not _planted(canaries, estimator):
        return "none of the planted canaries is in the data"
    return ""


def questions(canaries: Canaries, estimator: Any, settings: Settings) -> Questions:
    """What is asked: as many alternatives of each recipe as an attacker may ask about one row, and no rows of the data."""
    table, recipes = canaries.table, canaries.register.recipes
    used = {canary.recipe for canary in canaries.register.canaries.values()}
    given = np.any([given_by(recipes[name], table) for name in used], axis=0)
    known = replace(table, batch=table.batch.rows(given))
    return Questions(canaries.register, known, settings.queries, _access(estimator, settings))


def canaries_finding(canaries: Canaries | None, estimator: Any, results: Results, settings: Settings) -> Finding:
    """How exposed each canary is, by a model that the audit trains, or by a fixed one that was trained on them before."""
    if because := why_not(canaries, estimator, settings):
        return _not_run(because)
    found = results.canaries.get("")
    if canaries is None or found is None:
        return _not_run(results.because.get(Job(canaries=True), TIME_OVER))
    return _measured(canaries, _planted(canaries, estimator), found, results, settings)


def _access(estimator: Any, settings: Settings) -> Access:
    """What is asked for, as far as the model gives it."""
    return min(settings.access, getattr(estimator, "access", settings.access), key=list(Access).index)


def _planted(canaries: Canaries, estimator: Any) -> dict[str, int]:
    """The canaries that trained the model, and how often: of a fixed one the register says it, else the data show it."""
    fixed = isinstance(estimator, Finished)
    planted = {name: canary.copies for name, canary in canaries.register.canaries.items() if canary.planted}
    found = planted if fixed else {name: canaries.found[name] for name in planted}
    return {name: copies for name, copies in found.items() if copies}


def _held_back(canaries: Canaries) -> list[str]:
    return [name for name, each in canaries.register.canaries.items() if not (each.planted or canaries.found[name])]


def _not_run(because: str) -> Finding:
    standards = of_cell(CELL).as_dict()
    return Finding(Code.CANARIES, TITLE, State.NOT_RUN, cell=str(CELL), because=because, standards=standards)


def _measured(
    canaries: Canaries, planted: Mapping[str, int], found: Mapping[str, Exposure], results: Results, settings: Settings
) -> Finding:
    held_back = _held_back(canaries)
    given_away = _leaked(planted, found)
    p, others = _p(planted, found), _p(held_back, found)
    chance, harm = chance_of_all(p, others), rate(len(given_away), len(planted))
    missing = [name for name in canaries.missing if planted.get(name, 0) < canaries.register.canaries[name].copies]
    return Finding(
        code=Code.CANARIES,
        title=TITLE,
        state=State.MEASURED,
        cell=str(CELL),
        severity=_severity(harm, chance),
        sentence=_sentence(given_away, len(planted), chance) + _missing(missing),
        because=_because(p, others) + _proved(p, others, planted) + _too_few(settings.queries, len(planted)),
        who=f"anyone who may ask the model {settings.queries:,} times and knows the form of what he looks for",
        cost=f"up to {settings.queries:,} questions for each form",
        harm=harm,
        trials=len(planted),
        seeds=1,
        counts={"planted": len(planted), "held back": len(held_back), "missing": len(missing)},
        defended=tuple(sorted(_defended(planted, results), key=lambda defended: defended.loss)),
        table=tuple(_row(name, canaries, found[name], name in given_away) for name in [*planted, *held_back]),
        advice=_advice(given_away, chance),
        reproduce=command(settings, only=Code.CANARIES),
        standards=of_cell(CELL).as_dict(),
        references=("carlini2019secret", "steinke2023privacy"),
    )


def _leaked(planted: Mapping[str, int], found: Mapping[str, Exposure]) -> list[str]:
    return leaked({name: found[name] for name in planted}, LEVEL)


def _defended(planted: Mapping[str, int], results: Results) -> Iterator[Defended]:
    """What is left behind each defense that was played."""
    for name, found in results.canaries.items():
        if name:
            left = rate(len(_leaked(planted, found)), len(planted))
            note = f"median exposure {_median_bits(_p(planted, found)):.1f} bits"
            yield Defended(member(name).title, left, price(results.clean, name), len(planted), note, member=name)


def _proved(planted: Floats, held_back: Floats, copies: Mapping[str, int]) -> str:
    """What a coin for each canary proves of epsilon, of one row among the copies; nothing where it proves none."""
    if not len(held_back):
        return ""
    epsilon = one_run(-np.log2(planted), -np.log2(held_back)) / max(copies.values())
    return f"; epsilon is above {epsilon:.2g} for each row (at 95\u00a0%, delta 0)" if epsilon > 0 else ""


def _too_few(queries: int, planted: int) -> str:
    """How many alternatives tell any of so many canaries alone (Holm's first step); nothing where there are enough."""
    enough = math.ceil(planted / LEVEL) - 1
    if queries >= enough:
        return ""
    return f"; among {queries:,} alternatives none of {planted:,} can stand out alone: --queries {enough} lets it"


def _severity(harm: Interval, chance: float) -> Severity:
    """By the share that is given away, never below medium where one is; low where they are only together."""
    least = Severity.MEDIUM if harm.value else Severity.LOW if chance <= LEVEL else Severity.NONE
    return max(severity(harm), least, key=lambda level: level.rank)


def _p(names: Iterable[str], found: Mapping[str, Exposure]) -> Floats:
    return np.array([found[name].p for name in names])


def _sentence(given_away: Sequence[str], planted: int, chance: float) -> str:
    if given_away:
        return f"The model gives away {len(given_away)} of {planted} planted canaries beyond chance ({named(given_away)})."
    together = "together they stand out" if chance <= LEVEL else "nor do they stand out together"
    return f"The model gives away none of {planted} planted canaries beyond chance; {together} (p = {chance:.2g})."


def _because(planted: Floats, held_back: Floats) -> str:
    others = f" and {_median_bits(held_back):.1f} of those held back" if len(held_back) else ""
    return f"their median exposure is {_median_bits(planted):.1f} bits, 1 by chance{others}"


def _median_bits(p: Floats) -> float:
    return float(np.median(-np.log2(p)))


def _missing(names: Sequence[str]) -> str:
    return f" Missing from the data, or some of their copies: {named(names)}." if names else ""


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
        "copies": f"{canaries.found[name]:,}",
        "exposure (bits)": round(found.bits, 2),
        "at least": round(found.low, 2),
        "at most": round(found.high, 2),
        "p": found.p,
        "given away": "yes" if is_leaked else "no",
    }
