"""What the user asked for: options of the command line over those of amlsec.toml over the defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from amlsec.deprecation import Place, present_keys, present_members
from amlsec.errors import InvalidInput
from amlsec.threat import Access, Knowledge, Severity

CONFIG = Path("amlsec.toml")
"""What `amlsec audit` alone reads, in the folder where it is called."""


class Condition(BaseModel):
    """What a finding may measure; compared with the lower end of its interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warn: float = Field(default=1.0, ge=0, le=1, description="harm at which the finding is a warning")
    fail: float = Field(default=1.0, ge=0, le=1, description="harm at which the audit fails")


class Settings(BaseModel):
    """Everything an audit can be told; each is an option of `amlsec audit` and a key of `[audit]` in amlsec.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str | None = Field(default=None, description="table to audit: CSV, TSV, JSON lines, Parquet or Arrow")
    demo: str | None = Field(
        default=None,
        description="audit real data: sms or phishing of the demo extra; or, from the folder that AMLSEC_DATA names, "
        "enron, nsl_kdd, drebin, clamp, pdf_malware or faces",
    )
    target: str | None = Field(default=None, description="column that holds the label")
    source: str | None = Field(default=None, description="column that says where each row came from")
    time: str | None = Field(default=None, description="column that says when each row came")
    text: str | None = Field(default=None, description="column that holds the text; other features are left out")
    sensitive: tuple[str, ...] = Field(default=(), description="columns whose values nobody is to learn from the model")
    malicious: tuple[str, ...] = Field(default=(), description="labels that are malicious; all others are benign")
    benign: tuple[str, ...] = Field(default=(), description="labels that are benign; all others are malicious")
    model: str | None = Field(
        default=None,
        description="module:factory of an unfitted classifier, a .skops file, an .onnx file, or a .toml file that describes "
        "a command or an endpoint",
    )
    fixed: bool = Field(default=False, description="take the model as it is: it is fitted, and nothing trains it any more")
    trusted: Path | None = Field(default=None, description="table of rows known to be good, with the same columns")
    source_register: Path | None = Field(default=None, description="source register (TOML): who can write to each source")
    canaries: Path | None = Field(
        default=None, description="register of canaries (TOML): rows planted in the data that the model must not give away"
    )
    baseline: Path | None = Field(default=None, description="report.json of an earlier audit; the bar is then: no worse")
    fail_on: Severity | None = Field(default=None, description="exit 1 where a finding is at least this severe")
    out: Path = Field(default=Path("amlsec-report"), description="folder for the reports")
    minutes: float = Field(default=10.0, gt=0, description="time after which no new game is begun")
    share: float = Field(default=0.01, ge=0, lt=0.5, description="share of the training rows that are the attacker's")
    queries: int = Field(default=1000, ge=0, description="queries he may spend on each row")
    copy_queries: int = Field(default=10_000, ge=0, description="queries he may spend on a copy of the model")
    cost: float | None = Field(default=None, ge=0, description="what he may change in a row, in the unit of the space")
    knowledge: Knowledge = Field(default=Knowledge.MODEL, description="the most he knows of the training")
    access: Access = Field(default=Access.SCORES, description="the most he sees of the model")
    layers: str | None = Field(
        default=None,
        description='defenses to be tried together, as "roni & (abstain | dynamic-threshold)", and without each in turn; '
        "by default the screen, the learner and the guard that helped most",
    )
    defense: Annotated[tuple[str, ...], AfterValidator(present_members)] = Field(
        default=(), description="defenses to try, by name, or none; empty is all that claim an attack's cell"
    )
    seed: int = Field(default=0, ge=0, description="seed of all that is random")
    seeds: int = Field(default=3, ge=1, le=100, description="how often each game is repeated")
    jobs: int = Field(default=0, ge=0, description="worker processes; 0 is one for each core")
    only: tuple[str, ...] = Field(default=(), description="codes of the findings to measure; empty is all")
    allow_pickle: bool = Field(default=False, description="load the model even from a pickle, which can run any code")
    trust: tuple[str, ...] = Field(default=(), description="types in the .skops file to load though unknown to skops")
    config: Path | None = Field(
        default=None, description="amlsec.toml: these options under [audit], [columns], [groups], [relations], [conditions]"
    )
    columns: dict[str, dict[str, Any]] = Field(default={}, description="corrections to the space, by column")
    groups: dict[str, dict[str, Any]] = Field(default={}, description="one-hot groups of the space, by name")
    relations: dict[str, dict[str, Any]] = Field(default={}, description="linear relations between columns, by name")
    conditions: dict[str, Condition] = Field(default={}, description="what findings may measure, by code")

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.data is None) == (self.demo is None):
            raise ValueError("name a table to audit, or a demo with --demo, not both")
        if self.data is not None and self.target is None:
            raise ValueError("say with --target which column holds the label")
        return self

    @field_validator("layers")
    @classmethod
    def _known_layers(cls, layers: str | None) -> str | None:
        if layers is None:
            return None
        from amlsec.layered.stack import stacked

        try:
            stack = stacked(layers)
        except InvalidInput as error:
            raise ValueError(error.rule) from error
        if len(stack.rule.layers) < 2:
            raise ValueError("must join two layers at least")
        return stack.name

    @property
    def workers(self) -> int:
        return self.jobs or len(os.sched_getaffinity(0))


def settings(given: dict[str, Any], config: Path | None = None) -> Settings:
    """The settings from given options over a TOML file's; raises InvalidInput naming the key, its value and the rule.

    >>> settings({"data": "mails.csv", "target": "label"}).share
    0.01
    """
    tables = _read(config) if config else {}
    inside, beside, given = (present_keys(told, Place.AUDIT) for told in (tables.pop("audit", {}), tables, given))
    merged = {**inside, **beside, **given, **({"config": config} if config else {})}
    try:
        return Settings(**merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "options"
        value = first["input"] if first["loc"] else sorted(merged)
        raise InvalidInput(key.replace("_", "-"), value, first["msg"].removeprefix("Value error, ")) from error


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("config", str(config), f"cannot be read as TOML: {error}") from error
