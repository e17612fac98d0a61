"""A line that calls `amlsec`, read as the command line reads it."""

import typer

from amlsec.cli.app import app


def parsed(words):
    """The command's name and parameters; fails where it, or one of its options, does not exist."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="amlsec")
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    return command.name, command.make_context("amlsec", rest, parent=context).params
