"""Write the pages that follow from the code; with --check, fail where one is out of date."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from amlsec.audit.files import schema
from amlsec.audit.settings import Condition, Settings
from amlsec.bench.settings import BenchSettings
from amlsec.catalogue import Card, Kind, Victim, discover
from amlsec.cli.canaries import canaries
from amlsec.gate.cli.app import gate
from amlsec.impact.measure import registered_families
from amlsec.literature.reader import references
from amlsec.threat import CELLS

DOCS = Path(__file__).parent
HEAD = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->\n\n"


def catalogue() -> str:
    """Every member, by kind, and the twelve cells."""
    return HEAD + "\n".join(_catalogue()) + "\n"


def _catalogue() -> Iterator[str]:
    cards = discover()
    yield "# Catalogue\n\nEvery attack and every defense, as `amlsec catalogue` lists them; `amlsec show NAME` tells more.\n"
    for kind in Kind:
        yield f"## {kind.capitalize()}\n"
        yield from _table(card for card in cards if card.kind == kind)
    yield "## The twelve cells\n"
    yield "| cell | attacks | defenses that claim it | ATLAS | NIST AI 100-2 | OWASP ML |\n|---|---|---|---|---|---|"
    for cell in CELLS:
        attacks = [card for card in cards if card.kind.is_attack and card.cell == cell]
        defenses = [card for card in cards if card.answers(cell)]
        standards = " | ".join(", ".join(ids) for ids in _standards(cell).values())
        yield f"| {cell} | {_names(attacks)} | {_names(defenses)} | {standards} |"


def _standards(cell: object) -> dict[str, tuple[str, ...]]:
    from amlsec.standards import of_cell

    return of_cell(cell).as_dict()


def _table(cards: Iterator[Card]) -> Iterator[str]:
    yield "| name | code | what it does | threat | needs | data | standards | papers |\n|---|---|---|---|---|---|---|---|"
    for card in cards:
        victim = "" if card.victim == Victim.CLASSIFIER else f"; victim: {card.victim}"
        needs = f"access: {card.access}; knowledge: {card.knowledge}{victim}" if card.kind.is_attack else ""
        standards = ", ".join(i for ids in card.standards.as_dict().values() for i in ids) if card.kind.is_attack else ""
        threats = "; ".join(map(str, card.threats))
        papers = "; ".join(str(references()[key]) for key in card.references)
        yield (
            f"| `{card.name}` | {card.code} | {card.summary} | {threats} | {needs} | "
            f"{', '.join(card.spaces)} | {standards} | {papers} |"
        )
    yield ""


def _names(cards: list[Card]) -> str:
    return ", ".join(f"`{card.name}`" for card in cards) or "none yet"


def command_line() -> str:
    """Every command and every option."""
    return HEAD + "\n".join(_command_line()) + "\n"


def _command_line() -> Iterator[str]:
    yield "# Command line\n\n## amlsec audit [DATA]\n"
    yield "Measure how a model trained on DATA can be attacked, at what cost, by which source, and what would help.\n"
    yield "Exit codes: 0 under the bar, 1 at or over it, 2 for a wrong call, 3 where nothing could be tested.\n"
    yield "Each option is also a key of the table `[audit]` in `amlsec.toml`, with underscores.\n"
    yield from _options(Settings, {"data", "columns", "groups", "relations", "conditions"})
    yield '\n`amlsec.toml` also takes `[columns.NAME]` (see [spaces](spaces.md)) and `[conditions."AML-P03"]` with:\n'
    yield "| key | meaning | default |\n|---|---|---|"
    for name, field in Condition.model_fields.items():
        yield f"| `{name}` | {field.description} | `{field.default}` |"
    yield "\n## amlsec bench poisoning [DATA]...\n"
    yield "Measure what each defense leaves of each poisoning attack, by attackers who know the defense or do not.\n"
    yield from _options(BenchSettings, {"data"})
    yield ""
    yield from _program("amlsec gate", gate)
    yield "What it all means: [the gate](gate.md).\n"
    yield from _program("amlsec canaries", canaries)
    yield "## amlsec catalogue\n\nList every attack and defense; `--cell` and `--kind` narrow the list.\n"
    yield "## amlsec show NAME\n\nShow one attack or defense: what it does, what it needs, who wrote of it.\n"
    yield "## Everywhere\n\n`--version` prints the version; `--debug`, at any place, shows where an error came from."


def _program(name: str, program: typer.Typer) -> Iterator[str]:
    """A command that has commands, each with what it takes."""
    command: Any = typer.main.get_command(program)
    yield f"## {name}\n\n{command.help}\n"
    for words, each in _commands(name, command):
        arguments = [one for one in each.params if one.param_type_name == "argument"]
        yield f"### {' '.join([words, *map(_argument, arguments)])}\n\n{each.help}\n"
        yield from _taken(each.params)


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that has no further ones, with the words by which it is called."""
    for word, each in command.commands.items():
        further = hasattr(each, "commands")
        yield from _commands(f"{name} {word}", each) if further else [(f"{name} {word}", each)]


def _argument(one: Any) -> str:
    return one.name.upper() if one.required else f"[{one.name.upper()}]"


def _taken(parameters: list[Any]) -> Iterator[str]:
    yield "| option | meaning | default |\n|---|---|---|"
    for one in parameters:
        name = _argument(one) if one.param_type_name == "argument" else " / ".join([*one.opts, *one.secondary_opts])
        told = f"{one.help}; or {one.envvar} in the environment" if one.envvar else one.help
        yield f"| `{name}` | {told} | {_preset(one)} |"
    yield ""


def _preset(one: Any) -> str:
    """What holds where a parameter is not given."""
    if one.required:
        return "asked for" if getattr(one, "prompt", None) else "must be given"
    return f"`{one.opts[0]}`" if one.default is True else _default(one.default)


def _options(settings: type[BaseModel], left_out: set[str]) -> Iterator[str]:
    yield "| option | meaning | default |\n|---|---|---|"
    for name, field in settings.model_fields.items():
        if name not in left_out:
            yield f"| `--{name.replace('_', '-')}` | {field.description} | {_default(field.default)} |"


def _default(value: object) -> str:
    if value in (None, (), False, ""):
        return ""
    return ", ".join(f"`{each}`" for each in value) if isinstance(value, tuple) else f"`{value}`"


def model_families() -> str:
    """Every estimator whose impacts are known by algebra, and for which of its settings."""
    return HEAD + "\n".join(_model_families()) + "\n"


def _model_families() -> Iterator[str]:
    discover()
    yield "# Model families\n"
    yield "Estimators that [the impact engine](impact.md) knows by algebra, and where. It trains others.\n"
    yield "| estimator | of | by algebra |\n|---|---|---|"
    own = ((kind, function) for kind, function in registered_families().items() if function.__module__.startswith("amlsec."))
    for estimator, registered in sorted(own, key=lambda pair: pair[0].__name__):
        package = estimator.__module__.partition("._")[0]
        yield f"| `{estimator.__name__}` | `{package}` | {' '.join((inspect.getdoc(registered) or '').split())} |"


PAGES: dict[str, Callable[[], str]] = {
    "catalogue.md": catalogue,
    "cli.md": command_line,
    "families.md": model_families,
    "report.schema.json": schema,
}


def main() -> int:
    """Write the pages, or name those that differ."""
    written = {DOCS / name: page() for name, page in PAGES.items()}
    stale = [path.name for path, text in written.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        print(f"out of date: {', '.join(stale)}; run `make docs`" if stale else "generated pages are up to date")
        return bool(stale)
    for path, text in written.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
