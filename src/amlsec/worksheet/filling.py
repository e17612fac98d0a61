"""A worksheet filled in, question by question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from amlsec.audit.settings import settings
from amlsec.errors import AmlsecError, InvalidInput, UnsafeFile
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

Wrong = Callable[[AmlsecError], None]
"""What is told of a fault; raises it, or it is asked again."""

QUESTIONS = (DATA, *COLUMNS, SHARE, *ATTACKER, *BAR)
"""Every question but those about single sources."""


def fails(fault: AmlsecError) -> None:
    """Let no fault go by: raises it."""
    raise fault


def filled(data: Path | None, given: Mapping[str, str], ask: Ask, wrong: Wrong = fails) -> Sheet:
    """Ask all that is to be asked, but for what is given; raises InvalidInput where an answer is missing.

    Of a table that cannot be audited `wrong` is told; where it lets that go by, the table is asked for again, and what was
    answered of its columns stays as far as it still holds.
    """
    ask = as_given(given, ask)
    sheet = _begun(data, ask, wrong)
    answer(COLUMNS, sheet, ask)
    while fault := _look(sheet):
        wrong(fault)
        before, sheet = sheet, _begun(None, ask, wrong, sheet)
        answer(COLUMNS, sheet, _kept(before, ask))
    answer([*_exposures(sheet), SHARE, *ATTACKER, *BAR], sheet, ask)
    return sheet


def _begun(data: Path | None, ask: Ask, wrong: Wrong, before: Sheet | None = None) -> Sheet:
    """A sheet about this table, or about the one that is named; where the first is not there yet, nothing is guessed."""
    while True:
        table = data or Path(ask(DATA, before or Sheet()))
        if not (data or before or table.is_file()):
            return Sheet({"data": str(table)})
        try:
            return opened_sheet(table)
        except (InvalidInput, UnsafeFile) as fault:
            wrong(fault)
            data, before = None, Sheet({"data": str(table)})


def _look(sheet: Sheet) -> InvalidInput | None:
    """Note what the table says; returns why, where none such can be audited."""
    try:
        sheet.facts = None if sheet.native is None else facts(settings(of_columns(sheet)), sheet.native)
    except InvalidInput as fault:
        return fault
    return None


def _kept(before: Sheet, otherwise: Ask) -> Ask:
    """The answers of before as far as they hold of the table that is there now; a trusted table is asked for again too."""
    kept = {key: shown(said) for key, said in before.answers.items() if key != "trusted" or said is None}

    def ask(question: Question, sheet: Sheet) -> Any:
        if question.key in kept:
            with suppress(InvalidInput):
                return question.read(kept[question.key], sheet)
        return otherwise(question, sheet)

    return ask


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
    """Answers given beforehand, by key, each once; what else is asked, or is asked again, goes on to be asked."""
    left = dict(given)

    def ask(question: Question, sheet: Sheet) -> Any:
        return question.read(left.pop(question.key), sheet) if question.key in left else otherwise(question, sheet)

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


def by_hand(say: Callable[[str], None], hear: Callable[[str], str], wrong: Wrong) -> Ask:
    """Say the question, why it is asked and what follows, and hear the answer, again where `wrong` lets one go by."""

    def ask(question: Question, sheet: Sheet) -> Any:
        preset = question.default(sheet)
        for told in _told(question, sheet):
            say(told)
        while True:
            typed = hear(f"   [{line(shown(preset))}] ")
            try:
                return _heard(question, typed, preset, sheet)
            except InvalidInput as error:
                wrong(error)

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
