"""Canaries set apart: looked up in the data, and kept out of all parts but the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from amlsec.audit.settings import Settings
from amlsec.canaries.recipe import examples
from amlsec.canaries.register import CanaryRegister
from amlsec.canaries.register import read as read_register
from amlsec.canaries.rows import as_batch, as_rows, copies
from amlsec.data import Batch
from amlsec.plain import line
from amlsec.tables.load import Table

MOST_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Canaries:
    """The registered canaries, and what became of them in the data handed over.

    Attributes
    ----------
    table : the data without them
    rows : theirs among the data, which belong among the training rows
    found : how often each stands in the data under its label
    """

    register: CanaryRegister
    table: Table
    rows: Batch
    found: dict[str, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: which rows were set apart, which are missing, which should not be there."""
        strays = [name for name, each in self.register.canaries.items() if not each.planted and self.found[name]]
        said = (
            (self.register.persons, self._of_persons),
            (len(self.rows), f"{len(self.rows)} rows are canaries: they stand among the training rows alone"),
            (self.missing, f"planted canaries, or some of their copies, are not in the data: {named(self.missing)}"),
            (strays, f"canaries that were held back stand in the data: {named(strays)}"),
        )
        return tuple(words for any_of_them, words in said if any_of_them)

    @property
    def _of_persons(self) -> str:
        source = self.table.batch.source
        theirs = 0 if source is None else int(np.isin(source, self.register.persons).sum())
        return f"{theirs:,} rows come from sources whose rows belong to persons: {named(self.register.persons)}"

    @property
    def missing(self) -> list[str]:
        """The planted canaries of which the data hold fewer copies than were planted."""
        canaries = self.register.canaries.items()
        return [name for name, canary in canaries if canary.planted and self.found[name] < canary.copies]

    def without(self, batch: Batch) -> Batch:
        """The rows of a batch that are no canaries."""
        return batch.rows(~np.isin(batch.content(), self.rows.content()))


def registered(path: Path | None, table: Table) -> Canaries | None:
    """The canaries in a register, looked up in the data by content; None without a register.

    Raises InvalidInput where the register breaks a rule, or a canary or an alternative is no row of such data.
    """
    if path is None:
        return None
    register = read_register(path)
    for name in {canary.recipe for canary in register.canaries.values()}:
        as_rows(examples(register.recipes[name]), table)
    rows = as_batch(register.canaries, table)
    theirs = np.isin(table.batch.content(), rows.content())
    found = dict(zip(register.canaries, copies(rows, table.batch).tolist(), strict=True))
    rest = replace(table, batch=table.batch.rows(~theirs))
    return Canaries(register, rest, table.batch.rows(theirs), found)


def with_register(settings: Settings) -> Settings:
    """The settings, with the columns that the register of canaries names as sensitive among the sensitive ones."""
    if settings.canaries is None:
        return settings
    named = (*settings.sensitive, *read_register(settings.canaries).sensitive)
    return settings.model_copy(update={"sensitive": tuple(dict.fromkeys(named))})


def named(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    shown = ", ".join(line(name, 40) for name in names[:MOST_NAMED])
    return f"{shown} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else shown
