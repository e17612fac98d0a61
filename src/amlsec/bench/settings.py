"""What a bench of poisoning is asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from amlsec.deprecation import Place, present_keys, present_members
from amlsec.errors import InvalidInput

Members = Annotated[tuple[str, ...], AfterValidator(present_members)]


class BenchSettings(BaseModel):
    """Everything a bench can be told; each is an option of `amlsec bench poisoning`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: tuple[str, ...] = Field(
        default=("sms", "phishing"), description="data sets by name, as for `amlsec audit --demo`, or tables with --target"
    )
    attack: Members = Field(default=(), description="poisoning attacks by name; empty is all that apply")
    defense: Members = Field(default=(), description="defenses by name; empty is all that claim an attack's cell")
    share: tuple[float, ...] = Field(
        default=(0.01, 0.03, 0.05), description="shares of the training rows that are the attacker's, each in (0, 0.5)"
    )
    seeds: int = Field(default=2, ge=1, le=100, description="how often each game is repeated")
    rows: int = Field(default=1500, ge=200, description="at most so many training rows of each data set")
    minutes: float = Field(default=60.0, gt=0, description="time after which no new game is begun")
    jobs: int = Field(default=0, ge=0, description="worker processes; 0 is one for each core")
    cluster: str | None = Field(default=None, description="address tcp://host:port of a Dask scheduler to work on instead")
    out: Path = Field(default=Path("amlsec-bench"), description="folder for the table, the heat map and finished games")
    seed: int = Field(default=0, ge=0, description="seed of all that is random")
    model: str | None = Field(default=None, description="module:factory of an unfitted classifier; amlsec's default without")
    target: str | None = Field(default=None, description="column of the tables that holds the label")
    text: str | None = Field(default=None, description="column of the tables that holds the text")
    source: str | None = Field(default=None, description="column of the tables that says where each row came from")
    malicious: tuple[str, ...] = Field(default=(), description="labels of the tables that are malicious")

    @property
    def workers(self) -> int:
        return 1 if self.cluster else self.jobs or len(os.sched_getaffinity(0))


def settings(given: dict[str, Any]) -> BenchSettings:
    """The settings; raises InvalidInput naming the option, its value and the rule.

    >>> settings({"data": ["sms"], "share": [0.02]}).share
    (0.02,)
    """
    try:
        asked = BenchSettings(**present_keys(given, Place.BENCH))
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(".".join(map(str, first["loc"])), first["input"], first["msg"]) from error
    for share in asked.share:
        if not 0 < share < 0.5:
            raise InvalidInput("share", share, "must lie in (0, 0.5)")
    for name in ("data", "share"):
        if not getattr(asked, name):
            raise InvalidInput(name, (), "must be at least one")
    for name in ("target", "text", "source", "malicious"):
        if getattr(asked, name) and not any(Path(data).suffix for data in asked.data):
            raise InvalidInput(name, getattr(asked, name), f"is for tables, but {', '.join(asked.data)} are named data sets")
    return asked
