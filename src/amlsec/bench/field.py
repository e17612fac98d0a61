"""One data set of a bench: its rows, who meets on them, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from amlsec.audit.fingerprint import fingerprint
from amlsec.audit.settings import settings
from amlsec.audit.subject import Subject, prepared
from amlsec.bench.plan import Contest, contest, require_met
from amlsec.bench.settings import BenchSettings
from amlsec.data import Batch, split
from amlsec.errors import InvalidInput
from amlsec.evaluation.folder import GroundFolder, saved
from amlsec.evaluation.results import Results
from amlsec.space.column import May
from amlsec.space.joint import joint
from amlsec.space.tabular import TabularSpace

TRUSTED = 0.5
"""Trusted rows, as a share of the most training rows; of other parts there may be as many as of those."""


@dataclass(slots=True)
class Field:
    """A data set in the bench; `rows` is where its rows lie, `games` where finished games are kept."""

    name: str
    subject: Subject
    rows: GroundFolder
    games: Path
    contest: Contest
    results: Results = field(default_factory=Results)


def fields(asked: BenchSettings) -> list[Field]:
    """All data sets, read and made ready; raises InvalidInput before any is written."""
    names = [Path(name).stem for name in asked.data]
    if len(set(names)) < len(names):
        raise InvalidInput("data", list(asked.data), "must have a name each")
    subjects = [_smaller(_own_rows(_prepared(name, asked)), asked) for name in asked.data]
    contests = [contest(asked, subject.space.kind) for subject in subjects]
    require_met(asked, contests)
    return [_field(*each, asked) for each in zip(names, subjects, contests, strict=True)]


def _prepared(name: str, asked: BenchSettings) -> Subject:
    """The data set as an audit prepares it."""
    told: dict[str, Any] = {"model": asked.model, "seed": asked.seed}
    if not Path(name).suffix:
        return prepared(settings({**told, "demo": name}))
    if asked.target is None:
        raise InvalidInput("target", None, f"must name the column of {name} that holds the label")
    columns = {"target": asked.target, "text": asked.text, "source": asked.source, "malicious": asked.malicious}
    return prepared(settings({**told, **columns, "data": name}))


def _own_rows(subject: Subject) -> Subject:
    """With columns free both ways: a poisoner writes whole rows, he need not keep a working attack working."""
    space = subject.space
    if not isinstance(space, TabularSpace):
        return subject
    columns = [replace(column, may=May.BOTH) for column in space.columns]
    return replace(subject, space=joint(columns, space.groups, space.relations, examples=space.examples))


def _smaller(subject: Subject, asked: BenchSettings) -> Subject:
    rng = np.random.default_rng(asked.seed)
    most = dict.fromkeys(subject.parts, asked.rows) | {"trusted": int(TRUSTED * asked.rows)}
    return replace(subject, parts={name: _some(rows, most[name], rng) for name, rows in subject.parts.items()})


def _some(rows: Batch, most: int, rng: np.random.Generator) -> Batch:
    return rows if len(rows) <= most else split(rows, (most / len(rows),), rng)[0]


def _field(name: str, subject: Subject, meeting: Contest, asked: BenchSettings) -> Field:
    folder = asked.out / "work" / f"{name}-{fingerprint(subject, asked.model)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("out", str(asked.out), f"cannot hold the table: {error.strerror}") from error
    rows = saved(subject.parts, folder / "rows", subject.space, subject.offers)
    return Field(name, subject, rows, folder / "games", meeting)


def counts(played: Sequence[Field]) -> dict[str, dict[str, int]]:
    """How many rows of each data set served as what."""
    return {each.name: {part: len(rows) for part, rows in each.subject.parts.items()} for each in played}
