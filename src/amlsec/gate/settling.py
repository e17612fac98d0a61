"""What holds of a submission after a person decided: the gate's verdict, and on it people's decisions in their order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from amlsec.errors import Conflict
from amlsec.evidence import Decision
from amlsec.gate import decisions as made
from amlsec.gate import standings
from amlsec.gate.decisions import Decisions
from amlsec.gate.home import Home
from amlsec.gate.in_force import InForce, rows_of
from amlsec.gate.learned import Flags, Trusted, chunks, learned
from amlsec.gate.looking import found
from amlsec.gate.replay import Held, Said
from amlsec.gate.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Among:
    """Which rows (n,) of a submission are among the trusted ones of an entry `root`."""

    root: int
    flags: Flags


def among_trusted(home: Home, connection: Connection, number: int) -> Among:
    """Reads all rows of a submission, so no writer should wait for it."""
    root = InForce.at(connection).root
    names = json.loads(found(connection, number).chunks)
    return Among(root.seq, Trusted.of(home.form, rows_of(home, root)).holds_of(chunks(home.store, names)))


def settled(home: Home, connection: Connection, held: Held, said: Said, among: Among) -> dict[str, Any]:
    """What the entry by which a person's word becomes effective says of the submission and its source.

    Raises Conflict where the trusted rows changed since they were looked at.
    """
    if InForce.at(connection).root.seq != among.root:
        raise Conflict("the trusted rows changed just now: look again")
    others = [review for review in held.reviews.values() if review.entry != said.undoes]
    after, checked = decided(home.store, held.verdict or "", others if said.undoes else [*others, said])
    rows = learned(after, among.flags)
    standing = standings.of(connection, held.source).learning(rows - (held.learned or 0))
    return {
        "decisions": made.kept(home.store, after),
        "counts": made.counts(after),
        "learned": rows,
        "checked": int(checked.sum()),
        "bad": int((after[checked] == Decision.REJECT).sum()),
        **standings.keep(connection, held.source, standing),
    }


def decided(store: Store, verdict: str, reviews: Iterable[Said]) -> tuple[Decisions, Flags]:
    """The decisions (n,) after these reviews of a verdict, and on which rows (n,) they are a person's."""
    after = made.read(store, verdict).copy()
    checked = np.zeros(len(after), dtype=bool)
    for review in reviews:
        where = slice(None) if review.rows is None else json.loads(store.get(review.rows))
        after[where], checked[where] = Decision[review.decision.upper()], True
    return after, checked
