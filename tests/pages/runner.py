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
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from called import exit_code, findings
from gate.commands import parsed
from pages.blocks import ROOT, Block, blocks, commands, name
from pages.installing import installed
from pages.servers import served

EXITS = re.compile(r"# exits (\d)\s*$")
FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE
SHELL = set("();<>|&")
NOT_RUN = ("", "text", "toml", "yaml", "json", "bibtex", "md", "html", "mermaid", "csv", "css", "dockerfile", "ini", "py")
"""Languages of blocks that are read, not run; `py` is Python for eyes only."""


@dataclass
class Place:
    """Where a page is run, and on which terms; the page's function in `before.py` fills it."""

    folder: Path
    patch: pytest.MonkeyPatch
    closing: ExitStack = field(default_factory=ExitStack)
    audit: str = ""  # words added to each audit of the page, so that it takes a second or two
    left_out: dict[str, str] = field(default_factory=dict)  # how commands or blocks begin that are not run, and why
    instead: dict[str, str] = field(default_factory=dict)  # what stands for an example's address in files and commands
    apart: bool = False  # commands are processes of their own, as this one has not what the page installed
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
        agrees = OutputChecker().check_output(block.printed, printed, FLAGS)
        assert agrees, f"{where}: the page says\n{block.printed}\nbut this was printed:\n{printed}"


def _python(block: Block, place: Place, where: str) -> str:
    code = compile("\n" * block.line + block.code, where.partition(",")[0], "exec")
    return _captured(lambda: exec(code, vars(place.module)))[1]


def _shell(command: str, place: Place, where: str) -> str:
    """What the command prints; fails where it does not end as the page says."""
    if place.leaves_out(command):
        return ""
    expected = int(found[1]) if (found := EXITS.search(command)) else 0
    code, printed = _called(place.for_this_place(command), place)
    assert code == expected, f"{where}: {command}: exit code {code} instead of {expected}\n{printed}"
    return printed


def _called(command: str, place: Place) -> tuple[int, str]:
    if words := _words(command):
        for beginning, call in BY_NAME.items():
            if words[: len(beginning)] == list(beginning):
                return call(words[len(beginning) :], place)
    return by_shell(command)


def _words(command: str) -> list[str]:
    """The words of a command that needs no shell; none where it does."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    if any(set(word) <= SHELL for word in words) or "$(" in command or "`" in command:
        return []
    return [os.path.expandvars(word) for word in shlex.split(command.replace("\\\n", " "), comments=True)]


def by_shell(command: str) -> tuple[int, str]:
    """Exit code and output of a process of its own."""
    done = subprocess.run(["sh", "-ec", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def _amlsec(words: list[str], place: Place) -> tuple[int, str]:
    audits = words[:1] == ["audit"]
    words = [*words, *shlex.split(place.audit)] if audits else words
    if place.apart:
        return by_shell(shlex.join(["amlsec", *words]))
    _forget(place.folder)
    code, printed = _captured(lambda: exit_code(words))
    if audits and code in (0, 1):
        out = Path(parsed(words)[1].get("out") or "amlsec-report")
        assert any(found["state"] == "measured" for found in findings(out).values()), f"{words}: nothing was measured"
    return code, printed


def _script(words: list[str], place: Place) -> tuple[int, str]:
    """A script of the page, in this process; one of the project's benchmarks and reproductions is only looked for."""
    if words[0].startswith(("benchmarks/", "reproductions/")):  # minutes each; the tests of them are their own
        return 0 if (ROOT / words[0]).is_file() else 2, ""
    if words[0].startswith("-") or place.apart:
        return by_shell(shlex.join(["python", *words]))
    _forget(place.folder)
    place.patch.setattr(sys, "argv", words)
    return _captured(lambda: _ended(lambda: runpy.run_path(words[0], run_name="__main__")))


def _ended(call: Callable[[], object]) -> int:
    try:
        call()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _make(words: list[str], place: Place) -> tuple[int, str]:
    return by_shell(shlex.join(["make", "--dry-run", "--silent", "--directory", str(ROOT), *words]))[0], ""


def _export(words: list[str], place: Place) -> tuple[int, str]:
    for word in words:
        place.patch.setenv(*word.split("=", 1))
    return 0, ""


def _captured(call: Callable[[], object]) -> tuple[int, str]:
    """What a call in this process gave, and what it printed on both streams."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = call()
    return code if isinstance(code, int) else 0, out.getvalue()


def _forget(folder: Path) -> None:
    """Modules of the page's folder are read anew by each command, as by a process of its own."""
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
    patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    patch.setattr(sys, "dont_write_bytecode", True)
    patch.setattr(sys, "path", list(sys.path))
    patch.setattr(os, "sched_getaffinity", lambda _: {0})  # work of a second is not worth starting processes
    patch.setitem(sys.modules, place.module.__name__, place.module)
    try:
        with place.closing:
            yield
    finally:
        _forget(place.folder)


BY_NAME: dict[Sequence[str], Callable[[list[str], Place], tuple[int, str]]] = {
    ("amlsec", "gate", "serve"): lambda words, _: served(["serve", *words]),
    ("amlsec", "gate", "work"): lambda words, _: served(["work", *words]),
    ("amlsec",): _amlsec,
    ("python", "-m", "pip", "install"): installed,
    ("pip", "install"): installed,
    ("python",): _script,
    ("make",): _make,
    ("export",): _export,
}
"""What is not left to the shell, by how a command begins."""
