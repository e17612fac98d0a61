"""Filing and finding members; a temporary file is all a new attack takes."""

import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from types import SimpleNamespace

import pytest

from amlsec import catalogue
from amlsec.catalogue import Card, Kind, discover, evasion, named, of_kind, poisoning, screen
from amlsec.errors import CatalogueError
from amlsec.scene import nothing
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

CELL = ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED)


@pytest.fixture(autouse=True)
def own_shelf(monkeypatch):
    """A catalogue that forgets what a test files."""
    discover()
    filed = catalogue._filed
    monkeypatch.setattr(catalogue, "_filed", type(filed)(dict(filed.cards), filed.walked))


def attack_in(module: str):
    def attack(scene, /, *, budget, rng):
        """Do nothing."""
        return nothing(scene.own)

    attack.__module__ = module
    return attack


def file(module: str, code: str, threat: ThreatModel = CELL, references=("lowd2005good",)):
    return poisoning(code=code, threat=threat, knowledge=Knowledge.NONE, references=references)(attack_in(module))


def test_a_member_is_filed_under_its_files_name() -> None:
    run = file("somewhere.slow_drip", "AML-Z01")
    card = named("slow-drip")
    assert card.run is run
    assert (card.title, card.code, card.summary) == ("Slow drip", "AML-Z01", "Do nothing.")


def test_two_members_may_not_share_a_name() -> None:
    file("one.slow_drip", "AML-Z01")
    with pytest.raises(CatalogueError, match=r"called 'slow-drip': one\.slow_drip.*two\.slow_drip"):
        file("two.slow_drip", "AML-Z02")


def test_two_members_may_not_share_a_code() -> None:
    file("one.slow_drip", "AML-Z01")
    with pytest.raises(CatalogueError, match="the code 'AML-Z01'"):
        file("one.fast_drip", "AML-Z01")


def test_reloading_a_file_files_it_anew() -> None:
    file("one.slow_drip", "AML-Z01")
    again = file("one.slow_drip", "AML-Z01")
    assert named("slow-drip").run is again


def test_an_attack_sits_in_one_cell() -> None:
    with pytest.raises(CatalogueError, match="causative any any"):
        file("one.slow_drip", "AML-Z01", threat=ThreatModel(Influence.CAUSATIVE))


def test_a_member_names_threats_and_references() -> None:
    with pytest.raises(CatalogueError, match="no threat or no reference"):
        file("one.slow_drip", "AML-Z01", references=())
    with pytest.raises(CatalogueError, match="no threat or no reference"):
        screen(threats=(), references=("lowd2005good",))(type("Sieve", (), {}))


def test_an_unknown_name_is_answered_with_near_misses() -> None:
    with pytest.raises(CatalogueError, match="near misses: random-flips"):
        named("random-flip")


def test_members_of_a_third_party_come_by_entry_points(monkeypatch) -> None:
    def load() -> None:
        evasion(
            code="AML-Z07", threat=replace(CELL, influence=Influence.EXPLORATORY), access=Access.NONE, references=("x",)
        )(attack_in("third_party.their_move"))

    asked = []
    monkeypatch.setattr(catalogue, "entry_points", lambda group: asked.append(group) or [SimpleNamespace(load=load)])
    catalogue._filed.walked = False
    assert "their-move" in {card.name for card in discover()}
    assert asked == ["amlsec"]


def test_kinds_part_the_catalogue() -> None:
    assert sum(len(list(of_kind(kind))) for kind in Kind) == len(discover())
    assert [card.name for card in discover()] == sorted(card.name for card in discover())


class Sieve:
    def __init__(self, *, estimator=None, random_state=None, mesh: int = 3) -> None:
        self.estimator, self.random_state, self.mesh = estimator, random_state, mesh


def test_a_defense_is_handed_only_what_its_constructor_names() -> None:
    card = Card("sieve", Kind.SCREEN, Sieve, (CELL,), ("x",))
    built = card.build({"estimator": "model", "register": "sources", "random_state": 7})
    assert (built.estimator, built.random_state, built.mesh) == ("model", 7, 3)
    assert card.build().estimator is None


def test_a_defense_answers_the_threats_it_covers_and_an_attack_none() -> None:
    wide = Card("sieve", Kind.SCREEN, Sieve, (ThreatModel(Influence.CAUSATIVE),), ("x",))
    assert wide.answers(CELL)
    assert not wide.answers(replace(CELL, influence=Influence.EXPLORATORY))
    assert not replace(wide, kind=Kind.POISONING).answers(CELL)


RUN = """
import runpy
import sys
import amlsec.attacks.evasion as home
home.__path__.append({folder!r})
sys.path.insert(0, {tests!r})
from amlsec.catalogue import named
from test_every_move import laws_of
card = named("my-move")
for law in laws_of(card.kind):
    law(card)
print(card.code, card.standards.nist[0])
table = runpy.run_path({docs!r})["catalogue"]()
assert "my-move" in table, table
from amlsec.audit.plan import Asked, alone, inapplicable
from amlsec.evaluation.results import Results
from amlsec.audit.settings import Settings
asked = Settings(demo="sms")
assert not inapplicable(card, asked, "text")
assert any(job.attack == "my-move" for job in alone(Asked([card], [], [], [], asked), Results()))
from amlsec.cli.app import main
sys.argv = ["amlsec", "catalogue"]
main()
import json
from pathlib import Path
from pyarrow import csv, table
from grounds import mails
batch, folder = mails(), Path({folder!r})
csv.write_csv(table({{"text": batch.X.tolist(), "label": batch.y}}), folder / "mails.csv")
asked = [str(folder / "mails.csv"), "--target", "label", "--text", "text", "--out", str(folder), "--only", "AML-E99"]
sys.argv = ["amlsec", "audit", *asked, "--jobs", "1", "--queries", "5"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
[finding] = json.loads((folder / "report.json").read_text())["findings"]
assert (finding["code"], finding["state"], finding["seeds"]) == ("AML-E99", "measured", 3), finding
assert all("AML-E99" in (folder / name).read_text() for name in ("report.html", "report.sarif", "report.junit.xml"))
"""


def test_a_new_attack_is_one_file(tmp_path, request) -> None:
    """The file that CONTRIBUTING.md shows, in its folder: catalogue, laws, docs, audit and command line have it."""
    tests = request.path.parent
    [shown] = re.findall(r"```python[^\n]*\n(.*?)```", (tests.parent / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "my_move.py").write_text(textwrap.dedent(shown), "utf-8")
    code = RUN.format(folder=str(tmp_path), tests=str(tests), docs=str(tests.parent / "docs" / "generate.py"))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "AML-E99 NISTAML.022"
    assert "my-move" in run.stdout


def test_what_is_said_to_break_a_defense_is_an_attack_of_the_catalogue() -> None:
    broken = [card for card in discover() if card.broken_by]
    assert {"stateful-queries", "random-decisions", "input-squeezing"} <= {card.name for card in broken}
    assert [name for card in broken for name in card.broken_by if not named(name).kind.is_attack] == []
