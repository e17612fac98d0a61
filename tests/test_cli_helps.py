"""What a command's help shows is what stands in the code: Markdown of a terminal eats no bracket and no sign."""

import pytest
import typer

from amlsec.cli.app import app
from called import call


def commands(command, words=()):
    """Every command by its words, those that have further ones too."""
    yield words, command
    for word, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*words, word))


COMMANDS = dict(commands(typer.main.get_command(app)))


def signs(text):
    """A text without what a terminal lays out: spaces, frames and the backticks of code."""
    return "".join(text.translate(dict.fromkeys(map(ord, "`│"))).split())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_every_sign_of_what_is_said(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    _, out, _ = call(capsys, *words, "--help")
    command = COMMANDS[words]
    told = [command.help, *(one.help for one in command.params if one.help and not one.hidden)]
    assert [said for said in told if signs(said) not in signs(out)] == []


def test_the_tables_of_a_file_are_among_them(capsys):
    assert "[audit]" in call(capsys, "audit", "--help")[1]
