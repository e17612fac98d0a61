"""What a table's columns are, guessed from their names and values; nothing here is more than a default."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from amlsec.errors import InvalidInput
from amlsec.tables.load import MALICIOUS_NAMES, is_string, labelled, strings, times
from amlsec.worksheet.sheet import Sheet

LOOKED_AT = 1000
"""Rows that a guess looks at."""
MOST_SOURCES = 200

TARGETS = (
    "label",
    "target",
    "class",
    "verdict",
    "result",
    "y",
    "is_spam",
    "is_fraud",
    "is_malicious",
    "malicious",
    "spam",
    "fraud",
)
SOURCES = ("source", "reporter", "feed", "origin", "sensor", "provider", "vendor", "submitter", "reported_by", "from")
TIMES = ("time", "timestamp", "date", "datetime", "received", "created", "created_at", "received_at", "day")
PERSONAL = (
    *("age", "birthdate", "disability", "education", "ethnicity", "gender", "health", "income", "nationality", "race"),
    *("relationship", "religion", "salary", "sex"),
)
OF_THE_PAST = ("age", "registered", "since", "created", "first_seen", "country", "asn")


def target(sheet: Sheet) -> str | None:
    """The column called like a label; else, of those with two values, the only one with a bad name among them, or at all."""
    named = _called(TARGETS, sheet.names)
    two = [name for name in sheet.names if _values(sheet.native, name) == 2]
    bad = [name for name in two if _names_bad(sheet.native, name)]
    return next((found[0] for found in (named[:1], bad, two) if len(found) == 1), None)


def malicious(sheet: Sheet) -> tuple[str, ...] | None:
    """The label that the audit would take; None where there are more than two, or no table."""
    if sheet.native is None:
        return ()
    try:
        return labelled(sheet.native, sheet.answers["target"], sheet.labels)[1].malicious
    except InvalidInput:
        return None


def text(sheet: Sheet) -> str | None:
    """The column of the longest texts, where most are of several words and differ."""
    wordy = {name: length for name in sheet.features if (length := _length(sheet.native, name))}
    return max(wordy, key=lambda name: wordy[name], default=None)


def source(sheet: Sheet) -> str | None:
    """The column that is called like a source and names some of them."""
    named = _called(SOURCES, sheet.features)
    return next((name for name in named if 1 < _values(sheet.native, name) <= MOST_SOURCES), None)


def time(sheet: Sheet) -> str | None:
    """The column of times, or one that is called so and holds some."""
    named = _called(TIMES, sheet.features)
    typed = [name for name in sheet.features if _is_temporal(sheet.native, name)]
    return next((name for name in dict.fromkeys([*typed, *named]) if _holds_times(sheet.native, name)), None)


def personal(sheet: Sheet) -> tuple[str, ...]:
    """Feature columns that are called like facts about people."""
    return tuple(name for name in sheet.features if name.lower() in PERSONAL)


def of_the_past(sheet: Sheet) -> tuple[str, ...]:
    """Feature columns that are called like what nobody can change any more."""
    words = {name: {name.lower(), *name.lower().replace("-", "_").split("_")} for name in sheet.features}
    return tuple(name for name in sheet.features if words[name] & set(OF_THE_PAST))


def _called(words: tuple[str, ...], names: list[str]) -> list[str]:
    """The columns of these names, in the order of the words."""
    known = {name.lower().replace(" ", "_").replace("-", "_"): name for name in reversed(names)}
    return [known[word] for word in words if word in known]


def _is_temporal(native: pa.Table, name: str) -> bool:
    return bool(pa.types.is_temporal(native.schema.field(name).type))


def _values(native: pa.Table, name: str) -> int:
    """How many values a column has, categories and views like what they stand for; 0 where they cannot be counted."""
    column = native.column(name)
    inner = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    try:
        return int(pc.count_distinct(column.cast(pa.large_string() if is_string(inner) else inner)).as_py())
    except pa.ArrowNotImplementedError:
        return 0


def _names_bad(native: pa.Table, name: str) -> bool:
    """Whether a value is a word for something bad; a plain yes is none."""
    words = {value.lower() for value in set(strings(name, native.column(name)).tolist())}
    return bool(words & (MALICIOUS_NAMES - {"1", "positive", "true", "yes"}))


def _length(native: pa.Table, name: str) -> float:
    """The mean number of words, where a column holds texts; else 0."""
    if not is_string(native.schema.field(name).type):
        return 0.0
    values = strings(name, native.column(name).slice(0, LOOKED_AT)).tolist()
    words = [len(value.split()) for value in values]
    wordy = sum(count > 1 for count in words) > len(words) / 2 and len(set(values)) > len(values) / 2
    return sum(words) / len(words) if wordy else 0.0


def _holds_times(native: pa.Table, name: str) -> bool:
    try:
        times(native, name)
    except InvalidInput:
        return False
    return True
