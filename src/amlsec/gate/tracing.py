"""Whether what is said of rows follows from the rows: of each submission, and of a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import file_digest, sha256

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import Connection

from amlsec.gate import decisions as made
from amlsec.gate.home import Home
from amlsec.gate.learned import Flags, Trusted, chunks, learned
from amlsec.gate.ledger import Entry, canonical
from amlsec.gate.manifest import manifest
from amlsec.gate.reading.content import digest
from amlsec.gate.replay import Held
from amlsec.gate.settling import decided
from amlsec.gate.snapshots import built
from amlsec.gate.store import Store
from amlsec.gate.training import Training


def row_faults(home: Home, held: Held, trusted: Trusted) -> Iterator[str]:
    """What is said of a submission, and its rows and decisions do not say; raises Tampered where an object is another."""
    found, among = _looked_at(home, held, trusted)
    if (found, len(among)) != (held.digest, held.rows):
        yield f"submission {held.id}: its {len(among)} rows are not the {held.rows} that were handed in"
    elif held.judged is not None:
        yield from _decision_faults(home.store, held, among)


def _decision_faults(store: Store, held: Held, among: Flags) -> Iterator[str]:
    now = made.read(store, held.decisions or "")
    if len(now) != held.rows:
        yield f"submission {held.id}: {len(now)} decisions of {held.rows} rows"
        return
    if (counts := made.counts(now)) != held.counts:
        yield f"submission {held.id}: its decisions are {counts}, the ledger says {held.counts}"
    if (rows := learned(now, among)) != held.learned:
        yield f"submission {held.id}: {rows} of its rows are learned, the ledger says {held.learned}"
    if not np.array_equal(now, decided(store, held.verdict or "", held.reviews.values())[0]):
        yield f"submission {held.id}: its decisions do not follow from its verdict and its reviews"


def _looked_at(home: Home, held: Held, trusted: Trusted) -> tuple[str, Flags]:
    """The digest of a submission's rows, and which of them (n,) the trusted ones hold; a chunk at a time."""
    among: list[Flags] = []

    def passing() -> Iterator[pa.Table]:
        for chunk in chunks(home.store, held.chunks):
            among.append(trusted.holds(chunk))
            yield chunk

    return digest(passing()), np.concatenate(among)


def snapshot_faults(home: Home, connection: Connection, snapshot: Entry) -> Iterator[str]:
    """Where a snapshot is not what its position gives; raises Tampered where an object is another.

    One that other versions of the libraries wrote is held against it row by row, else byte by byte.
    """
    body, training = snapshot.body, Training.at(connection, snapshot.body["position"])
    said = json.loads(home.store.get(body["manifest"]))
    with built(home, training) as (file, written):
        with file.open("rb") as data:
            found = file_digest(data, "sha256").hexdigest()
        anew = manifest(home, training, written, found)
        if anew["versions"] != said["versions"]:
            with home.store.open(body["data"]) as kept:
                same = _same_rows(parquet.ParquetFile(kept), parquet.ParquetFile(file))
            anew |= {"data": said["data"], "versions": said["versions"]}
        else:
            same = found == body["data"]
    if not same or sha256(canonical(anew).encode()).hexdigest() != body["manifest"]:
        yield f"snapshot {snapshot.seq} does not follow from position {body['position']}"


def _same_rows(one: parquet.ParquetFile, other: parquet.ParquetFile) -> bool:
    if one.schema_arrow != other.schema_arrow or one.metadata.num_rows != other.metadata.num_rows:
        return False
    return all(a.equals(b) for a, b in zip(one.iter_batches(), other.iter_batches(), strict=True))
