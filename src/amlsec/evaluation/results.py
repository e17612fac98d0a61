"""What came of the jobs of one evaluation, and what they say of each defense."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amlsec.catalogue import Card, Kind, named
from amlsec.evaluation.curves import harm
from amlsec.evaluation.exposure import Exposure
from amlsec.evaluation.jobs import Job, outcome
from amlsec.evaluation.play import Outcome
from amlsec.evidence import Defended, Interval, change, rate
from amlsec.layered.rule import is_joined

_Setting = tuple[str, str, float, bool]
"""Attack, defense, scale of the budget, and whether the attacker knows the defense."""


TIME_OVER = "the time was over"


def _setting(job: Job) -> _Setting:
    return job.attack, job.defense, job.scale, job.adaptive


@dataclass(slots=True)
class Results:
    """What came of the jobs: outcomes by setting and seed, and why others gave none.

    `unfit` says of attacks that found the model, undefended, to be of another kind than they need, what it lacks.
    """

    outcomes: dict[_Setting, dict[int, Outcome]] = field(default_factory=lambda: defaultdict(dict))
    clean: dict[str, dict[str, Any]] = field(default_factory=dict)
    canaries: dict[str, dict[str, Exposure]] = field(default_factory=dict)
    sources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    because: dict[Job, str] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    run: int = 0
    not_run: int = 0

    def add(self, job: Job, result: dict[str, Any] | None) -> None:
        """Take in one job's result; None is a job that time did not allow."""
        if result is None or "failed" in result:
            self.not_run += 1
            self.because[job] = result["failed"] if result else TIME_OVER
            return
        self.run += 1
        if "unfit" in result:
            self._add_unfit(job, result["unfit"])
        elif "clean" in result:
            self.clean[job.defense] = result["clean"]
        elif "canaries" in result:
            self.canaries[job.defense] = {name: Exposure(**each) for name, each in result["canaries"].items()}
        elif "source" in result:
            self.sources[job.source, job.attack] = result["source"]
        else:
            self.outcomes[_setting(job)][job.seed] = outcome(result["outcome"])

    def _add_unfit(self, job: Job, why: str) -> None:
        self.because[job] = why
        if not job.defense and not job.source:
            self.unfit[job.attack] = why

    def of(self, attack: str, defense: str = "", scale: float = 1.0, *, adaptive: bool = False) -> list[Outcome]:
        """The outcomes with at least one trial, in order of their seeds."""
        by_seed = self.outcomes.get((attack, defense, scale, adaptive), {})
        return [by_seed[seed] for seed in sorted(by_seed) if by_seed[seed].trials]

    def played(self, attack: str) -> list[tuple[str, float]]:
        """The single defenses, none first, and the scales of the budget, smallest first, with at least one trial."""
        games = [setting for setting in self.outcomes if setting[0] == attack and not is_joined(setting[1])]
        known = {(d, scale) for _, d, scale, adaptive in games if not adaptive}
        return sorted((d, scale) for d, scale in known if self.of(attack, d, scale))

    def why(self, attack: str, defense: str = "", scale: float = 1.0, *, adaptive: bool = False) -> str:
        """Why no game of this setting was played; "" where one was, whatever it gave, or none was lost."""
        setting = attack, defense, scale, adaptive
        if setting in self.outcomes:
            return ""
        lost = (why for job, why in self.because.items() if not job.source and _setting(job) == setting)
        return next(lost, "")

    def harm(self, attack: str, scale: float = 1.0) -> Interval | None:
        """What the attack does where nothing defends; None where that was not measured."""
        outcomes = self.of(attack, scale=scale)
        return harm(outcomes) if outcomes else None


def defended(card: Card, name: str, results: Results, scale: float = 1.0) -> Defended:
    """What one defense leaves of one attack by an attacker who does not know it, and of one who does."""
    outcomes = results.of(card.name, name, scale)
    knowing = results.of(card.name, name, scale, adaptive=True)
    return Defended(
        named(name).title,
        harm(outcomes),
        price(results.clean, name),
        outcomes[0].trials,
        "; ".join([*_notes(card, outcomes, told=bool(knowing)), *_broken(name)]),
        adaptive=harm(knowing) if knowing else None,
        innocents=_innocents(outcomes),
        member=name,
    )


def _notes(card: Card, outcomes: list[Outcome], *, told: bool) -> list[str]:
    stopped = outcomes[0].stopped.items()
    notes = [f"did not accept {count} of {of} {rows} rows" for rows, (count, of) in stopped if of]
    if card.kind == Kind.POISONING and not told:
        notes.append("no poisoner who knows of it was played")
    certified = [found.certified for found in outcomes if found.certified is not None]
    if certified:
        notes.append(f"half of the test rows stay right, provably, whatever {np.median(certified):.0f} replaced rows hold")
    return notes


def _broken(name: str) -> list[str]:
    """What gets around the defense by knowing it, where that is known."""
    attacks = named(name).broken_by
    return [f"known to be got around by {' and '.join(attacks)}, where these apply"] if attacks else []


def _innocents(outcomes: list[Outcome]) -> Interval | None:
    """The share of innocent rows that a screen did not accept, of all seeds together."""
    counts = [found.stopped["innocent"] for found in outcomes if "innocent" in found.stopped]
    lost, of = (sum(count[k] for count in counts) for k in (0, 1)) if counts else (0, 0)
    return rate(lost, of) if of else None


def price(clean: Mapping[str, Mapping[str, Any]], defense: str) -> Interval | None:
    """How many more clean test rows, of the label that it hurts most, a defense judges wrongly; None where not measured.

    `clean` maps each defense, "" for none, to the outcome of its clean game.
    """
    alone, behind = clean.get(""), clean.get(defense)
    if not alone or not behind:
        return None
    changes = []
    for label, kind in enumerate(("stopped", "passed")):
        wrong, now = set(alone["wrong"][label]), set(behind["wrong"][label])
        changes.append(change(len(now - wrong), len(wrong - now), alone[kind][1]))
    return max(changes, key=lambda change: change.value)
