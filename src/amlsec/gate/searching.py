"""Submissions found by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from heapq import merge
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from amlsec.errors import InvalidInput
from amlsec.gate.act import must_be_text
from amlsec.gate.home import Home
from amlsec.gate.looking import few, judged, submission
from amlsec.gate.records import Submission
from amlsec.gate.schema import submissions
from amlsec.gate.telling import told

LONGEST, MOST_ROWS, MOST_LOOKED = 200, 100_000, 2000


def search(home: Home, words: str, *, limit: int = 50) -> list[Submission]:
    """Submissions, newest first, in whose source and key, or in one of whose rows that were held back, all words stand.

    A row's words are those of its cells and of the reason why it was held back; case plays no part. Rows are looked through
    from the newest submission on, 100,000 rows or those of 2,000 submissions and no more.

    Raises InvalidInput where there is no word, or they are longer than 200 characters or no text.
    """
    sought = words.lower().split()
    if not sought or len(words) > LONGEST:
        raise InvalidInput("words", words[:LONGEST], f"must be at least one word, and at most {LONGEST} characters")
    must_be_text("words", words)
    with home.database.reading() as connection:
        found = merge(_by_name(connection, sought), _by_rows(home, connection, sought), reverse=True)
        numbers = list(islice(dict.fromkeys(found), few(limit)))
    return [submission(home, number) for number in numbers]


def _by_name(connection: Connection, sought: Sequence[str]) -> Iterator[int]:
    own = submissions.c
    query = select(own.id, own.source, own.key).order_by(own.id.desc())
    with connection.execute(query, execution_options={"yield_per": 1000}) as rows:
        for row in rows:  # not all databases know that É is é
            named = f"{row.source} {row.key or ''}".lower()
            if all(word in named for word in sought):
                yield row.id


def _by_rows(home: Home, connection: Connection, sought: Sequence[str]) -> Iterator[int]:
    held = submissions.c.quarantined + submissions.c.rejected > 0
    left = MOST_ROWS
    for about in connection.execute(select(submissions).where(held).order_by(submissions.c.id.desc()).limit(MOST_LOOKED)):
        if left <= 0:
            return
        left -= about.rows
        if any(_holds(home, rows, sought) for rows in told(home, about, judged(connection, about.id))):
            yield about.id


def _holds(home: Home, rows: pa.Table, sought: Sequence[str]) -> bool:
    """Whether a row that was held back holds all words."""
    decision, reason = home.form.beside("decision", "reason")
    kept = rows.filter(pc.field(decision) != "accept")
    cells = [kept[name].cast(pa.string()) for name in (*home.form.names, home.form.columns.target, reason)]
    words = pc.utf8_lower(pc.binary_join_element_wise(*cells, "\n", null_handling="replace"))
    return bool(pc.any(reduce(pc.and_, (pc.match_substring(words, word) for word in sought))).as_py())
