"""The gate as one object: every verb of it, each in a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from amlsec.evidence import Decision
from amlsec.gate.act import Act
from amlsec.gate.backup import Backup
from amlsec.gate.home import Home
from amlsec.gate.records import Receipt, Review, Rollback, Snapshot, SourceRecord, Submission, Verified
from amlsec.tables.load import UNNAMED, Columns, Labels


class Gate:
    """A training-data firewall in a folder, or on the database and object store that its `gate.toml` names.

    Every verb that changes anything takes an `Act`: who does it, when and why. Several processes may use one gate.

    Attributes
    ----------
    home : its folder, configuration, database, objects and the form of its rows

    Raises InvalidInput where an argument breaks a rule, NotFound where there is no such submission, source, snapshot or
    entry, Conflict where the ledger says otherwise, GateUnavailable where the database or the store is away or full:
    then nothing was done.
    """

    def __init__(self, home: Home) -> None:
        self.home = home

    @classmethod
    def init(
        cls,
        folder: Path,
        trusted: Any,
        columns: Columns,
        labels: Labels = UNNAMED,
        *,
        act: Act,
        policy: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Self:
        """Make a gate in a new or empty folder, with trusted rows as its first root; settings are those of `gate.toml`."""
        from amlsec.gate.opening import opened

        return cls(opened(Path(folder), trusted, columns, labels, act, policy=policy, settings=settings or {}))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The gate in a folder."""
        return cls(Home.opened(Path(folder)))

    def submit(
        self,
        data: Any,
        source: str,
        *,
        act: Act,
        key: str | None = None,
        format: str | None = None,
        called: str | None = None,
    ) -> Receipt:
        """Keep rows of one source, to be judged; a path, a binary stream, or a pandas, polars or Arrow table.

        When it returns the rows are on the disk. The same rows or the same key once more give the first receipt again.
        `called` is what errors call the data, instead of its path.
        """
        from amlsec.gate.submitting import submit

        return submit(self.home, data, source, act, key=key, format=format, called=called)

    def work(self, worker: str, *, when: datetime | None = None) -> int | None:
        """Judge the submission that waits longest; its number, or None where none waits."""
        from amlsec.gate.working import work

        return work(self.home, worker, when=when)

    def submission(self, number: int) -> Submission:
        """What holds of a submission."""
        from amlsec.gate.looking import submission

        return submission(self.home, number)

    def submissions(self, *, source: str | None = None, limit: int = 100, before: int | None = None) -> list[Submission]:
        """The latest submissions, those before a number, newest first."""
        from amlsec.gate.looking import submissions

        return submissions(self.home, source=source, limit=limit, before=before)

    def queue(self, *, limit: int = 100) -> list[Submission]:
        """Submissions with rows that wait for a person, most harmful first."""
        from amlsec.gate.looking import queue

        return queue(self.home, limit=limit)

    def evidence(self, number: int) -> dict[str, Any]:
        """What speaks against a submission (JSON), for a person to check; empty until it is judged."""
        from amlsec.gate.looking import evidence

        return evidence(self.home, number)

    def rows(self, number: int, *, start: int = 0, limit: int = 50, decision: Decision | None = None) -> pa.Table:
        """Rows of a submission with their position, decision, p-value, score and reason; worst first of those held back."""
        from amlsec.gate.looking import rows

        return rows(self.home, number, start=start, limit=limit, decision=decision)

    def search(self, words: str, *, limit: int = 50) -> list[Submission]:
        """Submissions, newest first, whose source, key, reasons or quarantined rows hold the words."""
        from amlsec.gate.searching import search

        return search(self.home, words, limit=limit)

    def history(self, number: int) -> list[dict[str, Any]]:
        """Every ledger entry about a submission, oldest first."""
        from amlsec.gate.looking import history

        return history(self.home, number)

    def review(self, number: int, decision: Decision, *, act: Act, rows: list[int] | None = None) -> Review:
        """A person's decision on a submission, or on some of its rows (split); the act must say why."""
        from amlsec.gate.reviewing import review

        return review(self.home, number, decision, act, rows=rows)

    def undo(self, entry: int, *, act: Act) -> Review | Rollback:
        """Take back a review or a rollback by a new entry."""
        from amlsec.gate.reviewing import undo

        return undo(self.home, entry, act)

    def clear(self, source: str, *, act: Act) -> SourceRecord:
        """Let a source that its sentinel holds begin anew."""
        from amlsec.gate.sources import clear

        return clear(self.home, source, act)

    def sources(self) -> list[SourceRecord]:
        """All sources, the most probably compromised first."""
        from amlsec.gate.sources import sources

        return sources(self.home)

    def source(self, name: str) -> SourceRecord:
        """What is known of a source."""
        from amlsec.gate.sources import source

        return source(self.home, name)

    def risk(self, name: str) -> list[dict[str, Any]]:
        """A source's numbers over time: one dict a judged submission (time, rows, counts, likelihood, sentinel)."""
        from amlsec.gate.sources import risk

        return risk(self.home, name)

    def register(self, name: str, told: dict[str, Any], *, act: Act) -> SourceRecord:
        """Say who can write to a source, how it is checked and labelled (docs/sources.md)."""
        from amlsec.gate.sources import register

        return register(self.home, name, told, act)

    def snapshot(self, *, act: Act) -> Snapshot:
        """Training data as the ledger has it now: the root's rows and all accepted ones, byte for byte reproducible."""
        from amlsec.gate.snapshots import snapshot

        return snapshot(self.home, act)

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, newest first, and what of each was rolled back since."""
        from amlsec.gate.snapshots import snapshots

        return snapshots(self.home)

    def save(self, number: int, folder: Path) -> list[Path]:
        """Write a snapshot's data (Parquet), manifest and Croissant description into a folder."""
        from amlsec.gate.snapshots import save

        return save(self.home, number, folder)

    def model(self, snapshot: int, name: str, *, act: Act) -> int:
        """Note that a model was trained on a snapshot, so that a rollback names it; the entry."""
        from amlsec.gate.snapshots import model

        return model(self.home, snapshot, name, act)

    def rollback(self, source: str, since: datetime, *, act: Act) -> Rollback:
        """Take back everything that a source taught since a time."""
        from amlsec.gate.rolling_back import rollback

        return rollback(self.home, source, since, act)

    def policy(self) -> str:
        """The policy in force (TOML), as it was set."""
        from amlsec.gate.in_force import policy_text

        return policy_text(self.home)

    def rolled_back(self, entry: int) -> Rollback:
        """What a rollback, or the undoing of one, came to."""
        from amlsec.gate.rolling_back import rolled_back

        return rolled_back(self.home, entry)

    def set_policy(self, text: str, *, act: Act) -> int:
        """Judge by this policy (TOML) from now on; the entry."""
        from amlsec.gate.changing import set_policy

        return set_policy(self.home, text, act)

    def rotate_root(self, trusted: Any, *, act: Act, format: str | None = None, called: str | None = None) -> int:
        """Trust these rows from now on, in place of the former root; the entry. They are read as `submit` reads.

        Raises Conflict where one of them waits in quarantine or was rejected.
        """
        from amlsec.gate.changing import rotate_root

        return rotate_root(self.home, trusted, act, format=format, called=called)

    def protect(self, rows: Any, *, act: Act, format: str | None = None, called: str | None = None) -> int:
        """Hold submissions back that would turn any of these rows wrong, in place of those named before; the entry."""
        from amlsec.gate.changing import protect

        return protect(self.home, rows, act, format=format, called=called)

    def verify(self, *, key: Path | None = None, checkpoints: Sequence[Path] = ()) -> Verified:
        """Look at every entry, object and signature, and whether all tables follow from the ledger.

        `key` is the public key file that must have signed every checkpoint, `checkpoints` are files kept elsewhere.
        """
        from amlsec.gate.verifying import verify

        return verify(self.home, key=key, checkpoints=checkpoints)

    def checkpoint(self, key: Path, *, act: Act) -> dict[str, Any]:
        """Sign the ledger's present end (Ed25519); kept elsewhere, it shows later that no entry was cut off."""
        from amlsec.gate.verifying import checkpoint

        return checkpoint(self.home, key, act)

    def entries(self, *, after: int = 0) -> Iterator[dict[str, Any]]:
        """The ledger, entry by entry."""
        from amlsec.gate.looking import all_entries

        return all_entries(self.home, after=after)

    def export_ledger(self, file: Path) -> None:
        """Write every entry as a line of JSON."""
        from amlsec.gate.exporting import export_ledger

        export_ledger(self.home, file)

    def export_rows(self, number: int, file: Path, format: str = "csv") -> None:
        """Write the rows of a submission and what is said of each, as csv, jsonl or parquet."""
        from amlsec.gate.exporting import export_rows

        export_rows(self.home, number, file, format)

    def export_quarantine(self, file: Path, format: str = "csv") -> None:
        """Write all rows that wait for a person."""
        from amlsec.gate.exporting import export_quarantine

        export_quarantine(self.home, file, format)

    def backup(self, folder: Path) -> Backup:
        """Copy all of it into a new folder while it goes on; what the copy is of."""
        from amlsec.gate.backup import backup

        return backup(self.home, folder)

    @classmethod
    def restore(cls, backup: Path, folder: Path, settings: dict[str, Any] | None = None) -> Self:
        """Make the gate of a backup in a new or empty folder; settings go before those of its `gate.toml`."""
        from amlsec.gate.restore import restore

        return cls(restore(backup, folder, settings))

    def close(self) -> None:
        """Give all connections back, and end the processes that read files."""
        self.home.close()
