"""amlsec.toml, as the answers make it: a comment for each key, and first what an audit with it would measure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from amlsec.audit.settings import Settings
from amlsec.plain import line
from amlsec.threat import Violation
from amlsec.toml import quoted, section, written
from amlsec.worksheet.about_attacker import ATTACKER, SHARE, listed
from amlsec.worksheet.about_bar import BAR
from amlsec.worksheet.about_data import COLUMNS, DATA
from amlsec.worksheet.coverage import attacks, cells
from amlsec.worksheet.sheet import Sheet
from amlsec.worksheet.values import asked, bars, columns, values, worse

WIDTH = 118
_HEAD = (
    "Written by `amlsec init`; `amlsec audit` in this folder reads it. What it measures, by the cells of the threat model, "
    "as far as can be said before the model is seen:"
)
_LATER = "Once there is a report, name it here as `baseline`: a build then also fails where a finding got worse."
_REGISTER = "Who can write to each source, and how it is checked."
_OTHERS = "Bars for single findings, by their codes under [conditions]."


def text(sheet: Sheet) -> str:
    """The file; raises InvalidInput where the answers make no audit."""
    return "\n\n".join([_head(sheet), "[audit]", *_keys(sheet), _comment(_LATER), *_columns(sheet), *_bars(sheet)]) + "\n"


def _head(sheet: Sheet) -> str:
    standing = [f"  {cell}: {stands}" for cell, stands in cells(asked(sheet), sheet.space).items()]
    return _comments([_HEAD, *standing])


def _keys(sheet: Sheet) -> Iterator[str]:
    """What was asked, each under its question; what was answered with none is named as not set."""
    told = values(sheet)
    for question in (DATA, *COLUMNS, SHARE, *ATTACKER, *BAR):
        if question.key in Settings.model_fields and question.asked(sheet):
            yield f"{_comment(f'{question.asks} {question.follows}')}\n{_assigned(question.key, told)}"
    if "source_register" in told:
        yield f"{_comment(_REGISTER)}\n{_assigned('source_register', told)}"


def _assigned(key: str, told: dict[str, Any]) -> str:
    if key not in told:
        return f"# {key} is not set"
    return f"{key} = {written(told[key])}"


def _columns(sheet: Sheet) -> Iterator[str]:
    if found := _found(sheet):
        yield _comments(["Found in the table:", *found])
    for name, table in columns(sheet).items():
        yield f"{_comment(f'What he may do to {name}; also price, scale, low and high.')}\n" + section(
            f"columns.{quoted(name)}", table
        )


def _found(sheet: Sheet) -> list[str]:
    if sheet.facts is None:
        return []
    growing = [f"  whole numbers, never negative: {listed(sheet.facts.growing)}"] if sheet.facts.growing else []
    return [*growing, *[f"  exactly one is 1: {listed(group)}" for group in sheet.facts.groups]]


def _bars(sheet: Sheet) -> Iterator[str]:
    """A bar for each attack of what hurts more; for the other, and where both hurt alike, as a suggestion."""
    yield _comment(_reference(sheet))
    for violation in (Violation.INTEGRITY, Violation.AVAILABILITY):
        lines = [_bar(code, bar) for code, bar in sorted(bars(sheet, violation).items())]
        if lines and worse(sheet) == violation:
            yield "\n".join(["[conditions]", *lines])
        elif lines:
            yield "\n".join(f"# {told}" for told in (f"Attacks on {violation} could be held to these:", *lines))


def _bar(code: str, bar: dict[str, float]) -> str:
    [attack] = [card.name for card in attacks() if card.code == code]
    return f"{quoted(code)} = {{warn = {bar['warn']}, fail = {bar['fail']}}}  # {attack}"


def _reference(sheet: Sheet) -> str:
    if sheet.facts is None:
        return _OTHERS
    return (
        f"{_OTHERS} For comparison: as long as nobody attacks, amlsec's default model stops {sheet.facts.stopped} of the "
        f"benign rows and lets {sheet.facts.passed} of the malicious rows through."
    )


def _comment(told: str) -> str:
    return _comments([told])


def _comments(lines: Iterable[str]) -> str:
    return "\n".join(f"# {part}" for told in lines for part in _wrapped(told))


def _wrapped(told: str) -> list[str]:
    """The line, of which nothing can end the comment, in pieces of the file's width; each is indented as it begins."""
    indent = "  " if told.startswith("  ") else ""
    return textwrap.wrap(line(told, 1000), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  " if indent else "")
