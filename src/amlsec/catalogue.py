"""The catalogue: every attack and defense is filed here under one card.

Each kind of member has one signature, given as a protocol, so that the type checker tells the author of a new member
what is expected. Members are found by walking `amlsec.attacks` and `amlsec.defenses`; those of third parties through
the entry-point group "amlsec". Nothing lists them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.data import Batch, Rows
from amlsec.deprecation import Place, present
from amlsec.errors import CatalogueError
from amlsec.evidence import Verdicts
from amlsec.oracle import Model, Oracle
from amlsec.scene import Poison, Scene
from amlsec.shadow import Shadow
from amlsec.space.contract import Space
from amlsec.standards import Standards, asked, mitigations, of_cell
from amlsec.threat import Access, Knowledge, ThreatModel, Violation


class Kind(StrEnum):
    """What a member is."""

    EVASION = "evasion"
    POISONING = "poisoning"
    MEMBERSHIP = "membership"
    EXTRACTION = "extraction"
    INFERENCE = "inference"
    SCREEN = "screen"
    LEARNER = "learner"
    DETECTOR = "detector"
    CLUSTERER = "clusterer"
    GUARD = "guard"

    @property
    def is_attack(self) -> bool:
        return self in (Kind.EVASION, Kind.POISONING, Kind.MEMBERSHIP, Kind.EXTRACTION, Kind.INFERENCE)


class Victim(StrEnum):
    """What an attack is aimed at, and so which game is played with it."""

    CLASSIFIER = "classifier"
    DETECTOR = "detector"
    CLUSTERER = "clusterer"


class EvasionAttack(Protocol):
    """Rows in, changed rows out, each within the budget's cost and queries; budget 0 changes nothing."""

    def __call__(
        self, oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator
    ) -> Rows: ...


class PoisoningAttack(Protocol):
    """What a poisoner knows in, the rows he adds and edits out; budget 0 changes nothing."""

    def __call__(self, scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison: ...


class MembershipAttack(Protocol):
    """Rows in, a guess for each out (n,); larger is surer that the row was trained on."""

    def __call__(
        self, oracle: Oracle, rows: Batch, /, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator
    ) -> NDArray[np.float64]: ...


class ExtractionAttack(Protocol):
    """Answers in, a model of his own out that judges rows as the one he asked; each question is charged to row 0."""

    def __call__(self, oracle: Oracle, shadow: Shadow, /, *, budget: QueryBudget, rng: np.random.Generator) -> Model: ...


class InferenceAttack(Protocol):
    """Rows in that show NaN in the `hidden` columns (k,), a guess at each hidden value out (n, k).

    Such rows are for reading: no other batch can be made of them, as batches take no NaN.
    """

    def __call__(
        self,
        oracle: Oracle,
        rows: Batch,
        hidden: NDArray[np.intp],
        /,
        *,
        shadow: Shadow,
        budget: QueryBudget,
        rng: np.random.Generator,
    ) -> NDArray[np.float64]: ...


class Screen(Protocol):
    """A judge of offered rows that has learned from trusted ones; `Screen()` works."""

    def fit(self, trusted: Batch, /) -> Self: ...

    def judge(self, offered: Batch, /) -> Verdicts: ...


class Learner(Protocol):
    """A scikit-learn classifier that withstands poison or evasion, with `certify(X)` where there is a proof."""

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self: ...

    def predict(self, X: Rows, /) -> NDArray[np.int64]: ...


class Detector(Protocol):
    """A scikit-learn outlier detector that withstands poison: labels play no role, `predict` says 1, or -1 for an alarm."""

    def fit(self, X: Rows, y: Any = None, /) -> Self: ...

    def predict(self, X: Rows, /) -> NDArray[np.int64]: ...


class Clusterer(Protocol):
    """A scikit-learn clusterer that withstands poison; -1 is noise."""

    def fit_predict(self, X: Rows, y: Any = None, /) -> NDArray[np.int64]: ...


Clients = str | NDArray[Any]
"""Who sent the rows: one name for all of them, or one for each (n,)."""


class Guard(Protocol):
    """Decides at prediction time: 0 allow, 1 deny, 2 escalate to a person; `estimator_` is what it guards.

    A guard that remembers what it was asked has `session() -> Self` too: the same guard, fitted alike, that has met nobody.
    One that hides something has `shown(scores (n,)) -> scores (n,)`: what it lets clients see of the scores, in the same
    order. One that answers each client so often only says how often, `granted: int`, and denies what he asks after that.
    """

    def fit(self, X: Rows, y: NDArray[np.int64], /) -> Self: ...

    def decide(self, X: Rows, client: Clients = "", /) -> NDArray[np.int8]: ...


@dataclass(frozen=True, slots=True)
class Card:
    """What a report needs to know of a member without running it.

    Attributes
    ----------
    name : from the file's name, with dashes
    code : stable code of the finding an attack gives, as "AML-P01"; "" for defenses
    threats : the one cell an attack sits in; every threat a defense answers
    access : the most an attack sees of the model
    knowledge : the most an attack knows of the training
    spaces : the kinds of space it works in
    references : keys of the literature
    victim : what an attack is aimed at, or what a defense is or protects
    inside : what a white-box attack must find in the model, as `whitebox.forest.Forest`; None takes any model
    broken_by : names of the attacks that are known to get around a defense by knowing it
    """

    name: str
    kind: Kind
    run: Callable[..., Any]
    threats: tuple[ThreatModel, ...]
    references: tuple[str, ...]
    code: str = ""
    access: Access = Access.NONE
    knowledge: Knowledge = Knowledge.NONE
    spaces: tuple[str, ...] = ("tabular", "text")
    mapped: Standards | None = None
    victim: Victim = Victim.CLASSIFIER
    inside: type[Any] | None = None
    broken_by: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The docstring's first line."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]

    @property
    def title(self) -> str:
        """A defense's class name, an attack's name in words."""
        return self.name.replace("-", " ").capitalize() if self.kind.is_attack else self.run.__name__

    @property
    def cell(self) -> ThreatModel:
        return self.threats[0]

    @property
    def turns_verdicts(self) -> bool:
        """Whether an attack is after verdicts that are wrong; a poisoner may be after what the model gives away."""
        return self.kind in (Kind.EVASION, Kind.POISONING) and self.cell.violation != Violation.PRIVACY

    @property
    def standards(self) -> Standards:
        """The member's own ids in MITRE ATLAS, NIST AI 100-2 and OWASP ML, else its cell's."""
        return self.mapped or of_cell(self.cell)

    @property
    def auditors(self) -> dict[str, tuple[str, ...]]:
        """What a measurement of this member answers of what auditors ask, as ids by standard."""
        cell = str(self.cell) if self.kind.is_attack else ""
        return asked(cell=cell, kind=self.kind, member=self.name, code=self.code)

    @property
    def mitigations(self) -> tuple[str, ...]:
        """What MITRE ATLAS calls a defense; of an attack nothing."""
        return () if self.kind.is_attack else mitigations(self.kind, self.name)

    def answers(self, threat: ThreatModel) -> bool:
        """Whether a defense claims this threat."""
        return not self.kind.is_attack and any(claimed.covers(threat) for claimed in self.threats)

    def build(self, offers: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """A new defense, handed those offers (estimator, register, space, random_state) that its constructor names."""
        named = inspect.signature(self.run).parameters
        return self.run(**{name: value for name, value in offers.items() if name in named})


@dataclass(slots=True)
class _Catalogue:
    cards: dict[str, Card] = field(default_factory=dict)
    walked: bool = False

    def file(self, card: Card) -> None:
        for other in self.cards.values():
            if _place(other.run) == _place(card.run):
                continue
            if other.name == card.name:
                raise CatalogueError(f"two members are called {card.name!r}: {_place(other.run)} and {_place(card.run)}")
            if card.code and other.code == card.code:
                raise CatalogueError(f"two members have the code {card.code!r}: {_place(other.run)} and {_place(card.run)}")
        self.cards[card.name] = card


_filed = _Catalogue()
_Evasion = TypeVar("_Evasion", bound=EvasionAttack)
_Poisoning = TypeVar("_Poisoning", bound=PoisoningAttack)
_Membership = TypeVar("_Membership", bound=MembershipAttack)
_Extraction = TypeVar("_Extraction", bound=ExtractionAttack)
_Inference = TypeVar("_Inference", bound=InferenceAttack)
_Screen = TypeVar("_Screen", bound=type[Screen])
_Learner = TypeVar("_Learner", bound=type[Learner])
_Guard = TypeVar("_Guard", bound=type[Guard])
_Detector = TypeVar("_Detector", bound=type[Detector])
_Clusterer = TypeVar("_Clusterer", bound=type[Clusterer])
_Member = TypeVar("_Member", bound=Callable[..., Any])


def evasion(
    *,
    code: str,
    threat: ThreatModel,
    access: Access,
    knowledge: Knowledge = Knowledge.NONE,
    spaces: Sequence[str] = ("tabular", "text"),
    references: Sequence[str],
    standards: Standards | None = None,
    inside: type[Any] | None = None,
) -> Callable[[_Evasion], _Evasion]:
    """File an evasion attack under its file's name."""
    return _filing(Kind.EVASION, (threat,), references, code, access, knowledge, spaces, standards, inside=inside)


def poisoning(
    *,
    code: str,
    threat: ThreatModel,
    knowledge: Knowledge,
    spaces: Sequence[str] = ("tabular", "text"),
    references: Sequence[str],
    standards: Standards | None = None,
    victim: Victim = Victim.CLASSIFIER,
    access: Access = Access.NONE,
) -> Callable[[_Poisoning], _Poisoning]:
    """File a poisoning attack under its file's name; `access` is what one who poisons in order to read the model sees."""
    return _filing(Kind.POISONING, (threat,), references, code, access, knowledge, spaces, standards, victim)


def membership(
    *,
    code: str,
    threat: ThreatModel,
    access: Access,
    knowledge: Knowledge = Knowledge.NONE,
    spaces: Sequence[str] = ("tabular", "text"),
    references: Sequence[str],
    standards: Standards | None = None,
) -> Callable[[_Membership], _Membership]:
    """File a membership attack under its file's name."""
    return _filing(Kind.MEMBERSHIP, (threat,), references, code, access, knowledge, spaces, standards)


def extraction(
    *,
    code: str,
    threat: ThreatModel,
    access: Access,
    knowledge: Knowledge = Knowledge.FEATURES,
    spaces: Sequence[str] = ("tabular", "text"),
    references: Sequence[str],
    standards: Standards | None = None,
) -> Callable[[_Extraction], _Extraction]:
    """File an extraction attack under its file's name; every one has rows of his own, to begin with and to compare with."""
    return _filing(Kind.EXTRACTION, (threat,), references, code, access, knowledge, spaces, standards)


def inference(
    *,
    code: str,
    threat: ThreatModel,
    access: Access,
    knowledge: Knowledge = Knowledge.NONE,
    spaces: Sequence[str] = ("tabular",),
    references: Sequence[str],
    standards: Standards | None = None,
) -> Callable[[_Inference], _Inference]:
    """File an inference attack under its file's name."""
    return _filing(Kind.INFERENCE, (threat,), references, code, access, knowledge, spaces, standards)


def screen(
    *, threats: Sequence[ThreatModel], references: Sequence[str], spaces: Sequence[str] = ("tabular", "text")
) -> Callable[[_Screen], _Screen]:
    """File a screen under its file's name and the threats it answers."""
    return _filing(Kind.SCREEN, threats, references, spaces=spaces)


def learner(
    *, threats: Sequence[ThreatModel], references: Sequence[str], spaces: Sequence[str] = ("tabular", "text")
) -> Callable[[_Learner], _Learner]:
    """File a learner under its file's name and the threats it answers."""
    return _filing(Kind.LEARNER, threats, references, spaces=spaces)


def guard(
    *,
    threats: Sequence[ThreatModel],
    references: Sequence[str],
    spaces: Sequence[str] = ("tabular", "text"),
    broken_by: Sequence[str] = (),
) -> Callable[[_Guard], _Guard]:
    """File a guard under its file's name and the threats it answers."""
    return _filing(Kind.GUARD, threats, references, spaces=spaces, broken_by=broken_by)


def detector(
    *, threats: Sequence[ThreatModel], references: Sequence[str], spaces: Sequence[str] = ("tabular",)
) -> Callable[[_Detector], _Detector]:
    """File an outlier detector under its file's name and the threats it answers."""
    return _filing(Kind.DETECTOR, threats, references, spaces=spaces, victim=Victim.DETECTOR)


def clusterer(
    *, threats: Sequence[ThreatModel], references: Sequence[str], spaces: Sequence[str] = ("tabular",)
) -> Callable[[_Clusterer], _Clusterer]:
    """File a clusterer under its file's name and the threats it answers."""
    return _filing(Kind.CLUSTERER, threats, references, spaces=spaces, victim=Victim.CLUSTERER)


def discover() -> tuple[Card, ...]:
    """Import every member once; all cards, in name order."""
    if not _filed.walked:
        for package in ("amlsec.attacks", "amlsec.defenses"):
            for module in pkgutil.walk_packages(importlib.import_module(package).__path__, prefix=f"{package}."):
                importlib.import_module(module.name)
        for plugin in entry_points(group="amlsec"):
            plugin.load()
        _filed.walked = True
    return tuple(_filed.cards[name] for name in sorted(_filed.cards))


def named(name: str) -> Card:
    """The card of this name; raises CatalogueError, naming near misses, where there is none."""
    from difflib import get_close_matches

    cards = {card.name: card for card in discover()}
    name = present(name, Place.MEMBER)
    if name not in cards:
        near = get_close_matches(name, cards, n=3)
        hint = f"; near misses: {', '.join(near)}" if near else ""
        raise CatalogueError(f"no member is called {name!r}{hint}; `amlsec catalogue` lists all")
    return cards[name]


def of_kind(kind: Kind) -> Iterator[Card]:
    """The cards of one kind."""
    return (card for card in discover() if card.kind == kind)


def _filing(
    kind: Kind, threats: Sequence[ThreatModel], references: Sequence[str], *told: Any, **facts: Any
) -> Callable[[_Member], _Member]:
    """What files a member under these facts and hands it back."""

    def file(run: _Member) -> _Member:
        _file(run, kind, threats, references, *told, **facts)
        return run

    return file


def _file(
    run: Callable[..., Any],
    kind: Kind,
    threats: Sequence[ThreatModel],
    references: Sequence[str],
    code: str = "",
    access: Access = Access.NONE,
    knowledge: Knowledge = Knowledge.NONE,
    spaces: Sequence[str] = ("tabular", "text"),
    standards: Standards | None = None,
    victim: Victim = Victim.CLASSIFIER,
    inside: type[Any] | None = None,
    broken_by: Sequence[str] = (),
) -> None:
    name = run.__module__.rpartition(".")[2].replace("_", "-")
    if kind.is_attack and not threats[0].is_cell:
        raise CatalogueError(f"{name} is filed under {threats[0]}: an attack sits in one cell")
    if not threats or not references:
        raise CatalogueError(f"{name} names no threat or no reference")
    told = access, knowledge, tuple(spaces), standards, victim, inside, tuple(broken_by)
    _filed.file(Card(name, kind, run, tuple(threats), tuple(references), code, *told))


def _place(run: Callable[..., Any]) -> str:
    return f"{run.__module__}.{run.__qualname__}"
