"""The bibliography is whole, strict, and lists the page's literature."""

import re
from collections import Counter

import pytest

from amlsec.errors import InvalidInput
from amlsec.literature.reader import parse, references

ENTRY = """@misc{evans2016trick,
  author = {Julia Evans},
  title = {A Title: with, commas = and signs},
  venue = {Web},
  year = {2016},
  section = {Neural networks},
  origin = {page},
  note = {Gentle.},
}
"""


def test_the_page_is_listed_whole_in_its_sections() -> None:
    """31 entries and ANTIDOTE, counted by section as the page has them."""
    sections = Counter(work.section for work in references().values() if work.origin == "page")
    assert sections == {
        "General": 9,
        "Support vector machines": 4,
        "Neural networks": 3,
        "Online learning": 3,
        "Classification": 6,
        "Clustering": 1,
        "Intrusion detection": 2,
        "Spam": 2,
        "Biometrics": 1,
        "Practices": 1,
    }


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


def test_no_work_stands_twice_under_two_keys() -> None:
    works = references().values()
    for ids in ([w.doi for w in works if w.doi], [w.eprint for w in works if w.eprint], [w.title for w in works]):
        assert len(ids) == len(set(ids))


def test_reads_an_entry_and_comments() -> None:
    work = parse("% a comment\n" + ENTRY)["evans2016trick"]
    assert (work.title, work.year, work.doi, work.link) == ("A Title: with, commas = and signs", "2016", "", "")
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
