"""A page, run: its blocks in their order, in one folder and one process.

Shell: `amlsec ...` is called in this process, `make ...` must be a target, `pip install` must name what there is, all
else is the shell's. Python: all blocks of a page share their names. A block with a title is written as that file. A
block of text right after one is what it prints, compared as doctest compares.
"""

import importlib
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from doctest import ELLIPSIS, OutputChecker
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from called import exit_code, findings
from gate.commands import parsed
from pages.blocks import ROOT, Block, blocks, commands, name
from pages.installing import installed
from pages.servers import served

EXITS = re.compile(r"# exits (\d)\b[^\n]*$")
SHELL = set("();<>|&")
NOT_RUN = ("", "text", "toml", "yaml", "json", "bibtex", "md", "html", "mermaid", "csv", "css", "dockerfile", "ini")
"""Languages of blocks that are read, not run."""


@dataclass
class Place:
    """Where a page is run, and on which terms; the page's function in `before.py` fills it."""

    folder: Path
    patch: pytest.MonkeyPatch
    closing: ExitStack = field(default_factory=ExitStack)
    afterwards: list[Callable[[], None]] = field(default_factory=list)  # what must hold once all has run
    audit: str = ""  # words added to each audit of the page, so that it takes a second or two
    left_out: dict[str, str] = field(default_factory=dict)  # how commands or blocks begin that are not run, and why
    instead: dict[str, str] = field(default_factory=dict)  # what stands for an example's address in files and commands
    module: ModuleType = field(default_factory=lambda: ModuleType("page"))  # holds the names of Python

    def for_this_place(self, text: str) -> str:
        """The text, with what is there instead of what examples name."""
        for example, real in self.instead.items():
            text = text.replace(example, real)
        return text

    def leaves_out(self, code: str) -> bool:
        """Whether it is not run, for a reason that is written down."""
        return any(code.startswith(beginning) for beginning in self.left_out)


def run(page: Path, place: Place) -> None:
    """Run all blocks of the page; fails with the page, the line and what was printed."""
    with _at(place):
        for block in blocks(page.read_text("utf-8")):
            if not place.leaves_out(block.code):
                _run_block(block, place, f"{name(page)}, line {block.line}")
        for check in place.afterwards:
            check()


class Ended(NamedTuple):
    """How a command ended; a page shows its output, or its errors where it printed nothing else."""

    code: int
    out: str = ""
    err: str = ""

    @property
    def shown(self) -> str:
        return self.out or self.err


def _run_block(block: Block, place: Place, where: str) -> None:
    if block.title:
        target = place.folder / block.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(place.for_this_place(block.code), "utf-8")
    elif block.language == "python":
        _compare(block, _python(block, place, where), where)
    elif block.language == "sh":
        _compare(block, "".join(_shell(command, place, where) for command in commands(block.code)), where)
    else:
        assert block.language in NOT_RUN, f"{where}: nothing here runs {block.language!r}"


def _compare(block: Block, printed: str, where: str) -> None:
    if block.printed is not None:
        said, got = (" ".join(text.split()) for text in (block.printed, printed))  # doctest knows no wide spaces
        agrees = OutputChecker().check_output(said, got, ELLIPSIS)
        assert agrees, f"{where}: the page says\n{block.printed}\nbut this was printed:\n{printed}"


def _python(block: Block, place: Place, where: str) -> str:
    code = compile("\n" * block.line + block.code, where.partition(",")[0], "exec")
    return _captured(lambda: exec(code, vars(place.module))).shown


def _shell(command: str, place: Place, where: str) -> str:
    """What the command prints; fails where it does not end as the page says."""
    if place.leaves_out(command):
        return ""
    expected = int(found[1]) if (found := EXITS.search(command)) else 0
    ended = _called(place.for_this_place(command), place)
    assert ended.code == expected, f"{where}: {command}: exit code {ended.code}, not {expected}\n{ended.out}{ended.err}"
    return ended.shown


def _called(command: str, place: Place) -> Ended:
    if words := _words(command):
        for beginning, call in BY_NAME.items():
            if words[: len(beginning)] == list(beginning):
                return call(words[len(beginning) :], place)
    return _by_shell(command)


def _words(command: str) -> list[str]:
    """The words of a command that needs no shell; none where it does."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    if any(set(word) <= SHELL or "$(" in word or "`" in word for word in words):
        return []
    return [os.path.expandvars(word) for word in shlex.split(command.replace("\\\n", " "), comments=True)]


def _by_shell(command: str) -> Ended:
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def _amlsec(words: list[str], place: Place) -> Ended:
    audits = words[:1] == ["audit"]
    words = [*words, *shlex.split(place.audit)] if audits else words
    ended = _captured(lambda: exit_code(words))
    _forget(place.folder)
    if audits and ended.code in (0, 1):
        out = Path(parsed(words)[1].get("out") or "amlsec-report")
        assert any(found["state"] == "measured" for found in findings(out).values()), f"{words}: nothing was measured"
    return ended


def _script(words: list[str], place: Place) -> Ended:
    """A script of the page, in this process; one of the project's benchmarks and reproductions is only looked for."""
    if words[0].startswith(("benchmarks/", "reproductions/")):  # minutes each; the tests of them are their own
        return Ended(0 if (ROOT / words[0]).is_file() else 2)
    if words[0].startswith("-"):
        return _by_shell(shlex.join(["python", *words]))
    place.patch.setattr(sys, "argv", words)
    ended = _captured(lambda: _ended(lambda: runpy.run_path(words[0], run_name="__main__")))
    _forget(place.folder)
    return ended


def _ended(call: Callable[[], object]) -> int:
    try:
        call()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _make(words: list[str], place: Place) -> Ended:
    """Whether there are such targets; nothing is made."""
    ended = _by_shell(shlex.join(["make", "--dry-run", "--directory", str(ROOT), *words]))
    return ended._replace(out="")


def _export(words: list[str], place: Place) -> Ended:
    for word in words:
        place.patch.setenv(*word.split("=", 1))
    return Ended(0)


def _captured(call: Callable[[], object]) -> Ended:
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = call()
    return Ended(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def _forget(folder: Path) -> None:
    """What a command read of the page's folder, no later one knows, as if each were a process of its own."""
    importlib.invalidate_caches()
    for module, loaded in list(sys.modules.items()):
        if str(getattr(loaded, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[module]


@contextmanager
def _at(place: Place) -> Iterator[None]:
    """In the folder, on one core, with the programs of this environment; all is as before afterwards."""
    patch = place.patch
    patch.chdir(place.folder)
    patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    patch.delenv("PYTEST_ADDOPTS", raising=False)  # what the outer run was asked for is no part of the page
    patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    patch.setattr(sys, "dont_write_bytecode", True)
    patch.setattr(sys, "path", [str(place.folder), *sys.path])
    patch.setattr(os, "sched_getaffinity", lambda _: {0})  # work of a second is not worth starting processes
    patch.setitem(sys.modules, place.module.__name__, place.module)
    try:
        with place.closing:
            yield
    finally:
        _forget(place.folder)


BY_NAME: dict[Sequence[str], Callable[[list[str], Place], Ended]] = {
    ("amlsec", "gate", "serve"): lambda words, _: Ended(*served(["serve", *words])),
    ("amlsec", "gate", "work"): lambda words, _: Ended(*served(["work", *words])),
    ("amlsec",): _amlsec,
    ("python", "-m", "pip", "install"): lambda words, place: Ended(*installed(words, place)),
    ("pip", "install"): lambda words, place: Ended(*installed(words, place)),
    ("python",): _script,
    ("make",): _make,
    ("export",): _export,
}
"""What is not left to the shell, by how a command begins."""
