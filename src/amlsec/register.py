"""The source register: who can write to each source, how it is checked, and how likely it is compromised.

The likelihood is a Bayesian score on the log-odds scale: a prior, plus one weight of evidence for each thing the register
says of the source, plus the logarithm of the Bayes factor of its track record. Every number stands in `WEIGHTS`; they are
judgements, not measurements, each with a standard deviation that says how unsure it is (docs/sources.md).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from amlsec.deprecation import Place, present_keys
from amlsec.errors import InvalidInput
from amlsec.evidence import Interval
from amlsec.toml import only, table


class Exposure(StrEnum):
    """Who can write to a source."""

    ANYONE = "anyone"
    REGISTERED = "registered"
    PARTNERS = "partners"
    STAFF = "staff"


class Labelling(StrEnum):
    """Who says whether a row is malicious."""

    USERS = "users"
    AUTOMATIC = "automatic"
    EXPERTS = "experts"


@dataclass(frozen=True, slots=True)
class Weight:
    """A judged number and the standard deviation that says how unsure it is."""

    mean: float
    sd: float


WEIGHTS: Mapping[str, Weight] = {
    "base": Weight(-3.0, 0.7),
    "exposure.anyone": Weight(1.0, 0.4),
    "exposure.registered": Weight(0.3, 0.3),
    "exposure.partners": Weight(-0.3, 0.3),
    "exposure.staff": Weight(-1.0, 0.5),
    "authenticated.no": Weight(0.5, 0.3),
    "authenticated.yes": Weight(-0.5, 0.3),
    "labelled.users": Weight(0.5, 0.3),
    "labelled.automatic": Weight(0.0, 0.3),
    "labelled.experts": Weight(-0.5, 0.3),
    "verified": Weight(-2.0, 0.6),
    "track-record": Weight(1.0, 0.25),
    "dormant": Weight(0.2, 0.0),
    "bad.compromised": Weight(0.20, 0.12),
    "bad.honest": Weight(0.01, 0.01),
}
"""What each entry of the register adds to the log-odds of compromise.

"verified" is multiplied by the share of rows that is checked, "track-record" by the log Bayes factor of the rows judged.
"dormant" is the share of compromised sources that have so far behaved like honest ones (its sd plays no part). The last
two are the share of bad rows, mean and sd of a beta distribution, that a compromised and an honest source deliver.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """What the register says of one source; the defaults are those of a source nobody registered.

    Attributes
    ----------
    exposure : who can write to it
    authenticated : whether it is known who wrote a row
    labelled : who labels its rows
    verified : share of its rows that somebody checks, in [0, 1]
    judged, bad : its track record: rows that were judged, and how many of them were found bad
    about : what it is, for a reader
    """

    name: str
    exposure: Exposure = Exposure.ANYONE
    authenticated: bool = False
    labelled: Labelling = Labelling.USERS
    verified: float = 0.0
    judged: int = 0
    bad: int = 0
    about: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.verified <= 1:
            raise InvalidInput(f"verified of source {self.name}", self.verified, "must lie in [0, 1]")
        if not 0 <= self.bad <= self.judged:
            raise InvalidInput(f"bad of source {self.name}", self.bad, f"must lie in [0, judged], here [0, {self.judged}]")


@dataclass(frozen=True, slots=True)
class Register:
    """The registered sources, and the weights by which they are judged.

    >>> register = Register((Source("desk", Exposure.STAFF, authenticated=True), Source("web")))
    >>> register.likelihood("desk").value < register.likelihood("web").value
    True
    >>> "elsewhere" in register, register["elsewhere"].about
    (False, 'not in the register: taken as open to anyone, unauthenticated, labelled by users, unchecked')
    """

    sources: tuple[Source, ...] = ()
    weights: Mapping[str, Weight] = field(default_factory=lambda: dict(WEIGHTS))

    def __contains__(self, name: object) -> bool:
        return any(source.name == name for source in self.sources)

    def __getitem__(self, name: str) -> Source:
        """The source of this name, or a cautious guess that says it is one."""
        return next((source for source in self.sources if source.name == name), _unknown(name))

    def updated(self, name: str, *, judged: int, bad: int) -> Register:
        """The register after `judged` more rows of a source were judged and `bad` of them found bad.

        Raises InvalidInput unless 0 <= bad <= judged.

        >>> before = Register((Source("web"),))
        >>> after = before.updated("web", judged=20, bad=6)
        >>> after["web"].judged, after.likelihood("web").value > before.likelihood("web").value
        (20, True)
        """
        if not 0 <= bad <= judged:
            raise InvalidInput("bad", bad, f"must lie in [0, judged], here [0, {judged}]")
        old = self[name]
        new = replace(old, judged=old.judged + judged, bad=old.bad + bad)
        return replace(self, sources=(*(source for source in self.sources if source.name != name), new))

    def evidence(self, name: str) -> dict[str, Weight]:
        """What speaks for and against a source, each on the log-odds scale; its sum is the log-odds of compromise."""
        return evidence(self[name], self.weights)

    def likelihood(self, name: str) -> Interval:
        """How likely a source is compromised, with its 95 % interval."""
        return combined(self.evidence(name))


def evidence(source: Source, weights: Mapping[str, Weight] = WEIGHTS) -> dict[str, Weight]:
    """The weight of each thing the register says of a source, in the order it is said.

    >>> {name: weight.mean for name, weight in evidence(Source("web", verified=0.5)).items()}
    {'base': -3.0, 'exposure.anyone': 1.0, 'authenticated.no': 0.5, 'labelled.users': 0.5,
     'verified': -1.0, 'track-record': 0.0}
    """
    named = ("base", f"exposure.{source.exposure}", f"authenticated.{'yes' if source.authenticated else 'no'}")
    said = {name: weights[name] for name in (*named, f"labelled.{source.labelled}")}
    factor = visible(track_record(source.judged, source.bad, weights), weights)
    return {
        **said,
        "verified": _times(weights["verified"], source.verified),
        "track-record": _times(weights["track-record"], factor),
    }


def track_record(judged: int, bad: int, weights: Mapping[str, Weight] = WEIGHTS) -> float:
    """Log Bayes factor of `bad` rows among `judged`: a compromised against an honest source, both beta-binomial.

    With Beta(a, b) for each kind of source it is the difference of log B(a + bad, b + judged - bad) - log B(a, b).

    >>> round(track_record(0, 0), 3), round(track_record(10, 3), 1), round(track_record(100, 0), 1)
    (0.0, 5.6, -4.4)
    """
    compromised, honest = (beta(weights[f"bad.{kind}"]) for kind in ("compromised", "honest"))
    return _log_marginal(judged, bad, compromised) - _log_marginal(judged, bad, honest)


def visible(factor: float, weights: Mapping[str, Weight] = WEIGHTS) -> float:
    """A log Bayes factor of behaviour, given that some compromised sources have only behaved well so far.

    With d the share of those it is log((1 - d) exp(factor) + d): good behaviour never counts for more than log d.

    >>> round(visible(0.0), 3), round(visible(-50.0), 3), round(visible(50.0), 3)
    (0.0, -1.609, 49.777)
    """
    dormant = weights["dormant"].mean
    peak = max(factor, 0.0)
    return peak + math.log((1 - dormant) * math.exp(factor - peak) + dormant * math.exp(-peak))


def beta(share: Weight) -> tuple[float, float]:
    """The beta distribution of this mean and standard deviation, as (a, b).

    >>> [round(part, 2) for part in beta(Weight(0.2, 0.12))]
    [2.02, 8.09]
    """
    size = share.mean * (1 - share.mean) / share.sd**2 - 1
    return share.mean * size, (1 - share.mean) * size


def combined(weights: Mapping[str, Weight]) -> Interval:
    """The probability of these weights of evidence together, with its 95 % interval.

    The means add up to the log-odds, the variances to theirs; the ends are the logistic of mean -+ 1.96 sd.

    >>> str(combined({"base": Weight(0.0, 0.5)}))
    '50.0% (27.3% to 72.7%)'
    """
    mean = math.fsum(weight.mean for weight in weights.values())
    reach = 1.959964 * math.sqrt(math.fsum(weight.sd**2 for weight in weights.values()))
    return Interval(*(_logistic(at) for at in (mean, mean - reach, mean + reach)))


def read(path: str | Path) -> Register:
    """The register in a TOML file; raises InvalidInput naming the file, the key, the value and the rule."""
    try:
        return parse(Path(path).read_text("utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("register", str(path), f"must be a readable UTF-8 file: {error}") from error


def parse(text: str, *, where: str = "the register") -> Register:
    """The register in a TOML text: a table `sources.NAME` for each source, and a table `prior` of weights.

    >>> register = parse('[sources.web]\\nexposure = "anyone"\\nverified = 0.1\\n[prior]\\nbase = [-4, 0.5]')
    >>> register["web"].verified, register.weights["base"]
    (0.1, Weight(mean=-4.0, sd=0.5))
    """
    try:
        tables = present_keys(tomllib.loads(text), Place.REGISTER)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("register", where, f"must be TOML: {error}") from error
    only(tables, {"sources", "prior"}, "", where)
    named = table(tables.get("sources", {}), "sources", where)
    sources = tuple(source_of(name, table(entry, f"sources.{name}", where), where) for name, entry in named.items())
    return Register(sources, _weights(table(tables.get("prior", {}), "prior", where), where))


def source_of(name: str, entry: dict[str, Any], where: str) -> Source:
    """The source of which this is told, keys as in a register's file; errors as those of `parse`."""
    only(entry, {column.name for column in fields(Source)} - {"name"}, f"sources.{name}.", where)
    values = {key: _READ[key](value, f"sources.{name}.{key} in {where}") for key, value in entry.items()}
    try:
        return Source(name, **values)
    except InvalidInput as error:
        raise InvalidInput(f"{error.argument} in {where}", error.value, error.rule) from error


def _weights(prior: dict[str, Any], where: str) -> dict[str, Weight]:
    flat = {f"{key}.{sub}" if sub else key: v for key, value in prior.items() for sub, v in _branches(value)}
    only(flat, set(WEIGHTS), "prior.", where)
    weights = {**WEIGHTS, **{key: _weight(value, f"prior.{key} in {where}") for key, value in flat.items()}}
    if not 0 <= weights["dormant"].mean < 1:
        raise InvalidInput(f"prior.dormant in {where}", weights["dormant"].mean, "must lie in [0, 1)")
    for key in ("bad.compromised", "bad.honest"):
        share = weights[key]
        if not (0 < share.mean < 1 and 0 < share.sd**2 < share.mean * (1 - share.mean)):
            raise InvalidInput(
                f"prior.{key} in {where}", [share.mean, share.sd], "must be mean and sd of a beta distribution"
            )
    return weights


def _branches(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [("", value)]


def _weight(value: Any, what: str) -> Weight:
    numbers = isinstance(value, list) and len(value) == 2 and all(_is_number(part) for part in value)
    if not numbers or value[1] < 0:
        raise InvalidInput(what, value, "must be [mean, sd], two numbers, sd at least 0")
    return Weight(float(value[0]), float(value[1]))


_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(value: Any, what: str, choices: type[_Choice]) -> _Choice:
    if value not in list(choices):
        raise InvalidInput(what, value, f"must be one of {', '.join(choices)}")
    return choices(value)


def _typed(value: Any, what: str, kind: type, rule: str) -> Any:
    if type(value) is not kind:
        raise InvalidInput(what, value, rule)
    return value


def _number(value: Any, what: str) -> float:
    if not _is_number(value):
        raise InvalidInput(what, value, "must be a number")
    return float(value)


_READ: dict[str, Callable[[Any, str], Any]] = {
    "exposure": lambda value, what: _choice(value, what, Exposure),
    "authenticated": lambda value, what: _typed(value, what, bool, "must be true or false"),
    "labelled": lambda value, what: _choice(value, what, Labelling),
    "verified": _number,
    "judged": lambda value, what: _typed(value, what, int, "must be a whole number"),
    "bad": lambda value, what: _typed(value, what, int, "must be a whole number"),
    "about": lambda value, what: _typed(value, what, str, "must be a text"),
}


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _unknown(name: str) -> Source:
    return Source(name, about="not in the register: taken as open to anyone, unauthenticated, labelled by users, unchecked")


def _times(weight: Weight, by: float) -> Weight:
    return Weight(weight.mean * by, weight.sd * abs(by))


def _log_marginal(judged: int, bad: int, of: tuple[float, float]) -> float:
    a, b = of
    return _log_beta(a + bad, b + judged - bad) - _log_beta(a, b)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds)) if log_odds >= 0 else math.exp(log_odds) / (1 + math.exp(log_odds))
