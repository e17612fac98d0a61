"""What a gate judges by, and whether its ledger can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, act, answer, needed, opened, say, text_of

FAULTS = 1
"""The exit code where something is not as it was written."""
Why = Annotated[str, typer.Option("--reason", help="why; stands in the ledger")]


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    for command in (verify, checkpoint, keys, protect):
        gate.command()(command)
    policy = typer.Typer(no_args_is_help=True, help="What the gate judges by.")
    policy.command("show")(show_policy)
    policy.command("set")(set_policy)
    gate.add_typer(policy, name="policy")
    root = typer.Typer(no_args_is_help=True, help="The trusted rows.")
    root.command("rotate")(rotate)
    gate.add_typer(root, name="root")


def verify(
    key: Annotated[Path | None, typer.Option(help="public key that every checkpoint must be signed with")] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="checkpoint kept elsewhere that the ledger must hold; may be repeated")
    ] = None,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Look at every entry, object and signature, and whether all tables follow from the ledger.

    Exit codes: 0 all is as it was written, 1 something is not: each fault is a line.
    """
    with opened(home) as gate:
        found = gate.verify(key=key, checkpoints=checkpoint or [])
    if json:
        answer(found)
    else:
        say(f"{found.entries:,} entries, {found.objects:,} objects and {found.checkpoints:,} checkpoints; head {found.head}")
        for fault in found.faults:
            say(f"FAULT {fault}")
        say("All is as it was written." if found.holds else f"{len(found.faults):,} faults.")
    raise typer.Exit(0 if found.holds else FAULTS)


def checkpoint(
    key: Annotated[Path, typer.Argument(help="private key (amlsec gate keys)")],
    out: Annotated[Path | None, typer.Option(help="file for the checkpoint, to be kept elsewhere; default: printed")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Sign the ledger's present end: kept elsewhere, it shows later that nothing was cut off or written anew."""
    from amlsec.gate.ledger import canonical
    from amlsec.gate.written import written
    from amlsec.whole import whole

    with opened(home) as gate:
        signed = canonical(gate.checkpoint(key, act=act()))
    if out is None:
        typer.echo(signed)
        return
    with written("out", out), whole(out) as file:
        file.write(f"{signed}\n".encode())
    say(str(out))


def keys(file: Annotated[Path, typer.Argument(help="file for the private key; the public one gets .pub behind")]) -> None:
    """Make a key pair for checkpoints: keep the private key where the gate's machine cannot write."""
    needed()
    from amlsec.gate.signing import new_key
    from amlsec.gate.written import written

    with written("key", file):
        public = new_key(file)
    say(f"{file}: private, for amlsec gate checkpoint")
    say(f"{public}: public, for amlsec gate verify --key")


def protect(
    file: Annotated[Path, typer.Argument(help="rows that must stay right, labelled, in the gate's columns")],
    reason: Why = "",
    home: Home = DEFAULT_HOME,
) -> None:
    """Hold back every submission that would turn one of these rows wrong; they replace those before."""
    with opened(home) as gate:
        say(f"entry {gate.protect(file, act=act(reason))}: these rows are protected")


def show_policy(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """Print the policy in force, as it was set."""
    from amlsec.gate.policy import parsed_policy

    with opened(home) as gate:
        text = gate.policy()
    answer(parsed_policy(text).as_json()) if json else typer.echo(text)


def set_policy(
    file: Annotated[Path, typer.Argument(help="policy (TOML)")], reason: Why = "", home: Home = DEFAULT_HOME
) -> None:
    """Judge by the policy in FILE from now on; what was judged stays judged."""
    with opened(home) as gate:
        say(f"entry {gate.set_policy(text_of(file, 'policy'), act=act(reason))}: {file} is in force")


def rotate(
    file: Annotated[Path, typer.Argument(help="the new trusted rows, in the gate's columns")],
    reason: Why = "",
    home: Home = DEFAULT_HOME,
) -> None:
    """Trust the rows in FILE from now on, in place of those before; none of them may be held back."""
    with opened(home) as gate:
        say(f"entry {gate.rotate_root(file, act=act(reason))}: {file} is trusted")
