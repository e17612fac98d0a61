"""What waits for a person, and the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from amlsec.gate.http.deps import TheGate
from amlsec.gate.looking import MOST, judged
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.views.verdict import because
from amlsec.gate.records import Stands, Submission
from amlsec.gate.service import Gate

router = APIRouter()
_SHOWN = 50
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
    every = gate.queue(limit=MOST)
    wanted = [one for one in every if source in ("", one.source)]
    by_source = Counter(one.source for one in every).most_common(20)
    return page(
        request,
        "queue.html",
        every=len(every),
        held=sum(one.quarantined or 0 for one in every),
        waiting=sum(one.stands == Stands.WAITING for one in gate.submissions(limit=MOST)),
        by_source=by_source,
        source=source,
        items=_items(gate, wanted[:_SHOWN]),
        more=len(wanted[_SHOWN:]),
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
