"""What arguments of calls may look like: checked before any work, and told in the OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from amlsec.gate.act import LONGEST_REASON
from amlsec.gate.looking import MOST
from amlsec.gate.people.passwords import LONGEST, SHORTEST
from amlsec.gate.people.users import NAME, NAMED
from amlsec.gate.submitting import LONGEST_NAME

LARGEST = 2**53
"""Numbers that every JSON reader knows exactly; no ledger gets as long."""
_WITHOUT_NUL = r"^[^\x00]*$"
_SOME_WORD = r"^[^\x00]*[^\x00\s][^\x00]*$"
_ACCOUNT = f"^{NAME}$"
_PRINTABLE = r"^[^\x00-\x20\x7f-\xa0\s]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s])?$"

IN_WORDS: Mapping[str, str] = {
    _WITHOUT_NUL: "must hold no character 0",
    _SOME_WORD: "must hold something to read, and no character 0",
    _PRINTABLE: "must be printable characters, without spaces at its ends",
    _ACCOUNT: NAMED,
}
"""What each of these patterns asks."""


def _in_utc(when: datetime) -> datetime:
    """A time without a zone is one in UTC."""
    if not 1970 <= when.year <= 9998:
        raise ValueError("must lie between the years 1970 and 9998")
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


Number = Annotated[int, Path(ge=1, le=LARGEST, description="position of an entry, as of a submission, in the ledger")]
After = Annotated[int, Query(ge=0, le=LARGEST, description="only entries after this position")]
Before = Annotated[int | None, Query(ge=1, le=LARGEST, description="only those before this number")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="how many at most")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=_PRINTABLE)]
SourceName = Annotated[_Name, Field(examples=["honeypot"])]
Key = Annotated[_Name, Field(examples=["2026-03-01"])]
ModelName = Annotated[_Name, Field(examples=["spam 7"])]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=_SOME_WORD), Field(examples=["invoice"])
]
AccountName = Annotated[str, StringConstraints(pattern=_ACCOUNT), Field(examples=["ada"])]
_Reason = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REASON, pattern=_SOME_WORD)]
Reason = Annotated[_Reason, Field(examples=["seen by the abuse desk, ticket 4711"])]
Password = Annotated[
    str, StringConstraints(min_length=SHORTEST, max_length=LONGEST), Field(examples=["correct horse battery"])
]
Attempt = Annotated[str, StringConstraints(max_length=LONGEST)]
LongText = Annotated[str, StringConstraints(pattern=_WITHOUT_NUL)]
Moment = Annotated[datetime, AfterValidator(_in_utc), Field(examples=["2126-03-01T00:00:00Z"])]
Why = Annotated[Reason, Query(description="why, for the ledger")]


class Body(BaseModel):
    """A call's JSON; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class Because(Body):
    """A reason, for the ledger."""

    reason: Reason
