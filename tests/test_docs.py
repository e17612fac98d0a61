"""What the documentation says is so: its example runs, its pages are those the code gives, its links lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest
import typer

from amlsec.audit.settings import Settings
from amlsec.bench.settings import BenchSettings
from amlsec.catalogue import discover
from amlsec.cli.app import app
from amlsec.cli.options import NOT_OPTIONS
from amlsec.impact.measure import registered_families

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def test_the_readme_shows_ten_lines_of_python_and_five_of_the_gate():
    readme = (ROOT / "README.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len([line for line in example.splitlines() if line and not line.startswith(("import", "from"))]) <= 10
    [block] = re.findall(r"## Keep guard.*?```sh\n(.*?)```", readme, re.DOTALL)
    assert len(block.splitlines()) == 5


def test_generated_pages_are_up_to_date():
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]
    for name, page in pages.items():
        assert (ROOT / "docs" / name).read_text("utf-8") == page(), f"{name}: run `make docs`"


def test_every_family_says_where_it_holds():
    discover()
    own = [function for function in registered_families().values() if function.__module__.startswith("amlsec.")]
    assert [function.__module__ for function in own if not function.__doc__] == []
    assert len(own) > 10


def test_every_member_and_every_option_is_documented():
    catalogue = (ROOT / "docs" / "catalogue.md").read_text("utf-8")
    assert [card.name for card in discover() if f"### {card.name} {{" not in catalogue] == []
    options = (ROOT / "docs" / "cli.md").read_text("utf-8")
    fields = {*Settings.model_fields, *BenchSettings.model_fields}
    named = {f"--{name.replace('_', '-')}" for name in fields} - {"--data", *(f"--{name}" for name in NOT_OPTIONS)}
    assert [option for option in sorted(named) if f"| `{option}` |" not in options] == []


def called(command, words):
    """Every command below this one, by the words that call it."""
    further = getattr(command, "commands", None)
    if further is None:
        return {words: command}
    return {name: each for word, below in further.items() for name, each in called(below, f"{words} {word}").items()}


def test_every_command_is_documented_with_all_it_takes():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    sections = {part.partition("\n")[0]: part for part in re.split(r"^###? ", page, flags=re.MULTILINE)[1:]}
    commands = called(typer.main.get_command(app), "amlsec")
    assert len([name for name in commands if name.startswith("amlsec gate ")]) > 30
    for name, command in commands.items():
        [section] = [part for title, part in sections.items() if re.sub(r"( \[?[A-Z]+\]?(\.\.\.)?)*$", "", title) == name]
        options = [option for one in command.params for option in one.opts if option.startswith("--")]
        assert [one for one in options if f"`{one}" not in section] == [], name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_of_the_project(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_reproduction_has_a_page_with_its_figure_and_stands_in_the_overview():
    overview = (ROOT / "docs" / "reproductions.md").read_text("utf-8")
    for script in sorted((ROOT / "reproductions").glob("[a-z]*.py")):
        page = ROOT / "docs" / "reproductions" / f"{script.stem}.md"
        assert f"](reproductions/{page.name})" in overview, page.name
        assert f"]({script.stem}.svg)" in page.read_text("utf-8"), script.stem
