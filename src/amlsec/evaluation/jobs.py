"""One game to play, as plain data, and its result, in whatever process."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from threadpoolctl import threadpool_limits

from amlsec.catalogue import Card, named
from amlsec.errors import NotApplicable
from amlsec.evaluation.canary_game import canary_game
from amlsec.evaluation.folder import GroundFolder
from amlsec.evaluation.games import clean_game
from amlsec.evaluation.kinds import game_of
from amlsec.evaluation.play import Outcome, Play
from amlsec.evaluation.sources import blast_radius
from amlsec.layered.rule import is_joined
from amlsec.layered.stack import Stack, stacked


@dataclass(frozen=True, slots=True)
class Job:
    """One game to play: an attack at a multiple of the asked budget, from one seed.

    The defense is a member's name, the rule of several layers ("roni & abstain"), or none. A job without an attack measures
    clean rows, or what is given away of `canaries`; one with a source, that source's blast radius. An `adaptive` poisoner
    knows the defense.
    """

    attack: str = ""
    defense: str = ""
    scale: float = 1.0
    seed: int = 0
    source: str = ""
    adaptive: bool = False
    canaries: bool = False

    @property
    def key(self) -> str:
        """The same for equal jobs, in any process."""
        return blake2b(json.dumps(asdict(self)).encode(), digest_size=12).hexdigest()

    def __str__(self) -> str:
        what = self.attack or ("canaries" if self.canaries else "clean rows")
        who = f"{what}, adaptive," if self.adaptive else what
        return who + (f" by {self.source}" if self.source else "") + (f" against {self.defense}" if self.defense else "")


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A job and what it is played on and with: an attack's budget, or the questions about canaries."""

    folder: GroundFolder
    job: Job
    budget: Any = None


def play(work: Work) -> dict[str, Any]:
    """The job's result under "outcome", "clean", "canaries" or "source"; or why there is none, "unfit" or "failed"."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _played(work)
        except NotApplicable as why:
            return {"unfit": str(why)}
        except Exception as error:
            return {"failed": f"{type(error).__name__}: {error}"}


def _played(work: Work) -> dict[str, Any]:
    job, ground = work.job, work.folder.open()
    defense = _behind(job.defense)
    if job.canaries:
        return {"canaries": canary_game(ground, defense, work.budget)}
    if not job.attack:
        return {"clean": clean_game(ground, defense)}
    attack = named(job.attack)
    # The defense is no part of the seed: with and without it, the same attacker owns the same rows.
    rng = np.random.default_rng([job.seed, crc32(f"{job.attack} {job.source}".encode())])
    if job.source:
        return {"source": asdict(blast_radius(ground, job.source, attack, rng))}
    game = game_of(attack)
    return {"outcome": asdict(game(Play(ground, attack, defense, work.budget, rng, knows_defense=job.adaptive)))}


def _behind(name: str) -> Card | Stack | None:
    """The defense of this name, or the layers of this rule; None for none."""
    if not name:
        return None
    return stacked(name) if is_joined(name) else named(name)


def outcome(stored: dict[str, Any]) -> Outcome:
    """An outcome as it was before it was stored as JSON."""
    fields = dict(stored)
    fields["examples"] = tuple((before, after, tuple(changes)) for before, after, changes in fields["examples"])
    fields["stopped"] = {name: (stopped, of) for name, (stopped, of) in fields["stopped"].items()}
    fields["interval"] = tuple(fields["interval"]) if fields["interval"] else None
    fields["roc"] = tuple((claimed, found) for claimed, found in fields["roc"])
    return Outcome(**fields)
