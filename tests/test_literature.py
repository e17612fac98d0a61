"""The bibliography is whole, strict, and lists the page's literature."""

import re
from collections import Counter
from itertools import groupby

import pytest

from amlsec.errors import InvalidInput
from amlsec.literature.bibtex import bibtex
from amlsec.literature.reader import lexed, parse, references

ENTRY = """@misc{evans2016trick,
  author = {Julia Evans},
  title = {A Title: with, commas = and signs},
  venue = {Web},
  year = {2016},
  section = {Neural networks},
  origin = {page},
  reproduced = {one_script, another},
  note = {Gentle.},
}
"""


def test_the_page_is_listed_whole_in_its_sections() -> None:
    """31 entries and ANTIDOTE, counted by section as the page has them."""
    sections = Counter(work.section for work in references().values() if work.origin == "page")
    assert sections == {
        "General": 9,
        "SVM": 4,
        "Neural Networks": 3,
        "Online Learning": 3,
        "Classification": 6,
        "Clustering": 1,
        "Intrusion Detection": 2,
        "Spam Filtering": 2,
        "Biometrics": 1,
        "Best Practices": 1,
    }


def test_sections_stand_one_after_the_other_and_begin_with_what_the_page_lists() -> None:
    works = list(references().values())
    assert len([name for name, _ in groupby(work.section for work in works)]) == len({work.section for work in works})
    for _, section in groupby(works, lambda work: work.section):
        origins = [work.origin for work in section]
        assert origins == sorted(origins, key=["page", "amlsec"].index)


@pytest.mark.parametrize(
    ("key", "cited"),
    [
        ("waerden1952order", "van der Waerden (1952)"),
        ("goodfellow2015explaining", "Goodfellow et al. (2015)"),
        ("kloft2010online", "Kloft and Laskov (2010)"),
        ("choquettechoo2021label", "Choquette-Choo et al. (2021)"),
        ("evans2016trick", "Evans (2016)"),
        ("dalvi2004adversarial", "Dalvi et al. (2004)"),
    ],
)
def test_a_work_is_cited_by_surnames(key: str, cited: str) -> None:
    assert references()[key].cited == cited


def surname(author: str) -> str:
    plain = author.split(" and ")[0].split()[-1].lower().replace("-", "")
    return plain.translate(str.maketrans("àáèéìíòóùúüöäšđćčžň", "aaeeiioouuuoasdcczn"))


@pytest.mark.parametrize("work", references().values(), ids=references().keys())
def test_key_agrees_with_author_and_year_and_ids_are_well_formed(work) -> None:
    assert work.key.startswith(surname(work.author) + work.year)
    assert work.origin in {"page", "amlsec"}
    assert work.note.endswith(".")
    assert re.fullmatch(r"(10\.\d{4,5}/\S+)?", work.doi)
    assert re.fullmatch(r"(\d{4}\.\d{4,5})?", work.eprint)
    assert re.fullmatch(r"(\d+-\d+)?", work.pages)
    assert re.fullmatch(r"https?://\S+", work.link)
    assert not work.url or not (work.doi or work.eprint)


def test_no_work_stands_twice_under_two_keys() -> None:
    works = references().values()
    titles = [(w.author, w.title) for w in works]
    for ids in ([w.link for w in works], [w.eprint for w in works if w.eprint], titles):
        assert len(ids) == len(set(ids))


def test_reads_an_entry_and_comments() -> None:
    work = parse("% a comment\n" + ENTRY)["evans2016trick"]
    assert (work.title, work.year, work.doi, work.link) == ("A Title: with, commas = and signs", "2016", "", "")
    assert (work.kind, work.reproduced) == ("misc", ("one_script", "another"))
    assert str(work) == "Evans (2016). A Title: with, commas = and signs. Web."


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (ENTRY + ENTRY, "one work only"),
        (ENTRY.replace("},\n}", "},\n"), "is not an entry"),
        (ENTRY.replace("  note = {Gentle.},\n", ""), "note"),
        (ENTRY.replace("venue", "avenue"), "avenue"),
        (ENTRY.replace("{Web}", '"Web"'), "is not an entry"),
        (ENTRY.replace("evans2016trick", "Evans"), "is not an entry"),
        ("nonsense", "nonsense"),
    ],
)
def test_refuses_what_is_not_a_whole_entry(broken: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse(broken)


def test_bibtex_tells_the_same_in_standard_fields() -> None:
    works = references()
    exported = {
        key: (kind, fields) for kind, key, fields in lexed(bibtex(works.values()).replace("{{", "{").replace("}}", "}"))
    }
    assert list(exported) == list(works)
    for key, (kind, fields) in exported.items():
        work = works[key]
        assert (kind, fields["year"], fields["keywords"], fields["url"]) == (work.kind, work.year, work.section, work.link)
        assert (fields["author"], fields["title"]) == (work.author, work.title)
        assert (fields.get("doi", ""), fields.get("eprint", "")) == (work.doi, work.eprint)
        assert {"booktitle", "journal", "school", "institution", "publisher", "howpublished"} & set(fields)
    assert exported["papernot2016limitations"][1]["booktitle"].endswith(r"(EuroS\&P)")
