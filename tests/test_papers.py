"""The literature and what is here of it lead to one another, at the command line too."""

from collections import Counter
from pathlib import Path

import pytest

from amlsec.catalogue import discover
from amlsec.errors import InvalidInput
from amlsec.literature.reader import lexed, references
from amlsec.papers import in_section, papers, sections
from amlsec.threat import CELLS, ThreatModel
from called import call, one_line

ROOT = Path(__file__).parents[1]
SCRIPTS = {path.stem for path in (ROOT / "reproductions").glob("[a-z]*.py")}
PAGES = sorted((ROOT / "docs" / "reproductions").glob("*.md"))


def test_every_attack_and_defense_cites_what_is_in_the_list():
    assert [card.name for card in discover() if not card.references] == []
    assert {key for card in discover() for key in card.references} <= set(references())


def test_every_section_has_something_that_is_tried_again():
    assert {paper.work.section for paper in papers() if paper.work.reproduced} == set(sections())


def test_every_script_stands_with_a_work_and_every_work_names_scripts_that_exist():
    assert {name for work in references().values() for name in work.reproduced} == SCRIPTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_of_a_reproduction_names_its_papers(page):
    works = [work for work in references().values() if page.stem in work.reproduced]
    links = ", ".join(f"[{work.cited}](../papers.md#{work.key})" for work in works)
    assert f"\n\nPapers: {links}.\n\n" in page.read_text("utf-8")


def test_papers_and_members_lead_to_one_another():
    pairs = Counter((paper.work.key, card.name) for paper in papers() for card in paper.members)
    assert pairs == Counter((key, card.name) for card in discover() for key in card.references)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_cell_has_the_papers_of_its_attacks_and_of_the_defenses_that_claim_it(cell):
    filed = {key for card in discover() if card.answers(cell) or cell in card.threats for key in card.references}
    assert {paper.work.key for paper in papers() if paper.touches(cell)} == filed


def test_any_threat_is_touched_by_what_has_members():
    assert all(paper.touches(ThreatModel()) == bool(paper.members) for paper in papers())


def test_words_are_found_in_any_case_order_and_without_accents():
    [paper] = [paper for paper in papers() if paper.mentions("LASKOV srndic practical 2014")]
    assert paper.work.key == "srndic2014practical"
    assert all(paper.mentions("") for paper in papers())
    assert not any(paper.mentions("srndic nobody") for paper in papers())


def test_a_section_is_found_in_any_case_and_others_are_named():
    assert in_section("SPAM filtering") == in_section("Spam Filtering")
    assert sum(len(in_section(name)) for name in sections()) == len(references())
    with pytest.raises(InvalidInput, match=r"section.*'nonsense'.*General, SVM"):
        in_section("nonsense")


def keys(printed):
    return [key for _, key, _ in lexed(printed.replace("{{", "{").replace("}}", "}"))]


def test_the_command_narrows_the_list_by_everything_at_once(capsys):
    code, out, _ = call(
        capsys, "papers", "--section", "privacy", "--implemented", "--cell", "causative", "truth", "--bibtex"
    )
    assert (code, keys(out)) == (0, ["tramer2022truth"])
    assert keys(call(capsys, "papers", "--bibtex")[1]) == list(references())
    implemented = keys(call(capsys, "papers", "--implemented", "--bibtex")[1])
    assert implemented == [paper.work.key for paper in papers() if paper.members or paper.work.reproduced]
    assert call(capsys, "papers", "nothing has these words", "--bibtex")[:2] == (0, "")


def test_the_table_says_what_is_here(capsys):
    code, out, _ = call(capsys, "papers", "good", "word", "attacks")
    assert code == 0
    assert all(word in out for word in ("Lowd and Meek (2005)", "Spam Filtering", "best-words", "good_words"))
    assert len(out.splitlines()) < 5


@pytest.mark.parametrize(
    "words",
    [("--section", "spam"), ("--cell", "causative nonsense"), ("--section", "\x1b[2J"), ("--cell", "[bold]")],
    ids=["section", "cell", "control", "markup"],
)
def test_a_wrong_call_is_one_line(words, capsys):
    code, out, err = call(capsys, "papers", *words)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_show_names_papers_with_ids_and_what_tries_them_again(capsys):
    _, out, _ = call(capsys, "show", "mimicry")
    assert "https://github.com/srndic/mimicus" in out
    assert "tried again by reproductions/pdf_mimicry.py" in out
    assert "doi:10.1007/s10994-010-5188-5" in call(capsys, "show", "roni")[1]
