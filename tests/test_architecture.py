"""Layers, circles, sizes and speed of the house, as the design sets them."""

import ast
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import amlsec
from amlsec.catalogue import discover

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"

LAYERS = (
    {
        "threat",
        "errors",
        "standards",
        "literature",
        "budget",
        "statistics",
        "deprecation",
        "online_fdr",
        "plain",
        "privacy",
        "toml",
        "tracking",
        "whole",
    },
    {
        "data",
        "oracle",
        "outcomes",
        "sessions",
        "squeezing",
        "space",
        "evidence",
        "scene",
        "shadow",
        "register",
        "canaries",
        "tables",
        "agreement",
        "fairness",
        "centroid",
        "clusters",
        "models",
        "usual",
        "reach",
    },
    {
        "catalogue",
        "frame",
        "engine",
        "impact",
        "streaming",
        "sanitize",
        "rehearsal",
        "imputation",
        "whitebox",
        "layered",
        "papers",
    },
    {"attacks", "defenses", "datasets", "evaluation"},
    {"audit", "bench", "gate", "worksheet"},
    {"cli"},
    {"__main__"},
)
SIBLINGS = {
    ("agreement", "data"): "compares rows",
    ("agreement", "evidence"): "gives intervals",
    ("agreement", "oracle"): "compares them with a model's verdicts",
    ("agreement", "register"): "weighs them by what the register says",
    ("bench", "audit"): "prepares its data as an audit does",
    ("budget", "errors"): "a budget checks its values",
    ("canaries", "data"): "are rows",
    ("canaries", "tables"): "are rows of a table",
    ("defenses", "attacks"): "learns from evasions of its own model",
    ("deprecation", "errors"): "a name told twice is an error",
    ("fairness", "data"): "tells rows apart by source and label",
    ("fairness", "evidence"): "counts verdicts and gives intervals",
    ("frame", "catalogue"): "runs what a card describes",
    ("impact", "engine"): "trains again in its stored chunks",
    ("layered", "catalogue"): "takes layers by their names",
    ("literature", "errors"): "a broken entry is an error",
    ("models", "data"): "are asked about rows",
    ("models", "oracle"): "what is asked is a model",
    ("models", "space"): "are given rows by their columns",
    ("models", "tables"): "say an error on one line, as tables do",
    ("online_fdr", "errors"): "checks its arguments",
    ("online_fdr", "statistics"): "judges each batch by its procedure",
    ("oracle", "data"): "is asked about rows",
    ("oracle", "sessions"): "may be asked by clients it remembers",
    ("oracle", "outcomes"): "sends campaigns",
    ("papers", "catalogue"): "join works with members",
    ("privacy", "errors"): "checks its arguments",
    ("reach", "data"): "bounds rows",
    ("register", "evidence"): "a likelihood has an interval",
    ("scene", "data"): "knows rows",
    ("scene", "oracle"): "what is trained is a model",
    ("scene", "space"): "knows what rows may look like",
    ("sessions", "data"): "names the sender of each row",
    ("shadow", "data"): "holds rows",
    ("shadow", "space"): "knows what rows may look like",
    ("space", "data"): "changes rows",
    ("squeezing", "data"): "makes coarser rows",
    ("squeezing", "space"): "reads look-alikes as letters",
    ("standards", "threat"): "maps its cells",
    ("statistics", "errors"): "checks its arguments",
    ("streaming", "catalogue"): "judges by a screen",
    ("tables", "data"): "reads rows",
    ("toml", "errors"): "a broken table is an error",
    ("tracking", "errors"): "says what is missing",
    ("usual", "data"): "is for rows",
    ("worksheet", "audit"): "writes what an audit's settings read, by its rules",
}
MEMBERS_OF_MEMBERS = {
    ("hostile_source", "adversarial_flips"): "a hostile source tries the flips too",
    ("hostile_source", "random_flips"): "a hostile source tries the flips too",
}
TAKE_FROM_THE_CATALOGUE = ("evaluation", "audit", "bench", "gate", "worksheet", "cli")


@cache
def modules() -> dict[str, Path]:
    """Every module of the library by its dotted name."""
    named = {}
    for path in sorted(SOURCE.glob("amlsec/**/*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text("utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of the library that this one imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{module} imports by a relative name"
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & set(modules())
            found |= inner or {node.module}
    return frozenset(name for name in found if name in modules() and name not in ("amlsec", module))


def part(module: str) -> str:
    return module.split(".")[1]


def level(module: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if part(module) in layer)


@cache
def edges() -> list[tuple[str, str]]:
    """Every module of the library with each that it imports."""
    return [(module, other) for module in modules() if module != "amlsec" for other in imports(module)]


@pytest.mark.parametrize("module", [name for name in modules() if name != "amlsec"])
def test_every_module_has_a_layer(module: str) -> None:
    assert any(part(module) in layer for layer in LAYERS)


def test_imports_point_down() -> None:
    up = [f"{a} -> {b}" for a, b in edges() if level(a) < level(b)]
    assert not up


def test_siblings_in_a_layer_import_each_other_only_for_a_reason() -> None:
    pairs = {(part(a), part(b)) for a, b in edges() if part(a) != part(b) and level(a) == level(b)}
    assert pairs - set(SIBLINGS) == set()


def test_no_reason_is_left_of_an_import_that_is_gone() -> None:
    pairs = {(part(a), part(b)) for a, b in edges()}
    present = {name for module in modules() if module != "amlsec" for name in [part(module)]}
    assert {pair for pair in SIBLINGS if set(pair) <= present} - pairs == set()


def test_a_member_imports_another_only_for_a_reason() -> None:
    members = {card.run.__module__ for card in discover()}
    pairs = {(a.rpartition(".")[2], b.rpartition(".")[2]) for a, b in edges() if a in members and b in members}
    assert pairs == set(MEMBERS_OF_MEMBERS)


def test_members_are_taken_from_the_catalogue() -> None:
    concrete = ("attacks", "defenses")
    assert not [f"{a} -> {b}" for a, b in edges() if part(a) in TAKE_FROM_THE_CATALOGUE and part(b) in concrete]


def test_no_import_goes_in_a_circle() -> None:
    TopologicalSorter({module: imports(module) for module in modules()}).prepare()


@pytest.mark.parametrize("module", [name for name, path in modules().items() if path.name == "__init__.py"])
def test_a_package_file_holds_a_docstring_only(module: str) -> None:
    body = tree(module).body
    assert ast.get_docstring(tree(module))
    assert len(body) == 1 or module == "amlsec"


@pytest.mark.parametrize("name", amlsec.__all__)
def test_every_exported_name_resolves(name: str) -> None:
    assert getattr(amlsec, name) is not None


def test_no_other_name_is_exported() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_sort"):
        _ = amlsec.nothing_of_the_sort
    assert dir(amlsec) == sorted(amlsec.__all__)


# Sizes


def functions(module: str) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef))


def code_lines(function: ast.FunctionDef, lines: list[str]) -> int:
    """Lines from `def` on, without docstring, comments and empty lines."""
    doc = function.body[0] if ast.get_docstring(function) else None
    quoted = range(doc.lineno, (doc.end_lineno or 0) + 1) if doc else range(0)
    own = (i for i in range(function.lineno, (function.end_lineno or 0) + 1) if i not in quoted)
    return sum(bool(line) and not line.startswith("#") for line in (lines[i - 1].strip() for i in own))


def complexity(function: ast.FunctionDef) -> int:
    """Cyclomatic complexity with conditions counted one by one: 1, every branch and every `and`, `or` and filter."""
    total = 1
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.IfExp | ast.For | ast.While | ast.ExceptHandler | ast.Assert | ast.match_case):
            total += 1
        elif isinstance(node, ast.BoolOp):
            total += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            total += len(node.ifs)
    return total


def measured(measure) -> dict[str, int]:
    return {
        f"{module}.{function.name}:{function.lineno}": measure(module, function)
        for module in modules()
        for function in functions(module)
    }


def within(values: dict[str, int], *, median: float, ninth: float, most: int) -> None:
    over = {name: value for name, value in values.items() if value > most}
    assert not over
    assert statistics.median(values.values()) <= median
    assert np.quantile(list(values.values()), 0.9) <= ninth


def test_functions_are_short() -> None:
    sizes = measured(lambda module, function: code_lines(function, modules()[module].read_text("utf-8").splitlines()))
    within(sizes, median=6, ninth=25, most=60)


def test_functions_are_simple() -> None:
    within(measured(lambda _, function: complexity(function)), median=5, ninth=5, most=10)


def test_files_are_short() -> None:
    files = {
        name: len(path.read_text("utf-8").splitlines()) for name, path in modules().items() if path.name != "__init__.py"
    }
    within(files, median=150, ninth=350, most=500)


@pytest.mark.parametrize("module", modules())
def test_classes_have_at_most_two_of_our_own_above_them(module: str) -> None:
    for cls in vars(import_module(module)).values():
        if isinstance(cls, type) and cls.__module__.startswith("amlsec"):
            above = [base for base in cls.__mro__[1:] if base.__module__.startswith("amlsec")]
            assert len(above) <= 2, f"{cls} stands on {above}"


# Speed in processor time, best of three, so that a busy machine does not matter

IMPORT = "import time; t = time.process_time(); import amlsec; print(time.process_time() - t)"
HELP = """
import sys, time
start, sys.argv = time.process_time(), ["amlsec", "--help"]
from amlsec.cli.app import main
try:
    main()
except SystemExit:
    pass
print("\\n", *sorted({"sklearn", "matplotlib", "scipy", "pandas"} & set(sys.modules)), time.process_time() - start)
"""


def last_line(code: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1].split()


def test_importing_is_quick() -> None:
    assert min(float(last_line(IMPORT)[-1]) for _ in range(3)) < 0.5


def test_help_is_quick_and_loads_no_heavy_library() -> None:
    answers = [last_line(HELP) for _ in range(3)]
    assert answers[0][:-1] == []
    assert min(float(answer[-1]) for answer in answers) < 0.7


# Traces


def tracked() -> list[Path]:
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if not listed or listed.returncode:
        pytest.skip("this copy is not a git checkout: no list of tracked files")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_mentions_the_place_it_was_written_in() -> None:
    """This file names the words it looks for, and .gitignore a file to keep out."""
    words = ["uv.lock", "/work/", "pypi.org", "pythonhosted", "npmjs", "anaconda.org"]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        if path.is_file() and path.name not in (".gitignore", Path(__file__).name)
        for text in [path.read_bytes().decode("utf-8", "ignore")]
        for word in words
        if word in text
    ]
    assert not found
