"""Commands that stand in sentences exist, and every command there is stands on a page in a block that is run."""

import re
import shlex
from functools import cache

import pytest
import typer

from amlsec.catalogue import named
from amlsec.cli.app import app
from pages.blocks import PAGES, ROOT, blocks, commands, inline, name
from pages.installing import is_there

TARGETS = re.findall(r"^([a-z-]+%?)[^:=]*:(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@cache
def said(page, program):
    """The whole commands of this program between backticks on a page, as words."""
    found = (
        text for text in inline(page.read_text("utf-8")) if text.startswith(f"{program} ") and "..." not in text.split()
    )
    return [shlex.split(text)[1:] for text in found]


@cache
def calls():
    """What commands call, of every block of every page."""
    texts = (page.read_text("utf-8") for page in PAGES)
    return [
        command for text in texts for block in blocks(text) if block.language == "sh" for command in commands(block.code)
    ]


def every(command, words=()):
    """The words of every command that has no further ones."""
    further = getattr(command, "commands", None)
    return [words] if further is None else [each for word, below in further.items() for each in every(below, (*words, word))]


def exists(words):
    """Whether the words call a command, or begin one, with options that it has, and name a member that there is."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help", "--debug"}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, words
    if words[0] == "show" and not rest[0].isupper() and rest[0] != "my-move":
        named(rest[0])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_in_sentences_exist(page):
    for words in said(page, "amlsec"):
        exists(words)
    for words in said(page, "make"):
        assert any(re.fullmatch(target.replace("%", ".+"), words[0]) for target in TARGETS), words
    for words in said(page, "pip"):
        assert [words[0], *filter(is_there, words[1:])] == ["install", *words[1:]]
    for words in said(page, "python"):
        assert words[0].startswith("-") or (ROOT / words[0]).is_file(), words


def test_every_command_is_run_on_some_page():
    """As far as pages leave none of it out: their reasons are in `before.py`."""
    run = [shlex.split(call, comments=True)[1:] for call in calls() if call.startswith("amlsec ")]
    lines = {each: [call for call in run if tuple(call[: len(each)]) == each] for each in every(typer.main.get_command(app))}
    assert [" ".join(each) for each, found in lines.items() if not found] == []
