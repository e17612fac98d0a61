"""The answers as keys of amlsec.toml."""

from __future__ import annotations

from typing import Any

from amlsec.audit.settings import Settings, settings
from amlsec.threat import Violation
from amlsec.worksheet.about_attacker import fixed
from amlsec.worksheet.about_bar import BOTH
from amlsec.worksheet.coverage import applicable
from amlsec.worksheet.register_file import REGISTER
from amlsec.worksheet.sheet import Sheet

LEAST, MOST = 0.05, 0.25
"""Between these lies the harm that is a warning, of what hurts more."""


def of_columns(sheet: Sheet) -> dict[str, Any]:
    """What the audit needs to read the table: no model yet, for that would run somebody's code."""
    keys = ("data", "target", "malicious", "text", "source", "time", "trusted")
    return {key: sheet.answers[key] for key in keys if sheet.answers.get(key) not in (None, ())}


def values(sheet: Sheet) -> dict[str, Any]:
    """The keys under [audit] that are not the default."""
    named = {key: answer for key, answer in sheet.answers.items() if key in Settings.model_fields and key != "fixed"}
    told = {key: answer for key, answer in named.items() if answer not in (None, ())}
    register = {"source_register": str(REGISTER)} if sheet.answers.get("source") and not fixed(sheet) else {}
    return told | register | ({"fixed": True} if sheet.answers.get("fixed") == "yes" else {})


def columns(sheet: Sheet) -> dict[str, dict[str, str]]:
    """What he may do to columns that are not all his."""
    said = {"not": sheet.answers.get("fixed_columns", ()), "up": sheet.answers.get("growing_columns", ())}
    return {name: {"may": may} for may, names in said.items() for name in names}


def asked(sheet: Sheet) -> Settings:
    """The audit that these answers ask for, but for its bars; raises InvalidInput where they make none."""
    return settings({**values(sheet), "columns": columns(sheet)})


def bars(sheet: Sheet, violation: Violation) -> dict[str, dict[str, float]]:
    """A bar for each attack of this violation that applies, twice as high where a build fails as where it warns."""
    warn = warning(sheet, violation)
    cards = [card for card in applicable(asked(sheet), sheet.space) if card.turns_verdicts]
    return {card.code: {"warn": warn, "fail": round(2 * warn, 2)} for card in cards if card.cell.violation == violation}


def warning(sheet: Sheet, violation: Violation) -> float:
    """The harm that is a warning: as much as the clean model's own mistakes of that kind, between 5 % and 25 %."""
    if sheet.facts is None:
        return LEAST
    mistakes = sheet.facts.passed if violation == Violation.INTEGRITY else sheet.facts.stopped
    return round(min(max(LEAST, mistakes.high), MOST), 2)


def worse(sheet: Sheet) -> Violation | None:
    """What hurts more; None where both hurt alike."""
    answer = sheet.answers["worse"]
    return None if answer == BOTH else Violation(answer)
