"""The command line."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from amlsec.audit.settings import Settings
from amlsec.bench.settings import BenchSettings
from amlsec.errors import AmlsecError, GateUnavailable, ModelFailed
from amlsec.gate.cli.app import gate
from amlsec.threat import ThreatModel

app = typer.Typer(
    name="amlsec",
    help="How models trained on data you do not control can be attacked, measured on your own data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
WRONG_CALL, COULD_NOT_TEST, STOPPED = 2, 3, 130
MOST_REASONS = 5
NOT_OPTIONS = {"columns", "groups", "relations", "conditions"}


def main() -> None:
    """Run a command; every expected error is one line on stderr. Exit codes: 0, 1 at the bar, 2 wrong call, 3 could not."""
    debug = "--debug" in sys.argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr does: data may hold what the terminal cannot show
    try:
        app(args=[word for word in sys.argv[1:] if word != "--debug"])
    except AmlsecError as error:
        _stop(str(error), COULD_NOT_TEST if isinstance(error, ModelFailed | GateUnavailable) else WRONG_CALL, debug)
    except Exception as error:
        _stop(f"unexpected {type(error).__name__}: {error} (--debug shows where)", COULD_NOT_TEST, debug)


def _stop(said: str, code: int, debug: bool) -> None:
    from amlsec.plain import plain

    if debug:
        import traceback

        traceback.print_exc()
    print(f"amlsec: {plain(' '.join(said.split()))}", file=sys.stderr)
    sys.exit(code)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C ends with a word on how to go on; typer's own way of ending says nothing."""
    try:
        yield
    except KeyboardInterrupt:
        _stop("stopped; the same command goes on where it was", STOPPED, "--debug" in sys.argv)


def _version(asked: bool) -> None:
    if asked:
        from amlsec import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Read the options that come before a command; `main` itself reads --debug, wherever it stands."""


def _audit(**given: Any) -> None:
    """Measure how a model trained on DATA can be attacked, at what cost, by which source, and what would help.

    Writes report.html, report.json, report.sarif and report.junit.xml into the folder --out. Exit codes: 0 under the
    bar (--fail-on, --baseline, conditions), 1 at or over it, 2 for a wrong call, 3 where nothing could be tested. An
    audit that was stopped goes on where it was.
    """
    from amlsec.audit.files import write
    from amlsec.audit.run import audited, finished
    from amlsec.audit.settings import settings
    from amlsec.audit.terminal import progress, show

    told = {name: value for name, value in given.items() if value is not None and value is not False and value != []}
    asked = settings(told, told.pop("config", None))
    with _stoppable(), progress() as report_progress:
        result = audited(asked, report_progress)
    paths = write(result, asked.out)
    finished(asked, result)
    with suppress(BrokenPipeError, SystemExit):  # who closes the pipe, as `| head` does, must not change the exit code
        show(result, paths)
    raise typer.Exit(result.exit_code)


def _bench_poisoning(**given: Any) -> None:
    """Measure what each defense leaves of each poisoning attack on DATA, by attackers who know the defense or do not.

    Writes the table (JSON, CSV, Markdown) and a heat map for each share into the folder --out. A bench that was stopped
    goes on where it was.
    """
    from amlsec.audit.terminal import progress
    from amlsec.bench.files import write
    from amlsec.bench.run import benched
    from amlsec.bench.settings import settings

    asked = settings({name: value for name, value in given.items() if value is not None and value != []})
    with _stoppable(), progress() as report_progress:
        found = benched(asked, report_progress)
    for path in write(found, asked.out):
        typer.echo(path)
    for why, games in list(found.because.items())[:MOST_REASONS]:
        typer.echo(f"{games} games were not run: {why}")
    if found.games_not_run:
        typer.echo("The same command goes on from there.")


def _as_options(run: Callable[..., None], settings: type[BaseModel]) -> Callable[..., None]:
    """Give the function one option for each setting: names, types and help stand in the settings alone."""
    hints = typing.get_type_hints(settings)
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(name, hint, field))
            for name, field in settings.model_fields.items()
            if name not in NOT_OPTIONS
            for hint in [hints[name]]
        ]
    )
    return run


def _annotation(name: str, hint: Any, field: FieldInfo) -> Any:
    default = f" (default: {_shown(field.default)})" if field.default not in (None, (), False) else ""
    told = f"{field.description}{default}"
    if typing.get_origin(hint) is tuple:
        several: Any = types.GenericAlias(list, typing.get_args(hint)[:1])
        if name == "data":
            return Annotated[several | None, typer.Argument(help=told)]
        return Annotated[several | None, typer.Option(f"--{name.replace('_', '-')}", help=f"{told}; may be repeated")]
    if hint is bool:
        return Annotated[bool | None, typer.Option(f"--{name.replace('_', '-')}", help=told)]
    option = typer.Argument(help=told) if name == "data" else typer.Option(f"--{name.replace('_', '-')}", help=told)
    return Annotated[hint | None, option]


def _shown(default: Any) -> str:
    return ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)


app.command("audit")(_as_options(_audit, Settings))
bench = typer.Typer(no_args_is_help=True, help="Attacks against defenses on several data sets, as one table.")
bench.command("poisoning")(_as_options(_bench_poisoning, BenchSettings))
app.add_typer(bench, name="bench")
app.add_typer(gate, name="gate")

canaries = typer.Typer(no_args_is_help=True, help="Rows planted in the training data that the model must not give away.")
app.add_typer(canaries, name="canaries")


@canaries.command("plant")
def _plant(
    data: Annotated[Path, typer.Argument(help="table they are planted in: CSV, TSV, JSON lines, Parquet or Arrow")],
    target: Annotated[str, typer.Option(help="column that holds the label")],
    source: Annotated[str | None, typer.Option(help="column that says where each row came from")] = None,
    time: Annotated[str | None, typer.Option(help="column that says when each row came")] = None,
    text: Annotated[str | None, typer.Option(help="column that holds the text")] = None,
    malicious: Annotated[list[str] | None, typer.Option(help="labels that are malicious; may be repeated")] = None,
    benign: Annotated[list[str] | None, typer.Option(help="labels that are benign; may be repeated")] = None,
    count: Annotated[int, typer.Option(help="how many are drawn; about half of them are held back")] = 16,
    copies: Annotated[int, typer.Option(help="how often each planted one is to stand in the data")] = 1,
    pattern: Annotated[str, typer.Option(help="sentence of a text canary, {} for its secret")] = "my access code is {}",
    holder: Annotated[str, typer.Option(help="who knows of them")] = "",
    about: Annotated[str, typer.Option(help="whose data they stand for")] = "",
    seed: Annotated[int | None, typer.Option(help="seed of all that is random; who knows it knows them")] = None,
    out: Annotated[Path, typer.Option(help="folder for the register and the rows")] = Path("amlsec-canaries"),
) -> None:
    """Draw canaries for DATA: the rows to be added to it, and the register by which an audit finds them again.

    A coin says which of them are planted; the others are held back, to compare. DATA stays as it is, and no file is
    overwritten.
    """
    from amlsec.canaries.files import save
    from amlsec.canaries.plant import Wanted, plant
    from amlsec.tables.load import Columns, Labels

    columns, labels = Columns(target, source, time, text), Labels(tuple(malicious or ()), tuple(benign or ()))
    wanted = Wanted(count, copies, pattern, holder=holder, about=about)
    rows, register = plant(data, columns, labels, wanted=wanted, seed=seed)
    planted = sum(canary.planted for canary in register.canaries.values())
    for path in save(rows, register, out, data):
        typer.echo(path)
    typer.echo(f"{planted} of {count} canaries are to be planted: add the {len(rows)} rows to the training data.")


@canaries.command("list")
def _list(register: Annotated[Path, typer.Argument(help="register of canaries (TOML)")]) -> None:
    """List the canaries of a register: which are planted, how often, since when, and what they stand for."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from amlsec.canaries.register import read
    from amlsec.plain import line

    table = Table("name", "label", "copies", "planted", "held by", "stands for", box=None, pad_edge=False)
    for name, canary in read(register).canaries.items():
        since = str(canary.on or "yes") if canary.planted else "held back"
        told = name, canary.label, str(canary.copies), since, canary.holder, canary.about
        table.add_row(*(Text(line(value, 60)) for value in told))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@app.command()
def catalogue(
    cell: Annotated[str, typer.Option(help="only this cell or part of it, such as 'causative availability'")] = "",
    kind: Annotated[str, typer.Option(help="only this kind: evasion, poisoning, privacy, screen, learner or guard")] = "",
) -> None:
    """List every attack and defense."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "kind", "code", "threat", "what it does", box=None, pad_edge=False, header_style="bold")
    for card in _selected(cell, kind):
        table.add_row(card.name, card.kind, card.code or "-", "\n".join(map(str, card.threats)), card.summary)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _selected(cell: str, kind: str) -> list[Any]:
    from amlsec.catalogue import Kind, discover
    from amlsec.errors import InvalidInput

    if kind and kind not in list(Kind):
        raise InvalidInput("kind", kind, f"must be one of {', '.join(Kind)}")
    asked = _cell(cell)
    return [
        card
        for card in discover()
        if kind in ("", card.kind) and any(asked.covers(threat) or threat.covers(asked) for threat in card.threats)
    ]


def _cell(words: str) -> ThreatModel:
    from amlsec.errors import InvalidInput
    from amlsec.threat import Influence, Specificity, Violation

    axes: dict[str, Any] = {}
    for word in words.replace("-", " ").split():
        for name, axis in (("influence", Influence), ("violation", Violation), ("specificity", Specificity)):
            if word in list(axis):
                axes[name] = axis(word)
                break
        else:
            known = ", ".join(str(value) for axis in (Influence, Violation, Specificity) for value in axis)
            raise InvalidInput("cell", word, f"must be made of {known}")
    return ThreatModel(**axes)


@app.command()
def show(name: Annotated[str, typer.Argument(help="name of a member of the catalogue, such as dictionary")]) -> None:
    """Show one attack or defense: what it does, where it stands in the threat model, what it needs, who wrote of it."""
    from amlsec.catalogue import named
    from amlsec.literature.reader import references

    card, papers = named(name), references()
    typer.echo(f"{card.name} ({card.kind}{', ' + card.code if card.code else ''})\n\n{inspect.getdoc(card.run)}\n")
    typer.echo("\n".join(f"{key:<10} {value}" for key, value in _facts(card)))
    for key in card.references:
        typer.echo(f"{'reference':<10} {papers.get(key, key)}")


def _facts(card: Any) -> list[tuple[str, str]]:
    facts = [("threat", "; ".join(map(str, card.threats))), ("spaces", ", ".join(card.spaces))]
    if card.kind.is_attack:
        facts += [("access", card.access), ("knowledge", card.knowledge)]
        facts += [(standard, ", ".join(ids)) for standard, ids in card.standards.as_dict().items()]
    return facts
