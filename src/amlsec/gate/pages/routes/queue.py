"""What waits for a person, and the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from amlsec.gate import looking
from amlsec.gate.http.deps import TheGate
from amlsec.gate.looking import judged
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.views.verdict import because
from amlsec.gate.records import Submission
from amlsec.gate.service import Gate

router = APIRouter()
_SHOWN = 50
_SOURCES = 20
_BY_A_PERSON = "What a person decided of it was taken back."
_HARM = (
    "Harm counts held rows, each as far as it is worse than a usual trusted row; where a protected row would turn wrong, "
    "it counts every row of the submission."
)


@dataclass(frozen=True, slots=True)
class Item:
    """A submission in the queue, and why it is held, in a line."""

    about: Submission
    why: str


@router.get("/queue")
def queue(request: Request, gate: TheGate, source: str = "") -> Response:
    """Most harmful first."""
    every = looking.queued(gate.home)
    of_source = sum(number for name, number, _ in every if source in ("", name))
    return page(
        request,
        "queue.html",
        every=sum(number for _, number, _ in every),
        held=sum(rows for _, _, rows in every),
        waiting=looking.unjudged(gate.home),
        by_source=[(name, number) for name, number, _ in every[:_SOURCES]],
        source=source,
        items=_items(gate, looking.queue(gate.home, source=source or None, limit=_SHOWN)),
        more=max(of_source - _SHOWN, 0),
        harm_note=_HARM,
    )


@router.get("/search")
def search(request: Request, gate: TheGate, words: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Submissions that hold the words."""
    return page(request, "search.html", every=gate.search(words) if words.strip() else [])


def _items(gate: Gate, every: Sequence[Submission]) -> list[Item]:
    with gate.home.database.reading() as connection:
        verdicts = [judged(connection, one.id) for one in every]
    told = [because(verdict.body["checks"]) if verdict else [] for verdict in verdicts]
    return [Item(one, said[0] if said else _BY_A_PERSON) for one, said in zip(every, told, strict=True)]
