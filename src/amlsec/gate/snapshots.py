"""Snapshots: training data written down, and the models that were trained on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from amlsec.errors import GateUnavailable, NotFound
from amlsec.gate.act import Act
from amlsec.gate.croissant import croissant
from amlsec.gate.home import Home
from amlsec.gate.ledger import Entry, Wrote, append, canonical, entries, head
from amlsec.gate.manifest import manifest
from amlsec.gate.records import Snapshot
from amlsec.gate.replay import replayed
from amlsec.gate.schema import ledger, models
from amlsec.gate.schema import snapshots as table
from amlsec.gate.submitting import named
from amlsec.gate.training import Training, Written, write
from amlsec.gate.written import written
from amlsec.tables.files import one_line
from amlsec.whole import whole

DATA, MANIFEST, CROISSANT = "data.parquet", "manifest.json", "croissant.json"


def snapshot(home: Home, act: Act) -> Snapshot:
    """Write down the training data at the ledger's present end.

    Where something is rolled back meanwhile, it is written anew: no snapshot holds rows that an earlier entry took back.
    """
    while True:
        with home.database.reading() as connection:
            last = head(connection)
            assert last
            training = Training.at(connection, last.seq)
        body = _kept(home, training)
        with home.database.writing() as connection:
            if next(entries(connection, after=last.seq, kinds=[Wrote.ROLLED_BACK]), None) is None:
                number = _entered(connection, body, act)
                return one(connection, number)


def snapshots(home: Home) -> list[Snapshot]:
    """All snapshots, newest first."""
    with home.database.reading() as connection:
        return _records(connection, _told().order_by(table.c.id.desc()))


def one(connection: Connection, number: int) -> Snapshot:
    """A snapshot by its number; raises NotFound where there is none."""
    found = some(connection, [number])
    if not found:
        raise NotFound(f"there is no snapshot {number}")
    return found[0]


def some(connection: Connection, numbers: Iterable[int]) -> list[Snapshot]:
    """Those of these numbers that there are, newest first."""
    return _records(connection, _told().where(table.c.id.in_(list(numbers))).order_by(table.c.id.desc()))


def save(home: Home, number: int, folder: Path) -> list[Path]:
    """Write a snapshot's data, manifest and Croissant description into a folder, which is made where it is not there."""
    with home.database.reading() as connection:
        found = one(connection, number)
    told = home.store.get(found.manifest)
    with written("folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with home.store.open(found.data) as data, whole(folder / DATA) as out:
            shutil.copyfileobj(data, out)
        for name, text in ((MANIFEST, told), (CROISSANT, described(home, json.loads(told)))):
            with whole(folder / name) as out:
                out.write(text)
    return [folder / name for name in (DATA, MANIFEST, CROISSANT)]


def described(home: Home, told: dict[str, Any]) -> bytes:
    """The Croissant description of the snapshot with this manifest."""
    return json.dumps(croissant(home.form, told, DATA), indent=2, ensure_ascii=False).encode()


def model(home: Home, number: int, name: str, act: Act) -> int:
    """Note that a model was trained on a snapshot; raises NotFound where there is none."""
    named("model", name)
    with home.database.writing() as connection:
        one(connection, number)
        written = append(connection, Wrote.MODEL, act, {"snapshot": number, "name": name})
        connection.execute(insert(models).values(id=written.seq, snapshot=number, name=name))
    return written.seq


@contextmanager
def built(home: Home, training: Training) -> Iterator[tuple[Path, Written]]:
    """The training data of a position in a file that is gone afterwards; GateUnavailable where there is no room for it."""
    with TemporaryDirectory(prefix="amlsec-") as folder:
        file = Path(folder) / DATA
        try:
            written = write(home, training, file)
        except OSError as error:
            raise GateUnavailable(f"folder {folder}: {one_line(error)}") from error
        yield file, written


def _kept(home: Home, training: Training) -> dict[str, Any]:
    """Store data and manifest; what the ledger says of them."""
    with built(home, training) as (file, rows):
        data = home.store.put_file(file)
    told = manifest(home, training, rows, data)
    name = home.store.put(canonical(told).encode())
    root = training.force.root.seq
    return {"position": training.last.seq, "data": data, "manifest": name, "rows": rows.rows, "root": root}


def _entered(connection: Connection, body: dict[str, Any], act: Act) -> int:
    number = append(connection, Wrote.SNAPSHOT, act, body).seq
    connection.execute(insert(table).values(id=number, **{name: body[name] for name in _OWN[1:]}))
    return number


def _told() -> Select[Any]:
    return select(table, ledger.c.time, ledger.c.who).join(ledger, ledger.c.seq == table.c.id)


def _records(connection: Connection, query: Select[Any]) -> list[Snapshot]:
    found = connection.execute(query).all()
    back = _rollbacks(connection)
    trained: dict[int, list[str]] = {}
    for row in connection.execute(select(models).order_by(models.c.id)):
        trained.setdefault(row.snapshot, []).append(row.name)
    return [_record(row, back, trained.get(row.id, [])) for row in found]


def _rollbacks(connection: Connection) -> list[Entry]:
    """Those that hold."""
    return list(replayed(entries(connection, kinds=[Wrote.ROLLED_BACK, Wrote.UNDONE])).rollbacks.values())


def _record(row: Row[Any], back: list[Entry], trained: list[str]) -> Snapshot:
    tainted = sum(rollback.body["tainted"].get(str(row.id), 0) for rollback in back)
    told = {name: getattr(row, name) for name in (*_OWN, "time", "who")}
    return Snapshot(**told, tainted=tainted, models=tuple(trained))


_OWN = ("id", "position", "data", "manifest", "rows")
