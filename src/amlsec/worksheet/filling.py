"""A worksheet filled in, question by question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from amlsec.audit.settings import settings
from amlsec.errors import InvalidInput
from amlsec.plain import line
from amlsec.register import read
from amlsec.worksheet.about_attacker import ATTACKER, EXPOSURE, MOST_SOURCES, SHARE, exposure, fixed
from amlsec.worksheet.about_bar import BAR
from amlsec.worksheet.about_data import COLUMNS, DATA
from amlsec.worksheet.answers import shown
from amlsec.worksheet.facts import facts
from amlsec.worksheet.question import Question
from amlsec.worksheet.register_file import REGISTER
from amlsec.worksheet.sheet import Sheet, opened_sheet
from amlsec.worksheet.values import of_columns

Ask = Callable[[Question, Sheet], Any]
"""What gives an answer to a question; raises InvalidInput where there is none."""

QUESTIONS = (DATA, *COLUMNS, SHARE, *ATTACKER, *BAR)
"""Every question but those about single sources."""


def filled(data: Path | None, ask: Ask) -> Sheet:
    """Ask all that is to be asked; raises InvalidInput where the table cannot be audited, or an answer is missing."""
    sheet = _begun(data, ask)
    answer(COLUMNS, sheet, ask)
    if sheet.native is not None:
        sheet.facts = facts(settings(of_columns(sheet)), sheet.native)
    answer([*_exposures(sheet), SHARE, *ATTACKER, *BAR], sheet, ask)
    return sheet


def _begun(data: Path | None, ask: Ask) -> Sheet:
    """A sheet about this table, or about the one that is named; where that is not there yet, nothing is guessed."""
    if data is not None:
        return opened_sheet(data)
    named = ask(DATA, Sheet())
    return opened_sheet(Path(named)) if Path(named).is_file() else Sheet({"data": named})


def answer(questions: Iterable[Question], sheet: Sheet, ask: Ask) -> None:
    """Ask each question that the answers before it leave open, and note the answer."""
    for question in questions:
        if question.asked(sheet):
            sheet.answers[question.key] = ask(question, sheet)


def _exposures(sheet: Sheet) -> Iterator[Question]:
    """A question for each large source, where no register says it already and the model is one that trains.

    Raises InvalidInput where a register is there and breaks its rules.
    """
    if REGISTER.exists():
        read(REGISTER)
    elif sheet.facts and not fixed(sheet):
        yield from map(exposure, list(sheet.facts.sources)[:MOST_SOURCES])


def by_default(question: Question, sheet: Sheet) -> Any:
    """The default; raises InvalidInput where there is none."""
    answer = question.default(sheet)
    if question.required and answer is None:
        here = f"; {hint}" if (hint := question.hint(sheet)) else ""
        raise InvalidInput(question.key, None, f"has no sound default; say --answer {question.key}=VALUE{here}")
    return answer


def as_given(given: Mapping[str, str], otherwise: Ask) -> Ask:
    """Answers given beforehand, by key; other questions go on to be asked."""

    def ask(question: Question, sheet: Sheet) -> Any:
        return question.read(given[question.key], sheet) if question.key in given else otherwise(question, sheet)

    return ask


def parted(given: Iterable[str]) -> dict[str, str]:
    """Answers by key, of KEY=VALUE each; raises InvalidInput where one is not so, stands twice, or answers no question."""
    known = [question.key for question in QUESTIONS]
    answers: dict[str, str] = {}
    for told in given:
        key, sign, answer = told.rpartition("=") if told.startswith(EXPOSURE) else told.partition("=")
        if not sign or not (key in known or key.startswith(EXPOSURE)):
            raise InvalidInput("answer", told, f"must be KEY=VALUE, the key one of {', '.join(known)} or exposure.SOURCE")
        if key in answers:
            raise InvalidInput("answer", told, f"is the second for {key}, after {answers[key]}")
        answers[key] = answer
    return answers


def require_asked(given: Iterable[str], sheet: Sheet) -> None:
    """Raises InvalidInput where an answer was given to what was not asked."""
    for key in given:
        if key not in sheet.answers:
            raise InvalidInput("answer", key, f"is not asked here; asked were {', '.join(sheet.answers)}")


def by_hand(say: Callable[[str], None], hear: Callable[[str], str]) -> Ask:
    """Say the question, why it is asked and what follows, and hear the answer, again where it breaks the rule."""

    def ask(question: Question, sheet: Sheet) -> Any:
        preset = question.default(sheet)
        for told in _told(question, sheet):
            say(told)
        while True:
            typed = hear(f"   [{line(shown(preset))}] ")
            try:
                return _heard(question, typed, preset, sheet)
            except InvalidInput as error:
                say(f"   {line(str(error))}")

    return ask


def _told(question: Question, sheet: Sheet) -> Iterator[str]:
    yield f"\n{line(question.asks)}"
    yield f"   Why: {question.why}"
    yield f"   Then: {line(question.follows)}"
    if hint := question.hint(sheet):
        yield f"   Here {line(hint)}."


def _heard(question: Question, typed: str, preset: Any, sheet: Sheet) -> Any:
    answer = preset if not typed.strip() else question.read(typed, sheet)
    if question.required and answer in (None, ()) and preset != ():
        raise InvalidInput(question.key, typed, "must be answered")
    return answer
