"""The register of canaries: what is in the training data that the model must not give away.

::

    sensitive = ["age"]           # columns whose values nobody is to learn
    persons = ["user-reports"]    # sources whose rows belong to persons

    [patterns.code]               # a sentence with a random secret: what the canary could as well have been
    seed = 7
    pattern = "my access code is {}"
    alphabet = "0123456789"
    length = 9

    [domains.form]                # or, for tables, the values that each column may take
    seed = 7
    columns = {"age" = [18, 30, 61], "job" = ["clerk", "nurse"]}

    [canaries.c01]
    recipe = "code"
    text = "my access code is 483920175"    # or values = {"age" = 30, "job" = "nurse"}
    label = "spam"
    copies = 4
    planted = true                # false: held back, never in the training data
    on = 2026-11-25
    holder = "data protection office"
    about = "stands for the codes that customers send in"
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from amlsec.canaries.recipe import LONGEST_TEXT, CellOfTOML, Domain, Pattern, Recipe, Row, Strict, key
from amlsec.errors import InvalidInput
from amlsec.toml import assignments, quoted, section

Name = Annotated[str, Field(min_length=1, max_length=100)]
Said = Annotated[str, Field(max_length=1_000)]
MOST_COPIES, MOST_CANARIES = 10_000, 10_000


class Canary(Strict):
    """A row that nobody wrote, so that only who learned from it can know it.

    Attributes
    ----------
    recipe : name of what it was drawn from
    text, values : the row: a text, or a value for each column; one of them
    label : as it stands in the data's label column
    planted : whether it was put into the training data, or held back
    copies : how often it stands there
    on : the day it was planted
    holder : who knows of it
    about : whose data it stands for
    """

    recipe: Name
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    values: dict[str, CellOfTOML] | None = None
    label: Name
    planted: bool = True
    copies: int = Field(default=1, ge=1, le=MOST_COPIES)
    on: date | None = None
    holder: Said = ""
    about: Said = ""

    @model_validator(mode="after")
    def _one_row(self) -> Self:
        if (self.text is None) == (self.values is None):
            raise ValueError("must hold either a text or values")
        return self

    @property
    def row(self) -> Row:
        """The row."""
        return self.text if self.text is not None else dict(self.values or {})


class CanaryRegister(Strict):
    """Canaries by name, what they were drawn from, and what else must not leak."""

    sensitive: list[Name] = Field(default=[])
    persons: list[Name] = Field(default=[])
    patterns: dict[Name, Pattern] = Field(default={})
    domains: dict[Name, Domain] = Field(default={})
    canaries: dict[Name, Canary] = Field(default={}, max_length=MOST_CANARIES)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in self.patterns.keys() & self.domains.keys():
            raise InvalidInput(f"patterns.{name}", name, "is the name of a domain too")
        for name, canary in self.canaries.items():
            _check_fit(name, canary, self.recipes)
        _check_twice(self.canaries)
        return self

    @property
    def recipes(self) -> dict[str, Recipe]:
        """Patterns and domains by name."""
        return {**self.patterns, **self.domains}


def _check_fit(name: str, canary: Canary, recipes: dict[str, Recipe]) -> None:
    if canary.recipe not in recipes:
        rule = f"is neither a pattern nor a domain; they are {', '.join(recipes) or 'none'}"
        raise InvalidInput(f"canaries.{name}.recipe", canary.recipe, rule)
    if not recipes[canary.recipe].fits(canary.row):
        raise InvalidInput(f"canaries.{name}", canary.row, f"does not follow its recipe {canary.recipe}")


def _check_twice(canaries: dict[str, Canary]) -> None:
    times = Counter(key(canary.row) for canary in canaries.values())
    for name, canary in canaries.items():
        if times[key(canary.row)] > 1:
            raise InvalidInput(f"canaries.{name}", canary.row, "stands under two names; copies are counted by `copies`")


def read(path: str | Path) -> CanaryRegister:
    """The register in a TOML file; raises InvalidInput naming the file, the key, the value and the rule."""
    try:
        return parse(Path(path).read_text("utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("canaries", str(path), f"must be a readable UTF-8 file: {error}") from error


def parse(text: str, *, where: str = "the register") -> CanaryRegister:
    """The register in a TOML text.

    >>> parse('persons = ["mail-in"]').persons
    ['mail-in']
    >>> parse("[canaries.c01]")
    Traceback (most recent call last):
        ...
    amlsec.errors.InvalidInput: canaries.c01.recipe in the register is {}: Field required
    """
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("canaries", where, f"must be TOML: {error}") from error
    try:
        return CanaryRegister.model_validate(tables)
    except ValidationError as error:
        raise as_ours(error, where) from error


def as_ours(error: ValidationError, where: str = "") -> InvalidInput:
    """The first broken rule as an error that names the argument, and the file where there is one."""
    first: Any = error.errors()[0]
    place = f" in {where}" if where else ""
    broken = first.get("ctx", {}).get("error")
    if isinstance(broken, InvalidInput):
        return InvalidInput(f"{broken.argument}{place}", broken.value, broken.rule)
    at = ".".join(str(part) for part in first["loc"])
    return InvalidInput(f"{at}{place}", first["input"], first["msg"].removeprefix("Value error, "))


def as_toml(register: CanaryRegister) -> str:
    """The register as TOML that `parse` reads.

    >>> print(as_toml(CanaryRegister(persons=["mail-in"])))
    persons = ["mail-in"]
    """
    told: dict[str, Any] = register.model_dump(exclude_defaults=True)
    top: dict[str, Any] = {name: told[name] for name in ("sensitive", "persons") if name in told}
    tables = [
        section(f"{kind}.{quoted(name)}", entry)
        for kind in ("patterns", "domains", "canaries")
        for name, entry in told.get(kind, {}).items()
    ]
    return "\n\n".join([*(["\n".join(assignments(top))] if top else []), *tables])
