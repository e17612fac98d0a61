"""What a gate's `gate.toml` says: where its ledger and objects are, how much it takes, who serves it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from amlsec.deprecation import Place, present_keys
from amlsec.engine import Workers
from amlsec.errors import HIDDEN, InvalidInput
from amlsec.gate.reading.limits import Limits

FILE = "gate.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Objects(_Part):
    """Where rows, verdicts and snapshots are kept."""

    url: str = Field(
        default="objects",
        min_length=1,
        description="folder, in the home or absolute, or a URL of fsspec as s3://bucket/gate",
    )
    options: dict[str, Any] = Field(default={}, description="what fsspec's file system is opened with, such as endpoint_url")


class Engine(_Part):
    """Where submissions are judged."""

    jobs: int = Field(default=1, ge=1, description="processes that judge one large submission")
    cluster: str | None = Field(default=None, description="address tcp://host:port of a Dask scheduler that judges instead")
    lease: float = Field(
        default=120.0, gt=0, le=86_400, description="seconds without a sign until another worker takes a job"
    )
    attempts: int = Field(default=3, ge=1, description="how often a job is begun before a person must look at it")

    @property
    def workers(self) -> Workers:
        """As the engine wants it told."""
        return Workers(n_jobs=self.jobs, cluster=self.cluster)


class Review(_Part):
    """How people decide."""

    persons: int = Field(default=1, ge=1, le=2, description="how many different people must say the same before it holds")


class Server(_Part):
    """How the gate is served over HTTP."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8321, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(default=1, ge=0, description="processes that judge")
    https: bool = Field(default=False, description="reached by https, as behind a proxy: cookies are marked Secure")
    proxy: str = Field(default="", description="addresses, by commas, of proxies whose X-Forwarded-For is believed")
    calls: int = Field(default=600, ge=1, description="calls a minute that one client may make")
    signing_in: int = Field(default=10, ge=1, description="attempts a minute to sign in that one client may make")
    verdicts: bool = Field(default=True, description="whether submitters are told how many rows were accepted")
    session: float = Field(default=8.0, gt=0, le=8760, description="hours after which who signed in must do so again")


class Config(_Part):
    """Everything in `gate.toml`; AMLSEC_GATE_DATABASE in the environment goes before `database`."""

    database: str = Field(default="sqlite:///gate.sqlite", description="URL of SQLite (relative to the home) or PostgreSQL")
    objects: Objects = Objects()
    limits: Limits = Limits()
    engine: Engine = Engine()
    review: Review = Review()
    server: Server = Server()


def read(home: Path) -> Config:
    """The configuration in a gate's home.

    Raises InvalidInput where there is none, it is no TOML, or a key breaks its rule.
    """
    return config({**told(home), **_from_environment()})


def told(home: Path) -> dict[str, Any]:
    """What stands in the `gate.toml` of a home; raises InvalidInput where there is none, or it is no TOML."""
    file = home / FILE
    if not file.is_file():
        raise InvalidInput("home", str(home), f"holds no {FILE}: amlsec gate init makes one")
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(FILE, str(file), f"cannot be read as TOML: {error}") from error


def config(settings: dict[str, Any]) -> Config:
    """The configuration that is told, keys checked by name.

    >>> config({"review": {"persons": 3}})
    Traceback (most recent call last):
        ...
    amlsec.errors.InvalidInput: review.persons is 3: Input should be less than or equal to 2
    """
    try:
        return Config(**present_keys(settings, Place.GATE))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInput(".".join(map(str, first["loc"])), _shown(first), first["msg"]) from error


def _shown(error: ErrorDetails) -> Any:
    """The wrong value; none that may be a password, as those of a key that is not known, often a misplaced one."""
    secret = error["loc"][0] in ("database", "objects") or error["type"] == "extra_forbidden"
    return HIDDEN if secret else error["input"]


def _from_environment() -> dict[str, Any]:
    url = os.environ.get("AMLSEC_GATE_DATABASE")
    return {"database": url} if url else {}
