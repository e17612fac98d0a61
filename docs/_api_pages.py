"""The pages docs/api/*.md: docstrings by door and by kind, each module on one page, found in the packages."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from _page import page

import amlsec
from amlsec.catalogue import Kind, discover


class Door(NamedTuple):
    """What a page shows: modules, and of a package ("space.*") all."""

    title: str
    point: str
    modules: Sequence[str]


DOORS = {
    "data": Door(
        "Data and sources",
        "Rows with labels, sources and times, from arrays, files and real sets.",
        ("data", "tables.load", "tables.write", "register", "canaries.*", "datasets.*"),
    ),
    "spaces": Door("Spaces", "What an attacker can change in a row, and at what cost.", ("space.*",)),
    "oracle": Door(
        "The attacker's view",
        "What an attacker sees, knows and may spend; the frame enforces it.",
        ("oracle", "outcomes", "sessions", "budget", "scene", "shadow", "frame", "rehearsal"),
    ),
    "catalogue": Door(
        "Catalogue and evidence",
        "Kinds, cards, verdicts and findings: what every member is made of.",
        ("threat", "catalogue", "evidence", "privacy", "standards", "literature.reader", "errors"),
    ),
    "impact": Door("Impact engine", "What rows do to a model, exactly, without training it again.", ("impact.*",)),
    "evaluation": Door(
        "Evaluation",
        "The games that measure attacks and defenses, with their intervals.",
        ("evaluation.*", "statistics", "online_fdr", "agreement", "imputation", "fairness"),
    ),
    "audit": Door(
        "Audit and bench",
        "The audit from Python: settings in, one result out.",
        ("audit.run", "audit.settings", "audit.result", "audit.files", "bench.run", "bench.settings", "bench.files"),
    ),
    "gate": Door(
        "Gate",
        "The gate from Python: submit, review, snapshot, roll back, verify.",
        (
            *("gate.service", "gate.act", "gate.policy", "gate.config", "gate.sampler", "gate.mlflow", "gate.ledger"),
            *("gate.snapshots", "gate.reviewing", "gate.submitting", "gate.verifying", "gate.signing", "gate.backup"),
        ),
    ),
    "models": Door(
        "Wrapped models",
        "Models that are attacked as they are, and what is inside them.",
        ("models.*", "whitebox.*"),
    ),
    "layers": Door(
        "Layers and sanitizing",
        "Defenses joined: layers, and screens before a scikit-learn classifier.",
        ("layered.*", "sanitize.*", "streaming", "centroid.*", "clusters", "engine"),
    ),
}


def api_pages() -> dict[str, Callable[[], str]]:
    """Every page by its file, and what writes it."""
    kinds = {f"api/{kind}.md": partial(_of_kind, kind) for kind in Kind}
    doors = {f"api/{name}.md": partial(_of_door, door) for name, door in DOORS.items()}
    return {"api/index.md": overview} | doors | kinds


def overview() -> str:
    """What `amlsec` itself exports, and the pages."""
    return page(_overview())


def _overview() -> Iterator[str]:
    yield "# API\n\nEvery public object, from its docstring.\n"
    yield "Names that `import amlsec` gives at once:\n"
    yield from (_exported(name) for name in amlsec.__all__ if name != "__version__")
    yield "\n## By door\n"
    yield from (f"* [{door.title}]({name}.md): {door.point}" for name, door in DOORS.items())
    yield "\n## Attacks and defenses, by kind\n"
    for kind in Kind:
        yield f"* [{_title(kind)}]({kind}.md): {sum(card.kind == kind for card in discover())}, each in a file of its own"


def _exported(name: str) -> str:
    """What `amlsec` exports under this name: where it is told, and its docstring's first line."""
    exported = getattr(amlsec, name)
    home = f"{exported.__module__}.{exported.__qualname__}"
    return f"* [`amlsec.{name}`][{home}]: {(inspect.getdoc(exported) or '').splitlines()[0]}"


def _of_door(door: Door) -> str:
    return page([f"# {door.title}\n\n{door.point}\n", *_blocks(_expanded(door.modules))])


def _of_kind(kind: Kind) -> str:
    modules = [card.run.__module__ for card in discover() if card.kind == kind]
    point = f"{len(modules)} {_title(kind).lower()}, as [the catalogue](../catalogue.md#{kind}) has them."
    return page([f"# {_title(kind)}\n\n{point}\n", *_blocks(modules)])


def _title(kind: Kind) -> str:
    return f"{kind.capitalize()} attacks" if kind.is_attack else f"{kind.capitalize()}s"


def _expanded(modules: Sequence[str]) -> Iterator[str]:
    """Dotted names; of a package all its modules."""
    for name in modules:
        package, _, every = f"amlsec.{name}".partition(".*")
        yield from _within(package) if name.endswith(".*") else [package + every]


def _within(package: str) -> Iterator[str]:
    found = pkgutil.walk_packages(importlib.import_module(package).__path__, prefix=f"{package}.")
    return (module.name for module in found if not module.ispkg)


def _blocks(modules: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"::: {module}\n" for module in modules)
