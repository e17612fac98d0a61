"""The page docs/cli.md: every command with all it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from _page import page
from pydantic import BaseModel

from amlsec.audit.settings import Condition, Settings
from amlsec.bench.settings import BenchSettings
from amlsec.cli.app import app
from amlsec.cli.canaries import canaries
from amlsec.gate.cli.app import gate


def command_line() -> str:
    """Every command and every option."""
    return page(_command_line())


def _command_line() -> Iterator[str]:
    yield "# Command line\n\nEvery command, every option, and what holds where none is given.\n"
    yield from _single("init")
    yield "What it asks: [the worksheet](worksheet.md).\n\n## amlsec audit [DATA]\n"
    yield "Measure how a model trained on DATA can be attacked, at what cost, by which source, and what would help.\n"
    yield "Exit codes: 0 under the bar, 1 at or over it, 2 for a wrong call, 3 where nothing could be tested.\n"
    yield "Each option is also a key of the table `[audit]` in `amlsec.toml`, with underscores. `amlsec audit` alone reads"
    yield "`amlsec.toml` of the folder where it is called.\n"
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
    for name in ("catalogue", "show", "papers"):
        yield from _single(name)
    yield "## Everywhere\n\n`--version` prints the version; `--debug`, at any place, shows where an error came from."


def _single(name: str) -> Iterator[str]:
    """A command that has no further ones."""
    commands: Any = typer.main.get_command(app)
    yield from _shown(f"## amlsec {name}", commands.commands[name])


def _program(name: str, program: typer.Typer) -> Iterator[str]:
    """A command that has commands, each with what it takes."""
    command: Any = typer.main.get_command(program)
    yield f"## {name}\n\n{command.help}\n"
    for words, each in _commands(name, command):
        yield from _shown(f"### {words}", each)


def _shown(title: str, each: Any) -> Iterator[str]:
    """The command under its title, with its arguments and options."""
    arguments = [one for one in each.params if one.param_type_name == "argument"]
    yield f"{' '.join([title, *map(_argument, arguments)])}\n\n{each.help}\n"
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
