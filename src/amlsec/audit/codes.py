"""Codes of the findings that no attack gives; those of attacks stand on their cards."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from amlsec.errors import InvalidInput


class Code(StrEnum):
    """Findings about sources (S), data (D), canaries (C), the model (M), layers (L); how far figures can be trusted (T)."""

    SOURCES = "AML-S01"
    NO_SOURCES = "AML-S02"
    REPEATED = "AML-D01"
    BOTH_LABELS = "AML-D02"
    POISONING = "AML-D03"
    CANARIES = "AML-C01"
    VERDICTS = "AML-M01"
    STEADINESS = "AML-M02"
    CLAIM = "AML-M03"
    LAYERS = "AML-L01"
    UNBOUNDED = "AML-T01"
    MORE_BUDGET = "AML-T02"
    LESS_SIGHT = "AML-T03"
    ONE_STEP = "AML-T04"
    SLOPE = "AML-T05"


def require_known(setting: str, codes: Iterable[str], attacks: Iterable[str]) -> None:
    """Raise InvalidInput, naming the setting, for a code that neither an attack's card nor this list holds."""
    known = sorted({*attacks, *Code})
    for code in codes:
        if code not in known:
            raise InvalidInput(setting, code, f"must be one of {', '.join(known)}")
