"""Who may sign in, and which programs may speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, act, answer, opened, say, table

if TYPE_CHECKING:
    from amlsec.gate.people.person import Role

Name = Annotated[str, typer.Argument(help="name, as the ledger will show it")]
Password = Annotated[
    str,
    typer.Option(
        envvar="AMLSEC_GATE_PASSWORD",
        prompt=True,
        hide_input=True,
        confirmation_prompt=True,
        show_envvar=True,
        help="at least 12 characters; asked for where it is not given",
    ),
]


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    user = typer.Typer(no_args_is_help=True, help="People who sign in to review or to run the gate.")
    for command in (add, password, disable, enable):
        user.command()(command)
    user.command("list")(users)
    gate.add_typer(user, name="user")
    token = typer.Typer(no_args_is_help=True, help="Tokens of programs; a submitter's speaks for one source.")
    token.command()(make)
    token.command()(revoke)
    token.command("list")(tokens)
    gate.add_typer(token, name="token")


def add(
    name: Name,
    password: Password,
    role: Annotated[str, typer.Option(help="reviewer or admin")] = "reviewer",
    home: Home = DEFAULT_HOME,
) -> None:
    """Let a person sign in."""
    with opened(home) as gate:
        from amlsec.gate.people.users import add_user

        add_user(gate.home, name, password, _role(role), act=act())
    say(f"{name} may sign in as {role}")


def password(name: Name, password: Password, home: Home = DEFAULT_HOME) -> None:
    """Give a person another password; who is signed in by the old one is signed out."""
    with opened(home) as gate:
        from amlsec.gate.people.users import set_password

        set_password(gate.home, name, password, act=act())
    say(f"{name} has another password")


def disable(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Sign a person out, and let him in no more; what he did stays in the ledger."""
    with opened(home) as gate:
        from amlsec.gate.people.users import disable_user

        disable_user(gate.home, name, act=act())
    say(f"{name} may sign in no more")


def enable(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Let a person in again."""
    with opened(home) as gate:
        from amlsec.gate.people.users import enable_user

        enable_user(gate.home, name, act=act())
    say(f"{name} may sign in again")


def users(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """List the people."""
    with opened(home) as gate:
        from amlsec.gate.people.users import users

        found = users(gate.home)
    answer(found) if json else table(("name", "role", "disabled"), ([one.name, one.role, one.disabled] for one in found))


def make(
    name: Name,
    role: Annotated[str, typer.Option(help="submitter, reviewer or admin")] = "submitter",
    source: Annotated[str | None, typer.Option(help="the source for which a submitter speaks")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="days for which it is good; default: until it is revoked")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make a token and print it: this once, as the gate keeps only its hash."""
    from datetime import timedelta

    with opened(home) as gate:
        from amlsec.gate.people.tokens import make_token

        done = act()
        expires = None if days is None else done.when + timedelta(days=days)
        secret = make_token(gate.home, name, _role(role), act=done, source=source, expires=expires)
    typer.echo(secret)


def revoke(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Let a token be good no more."""
    with opened(home) as gate:
        from amlsec.gate.people.tokens import revoke_token

        revoke_token(gate.home, name, act=act())
    say(f"{name} is good no more")


def tokens(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """List the tokens by name; nobody can list their secrets."""
    with opened(home) as gate:
        from amlsec.gate.people.tokens import tokens

        found = tokens(gate.home)
    parts = ("name", "role", "source", "expires", "revoked")
    answer(found) if json else table(parts, ([getattr(one, part) for part in parts] for one in found))


def _role(name: str) -> Role:
    from amlsec.errors import InvalidInput
    from amlsec.gate.people.person import Role

    if name not in list(Role):
        raise InvalidInput("role", name, f"must be one of {', '.join(Role)}")
    return Role(name)
