"""Answers as texts: read by their rule, and shown so that reading gives them back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from amlsec.audit.settings import Settings
from amlsec.errors import InvalidInput
from amlsec.worksheet.sheet import Sheet

NONE = "-"
"""What stands for no answer, where none is one."""

Answer = TypeVar("Answer")
Reader = Callable[[str, Sheet], Answer]


def several(text: str) -> tuple[str, ...]:
    """Names between commas; one that holds a comma stands in double quotes.

    >>> several('links, "size, bytes"'), several("-")
    (('links', 'size, bytes'), ())
    """
    if text.strip() in ("", NONE):
        return ()
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    return tuple(name.strip() for row in rows for name in row if name.strip())


def shown(answer: Any) -> str:
    """An answer as one would type it.

    >>> shown(("links", "size, bytes")), shown(None), shown(0.01)
    ('links, "size, bytes"', '-', '0.01')
    """
    if answer is None or answer == ():
        return NONE
    return ", ".join(map(_quoted, answer)) if isinstance(answer, tuple) else str(answer)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if name == NONE or any(sign in name for sign in ',"\r\n') else name


def optional(read: Reader[Any]) -> Reader[Any]:
    """As `read` does, and nothing for "-"."""
    return lambda text, sheet: None if text.strip() in ("", NONE) else read(text, sheet)


def setting(key: str) -> Reader[Any]:
    """By the rule that the audit has for this key of [audit]."""
    field = Settings.model_fields[key]
    kind: Any = Annotated[field.annotation, field]
    rule: TypeAdapter[Any] = TypeAdapter(kind)

    def read(text: str, _: Sheet) -> Any:
        try:
            return rule.validate_python(text.strip())
        except ValidationError as error:
            raise InvalidInput(key, text, error.errors()[0]["msg"]) from error

    return read


def one_of(key: str, choices: Iterable[str]) -> Reader[str]:
    """One of these words."""
    known = [str(choice) for choice in choices]

    def read(text: str, _: Sheet) -> str:
        word = text.strip().lower()
        if word not in known:
            raise InvalidInput(key, text, f"must be one of {', '.join(known)}")
        return word

    return read


def member(key: str, choices: type[StrEnum]) -> Reader[Any]:
    """One member of an enumeration, by its word."""
    read = one_of(key, choices)
    return lambda text, sheet: choices(read(text, sheet))


def file(key: str) -> Reader[str]:
    """The path of a file that is there."""

    def read(text: str, _: Sheet) -> str:
        path = text.strip()
        if not Path(path).is_file():
            raise InvalidInput(key, path, "no such file")
        return path

    return read
