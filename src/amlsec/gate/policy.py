"""The policy of a gate: which screens judge, how they are joined, and how much of each thing is too much."""

from __future__ import annotations

import inspect
import math
import tomllib
import types
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import PurePath
from typing import Any

from amlsec.catalogue import Card, Kind, named
from amlsec.deprecation import Place, present_keys
from amlsec.errors import CatalogueError, InvalidInput
from amlsec.layered.rule import Rule, parsed
from amlsec.toml import only, table

OFFERED = ("estimator", "register", "protected", "random_state", "n_jobs", "tests")
"""Parameters of screens that the gate fills itself, or that no text can give."""
DEFAULT = """\
# What a row must pass to be trained on: names of [screens.NAME], joined by & (all must let it pass) and | (one is enough).
rule = "roni & provenance"

[screens.roni]  # each row: does a model get worse by it, is its label doubtful
hold_back = 0   # of its own, on top of `quarantine` below

[screens.provenance]  # the source: what the register says of it, and how its labels agree with the trusted rows

[rates]
false_rejection = 0.05  # of the rows rejected in a period, at most this share is good (expected)
period = 7              # submissions
quarantine = 0.01       # of good rows, this share is held back for being among the most harmful

[caps]
share = 0.2   # of all training data that may be of one source
growth = 0.2  # of the training data that one source may add in each window of `days`
days = 7
floor = 200   # rows that any source may have, and may add in each window, however little there is

[whole]
level = 0.01     # chance that all of an honest submission is held back, for being too harmful on average
tolerance = 0.2  # how much more harmful than trusted rows honest rows may be in one submission: P(more harmful) - 1/2

[sentinel]
level = 0.01      # chance that an honest source is ever suspended
tolerance = 0.05  # the same as above, but of all that a source sends over the years

[protected]
most = 20000  # offered rows that the model is trained again with, to see whether a protected row turns wrong

[model]
file = ""  # a .skops file, in the gate's folder, of the classifier to protect; "" is logistic regression
"""


@dataclass(frozen=True, slots=True)
class ScreenOf:
    """A screen of the policy.

    Attributes
    ----------
    name : what the rule calls it
    screen : its name in the catalogue
    convicts : whether its scores give rows p-values; one that judges sources, or groups that trusted rows are not in,
        can hold back but never reject
    parameters : of its constructor
    """

    name: str
    screen: str
    convicts: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def build(self, offers: Mapping[str, Any]) -> Any:
        """The unfitted screen, handed what it asks for of the offers."""
        return named(self.screen).build({**offers, **self.parameters})


@dataclass(frozen=True, slots=True)
class Rates:
    """How often good rows may be stopped.

    Attributes
    ----------
    false_rejection : the false discovery rate of each period, in [1e-12, 1)
    period : submissions, at least 1
    quarantine : the share of good rows that may be quarantined each for itself by its p-value, in [0, 1)
    """

    false_rejection: float = 0.05
    period: int = 7
    quarantine: float = 0.01


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of the training data may be of one source, at the moment when rows are let in.

    Attributes
    ----------
    share : of all training data, in (0, 1]; 1 sets no cap. Where data of others is taken back, a share grows over it
    growth : of the training data at the start of a window, in (0, 1]; 1 sets no cap
    days : length of a window, at least 1. Windows follow on one another, so within so many days across two of them a source
        may add twice as much
    floor : rows that any source may have, and may add in a window, however little there is
    """

    share: float = 0.2
    growth: float = 0.2
    days: int = 7
    floor: int = 200


@dataclass(frozen=True, slots=True)
class Whole:
    """When all of a submission is held back, as its rows are too harmful on average.

    Attributes
    ----------
    level : the chance that an honest submission is, of rows that have nothing to do with one another, in [0, 1); 0 holds
        none back
    tolerance : how much more than 1/2 the chance may be that a row of an honest submission is more harmful than a trusted
        one, in [0, 0.5); sources differ from the trusted rows, and from one another
    """

    level: float = 0.01
    tolerance: float = 0.2


@dataclass(frozen=True, slots=True)
class Sentinel:
    """When a source is suspended for small harms that add up.

    Attributes
    ----------
    level : the chance that an honest source ever is, in [1e-12, 1); of each source, and as all are compared with the same
        trusted rows, where one is by chance another may be too
    tolerance : how much more than 1/2 the chance may be that a row of an honest source is more harmful than a trusted
        one, in [0, 0.5)
    """

    level: float = 0.01
    tolerance: float = 0.05


@dataclass(frozen=True, slots=True)
class Protected:
    """How rows that must stay right are tested: `most` offered rows are trained on for it, at least 1."""

    most: int = 20_000


@dataclass(frozen=True, slots=True)
class Model:
    """The classifier to protect: a .skops `file` in the gate's folder, or "" for logistic regression (texts by TF-IDF)."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a gate judges by; `text` is the TOML it was read from.

    >>> policy = parsed_policy(DEFAULT)
    >>> str(policy.rule), [screen.convicts for screen in policy.screens], policy.caps.share
    ('roni & provenance', [True, False], 0.2)
    """

    rule: Rule
    screens: tuple[ScreenOf, ...]
    rates: Rates = Rates()
    caps: Caps = Caps()
    whole: Whole = Whole()
    sentinel: Sentinel = Sentinel()
    protected: Protected = Protected()
    model: Model = Model()
    text: str = field(default="", compare=False)

    @property
    def convicting(self) -> int:
        """How many screens give p-values."""
        return sum(screen.convicts for screen in self.screens)

    def as_json(self) -> dict[str, Any]:
        """All of it, for a person or another program to read."""
        return {
            "rule": str(self.rule),
            "screens": {screen.name: asdict(screen) for screen in self.screens},
            **{part: asdict(getattr(self, part)) for part in _PARTS},
        }


_PARTS: Mapping[str, type] = {
    "rates": Rates,
    "caps": Caps,
    "whole": Whole,
    "sentinel": Sentinel,
    "protected": Protected,
    "model": Model,
}
_LEAST = 1e-12
"""Chances less than it are no different, and their parts would be 0 to a computer."""


def _in_home(file: str) -> bool:
    """Whether it is a .skops file by a path that leads nowhere else."""
    path = PurePath(file)
    return path.suffix == ".skops" and not path.is_absolute() and ".." not in path.parts and "\0" not in file


_RANGES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "rates.false_rejection": (lambda value: _LEAST <= value < 1, f"must lie in [{_LEAST}, 1)"),
    "rates.period": (lambda value: value >= 1, "must be at least 1"),
    "rates.quarantine": (lambda value: 0 <= value < 1, "must lie in [0, 1)"),
    "caps.share": (lambda value: 0 < value <= 1, "must lie in (0, 1]"),
    "caps.growth": (lambda value: 0 < value <= 1, "must lie in (0, 1]"),
    "caps.days": (lambda value: value >= 1, "must be at least 1"),
    "caps.floor": (lambda value: value >= 0, "must be at least 0"),
    "whole.level": (lambda value: 0 <= value < 1, "must lie in [0, 1)"),
    "whole.tolerance": (lambda value: 0 <= value < 0.5, "must lie in [0, 0.5)"),
    "sentinel.level": (lambda value: _LEAST <= value < 1, f"must lie in [{_LEAST}, 1)"),
    "sentinel.tolerance": (lambda value: 0 <= value < 0.5, "must lie in [0, 0.5)"),
    "protected.most": (lambda value: value >= 1, "must be at least 1"),
    "model.file": (lambda value: value == "" or _in_home(value), 'must be a .skops file in the folder of the gate, or ""'),
}
_LARGEST = 2**53
"""Whole numbers up to it are numbers too."""
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", tuple: "a list"}


def parsed_policy(text: str, *, where: str = "the policy") -> Policy:
    """The policy in a TOML text; what it leaves out is as in `DEFAULT`.

    Raises InvalidInput naming the key, the value and the rule. Ranges of a screen's own parameters are the screen's to
    check, when it is fitted.

    >>> parsed_policy('rule = "far"\\n[screens.far]\\nscreen = "sphere"\\nhold_back = 0.02').screens
    (ScreenOf(name='far', screen='sphere', convicts=True, parameters={'hold_back': 0.02}),)
    """
    tables = present_keys(_tables(text, where), Place.POLICY)
    only(tables, {"rule", "screens", *_PARTS}, "", where)
    usual = tomllib.loads(DEFAULT)
    rule = parsed(_typed(tables.get("rule", usual["rule"]), f"rule in {where}", str))
    told = table(tables.get("screens", {name: usual["screens"].get(name, {}) for name in rule.layers}), "screens", where)
    screens = tuple(_screen(name, table(entry, f"screens.{name}", where), where) for name, entry in told.items())
    _check_named(rule, screens, where)
    parts: dict[str, Any] = {part: _part(part, table(tables.get(part, {}), part, where), where) for part in _PARTS}
    return Policy(rule, screens, **parts, text=text)


def _tables(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib's own is a ValueError; so is that of a number's length
        raise InvalidInput("policy", where, f"must be TOML: {error}") from error


def _check_named(rule: Rule, screens: tuple[ScreenOf, ...], where: str) -> None:
    known = [screen.name for screen in screens]
    for name in rule.layers:
        if name not in known:
            raise InvalidInput(f"rule in {where}", str(rule), f"names {name}, but there is no table [screens.{name}]")
    for name in known:
        if name not in rule.layers:
            raise InvalidInput(f"rule in {where}", str(rule), f"must name every screen, and leaves out {name}")


def _screen(name: str, entry: Mapping[str, Any], where: str) -> ScreenOf:
    at = f"screens.{name}"
    card = _card(_typed(entry.get("screen", name), f"{at}.screen in {where}", str), f"{at}.screen in {where}")
    takes = {key: value for key, value in inspect.signature(card.run).parameters.items() if key not in OFFERED}
    only(entry, {"screen", "convicts", *takes}, f"{at}.", where)
    told = {key: value for key, value in entry.items() if key in takes}
    parameters = {key: _like(value, takes[key].default, f"{at}.{key} in {where}") for key, value in told.items()}
    alone = judges_alone(card, parameters)
    convicts = _typed(entry.get("convicts", not alone), f"{at}.convicts in {where}", bool)
    if convicts and alone:
        rule = "must be false: it judges a source or a day, and trusted rows have no place in these to be compared with"
        raise InvalidInput(f"{at}.convicts in {where}", convicts, rule)
    return ScreenOf(name, card.name, convicts, parameters)


def judges_alone(card: Card, parameters: Mapping[str, Any]) -> bool:
    """Whether a screen judges by where or when rows came from, so that calibration rows cannot be judged among them."""
    by_register = "register" in inspect.signature(card.run).parameters
    return by_register or parameters.get("group") in ("source", "day")


def _card(name: str, what: str) -> Card:
    try:
        card = named(name)
    except CatalogueError as error:
        raise InvalidInput(what, name, f"must be a screen of the catalogue: {error}") from error
    if card.kind != Kind.SCREEN:
        raise InvalidInput(what, name, f"must be a screen, and is of the kind {card.kind}")
    return card


def _like(value: Any, default: Any, what: str) -> Any:
    """The value, if it is of the default's type; a function is given by its name."""
    if isinstance(default, types.FunctionType):
        return _typed(value, what, str)
    if not isinstance(default, tuple):
        return _typed(value, what, type(default))
    parts = _typed(value, what, tuple)
    if len(parts) != len(default):
        raise InvalidInput(what, value, f"must have {len(default)} parts")
    return tuple(_like(*pair, what) for pair in zip(parts, default, strict=True))


def _part(name: str, entry: Mapping[str, Any], where: str) -> Any:
    kind = _PARTS[name]
    known = {column.name: column.default for column in fields(kind)}
    only(entry, set(known), f"{name}.", where)
    values = {}
    for key, value in entry.items():
        what = f"{name}.{key} in {where}"
        values[key] = _typed(value, what, type(known[key]))
        allowed, rule = _RANGES[f"{name}.{key}"]
        if not allowed(values[key]):
            raise InvalidInput(what, value, rule)
    return kind(**values)


def _typed(value: Any, what: str, kind: type) -> Any:
    """The value as this type: a whole number serves as a number, a list as a tuple."""
    if type(value) is int and abs(value) > _LARGEST:
        raise InvalidInput(what, value, f"must be at most {_LARGEST} in size")
    if kind is float and type(value) is int:
        value = float(value)
    if kind is tuple and type(value) is list:
        value = tuple(value)
    finite = not isinstance(value, float) or math.isfinite(value)
    if type(value) is not kind or not finite:
        raise InvalidInput(what, value, f"must be {_WORDS[kind]}")
    return value
