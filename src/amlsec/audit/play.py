"""One job, played in whatever process: plain data in, plain data out."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

import numpy as np
from threadpoolctl import threadpool_limits

from amlsec.audit.plan import Job
from amlsec.catalogue import named
from amlsec.evaluation.folder import GroundFolder
from amlsec.evaluation.games import GAMES, Outcome, Play, clean_game
from amlsec.evaluation.sources import blast_radius


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A job and what it is played on and with."""

    folder: GroundFolder
    job: Job
    budget: Any = None


def play(work: Work) -> dict[str, Any]:
    """The job's result under "outcome", "clean" or "source"; where it failed, why, under "failed"."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _played(work)
        except Exception as error:
            return {"failed": f"{type(error).__name__}: {error}"}


def _played(work: Work) -> dict[str, Any]:
    job, ground = work.job, work.folder.open()
    defense = named(job.defense) if job.defense else None
    if not job.attack:
        return {"clean": clean_game(ground, defense)}
    attack = named(job.attack)
    # The defense is no part of the seed: with and without it, the same attacker owns the same rows.
    rng = np.random.default_rng([job.seed, crc32(f"{job.attack} {job.source}".encode())])
    if job.source:
        return {"source": asdict(blast_radius(ground, job.source, attack, rng))}
    return {"outcome": asdict(GAMES[attack.kind](Play(ground, attack, defense, work.budget, rng)))}


def outcome(stored: dict[str, Any]) -> Outcome:
    """An outcome as it was before it was stored as JSON."""
    fields = dict(stored)
    fields["examples"] = tuple((before, after, tuple(changes)) for before, after, changes in fields["examples"])
    fields["stopped"] = {name: (stopped, of) for name, (stopped, of) in fields["stopped"].items()}
    fields["interval"] = tuple(fields["interval"]) if fields["interval"] else None
    return Outcome(**fields)
