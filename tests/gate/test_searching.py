"""Submissions are found by what is said of them, and by what was held back of them."""

import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate import searching
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels
from gate.begun import ME, QUICK, on, settled

HAM = [f"see you at {hour} in room {room}" for hour in range(24) for room in range(3)]
SPAM = [f"win {sum_} cash now at casino {k}" for sum_ in range(24) for k in range(3)]


def mails(texts, label):
    return pa.table({"mail": texts, "label": [label] * len(texts)})


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    trusted = pa.concat_tables([mails(HAM, "ham"), mails(SPAM, "spam")])
    columns, labels = Columns("label", text="mail"), Labels(("spam",), ("ham",))
    gate = Gate.init(tmp_path_factory.mktemp("gate") / "home", trusted, columns, labels, act=ME, policy=QUICK)
    held = [
        gate.submit(mails(texts, label), source, act=on(day), key=key).submission
        for day, (texts, label, source, key) in enumerate(
            [
                (SPAM[:2], "ham", "web form", None),  # held back: trusted under the other label
                (HAM[:2], "spam", "Feed_1 CAFÉ", "100%-a"),
                (["a plain Zürich word", *SPAM[5:7]], "ham", "other", "b"),
            ]
        )
    ]
    settled(gate)
    gate.review(held[2], Decision.ACCEPT, act=on(4), rows=[0])
    yield gate, held
    gate.close()


def found(gate, words, **more):
    return [one.id for one in gate[0].search(words, **more)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("FEED", [1]),
        ("feed 100%", [1]),
        ("café", [1]),
        ("FEED CAFÉ", [1]),
        ("form web", [0]),
        ("%", [1]),
        ("_", [1]),
        ("casino", [2, 0]),
        ("CASINO win", [2, 0]),
        ("room 0", [1]),
        ("other label", [2, 1, 0]),
        ("spam", [1]),
        ("zürich", []),  # accepted by a person: its words are nobody's concern
        ("casino room", []),  # not in one row
        ("nowhere", []),
    ],
)
def test_all_words_stand_in_the_name_or_in_one_row_held_back(gate, words, numbers):
    assert found(gate, words) == [gate[1][k] for k in numbers]


def test_the_newest_come_first_and_no_more_than_asked_for(gate):
    assert found(gate, "label", limit=2) == [gate[1][2], gate[1][1]]


def test_a_search_has_an_end(gate, monkeypatch):
    monkeypatch.setattr(searching, "MOST_ROWS", 4)
    assert found(gate, "label") == [gate[1][2], gate[1][1]]
    monkeypatch.setattr(searching, "MOST_LOOKED", 1)
    assert found(gate, "label") == [gate[1][2]]


@pytest.mark.parametrize("words", ["", "  ", "w" * 201, "a\x00", "\ud83d"])
def test_words_are_asked_for(gate, words):
    with pytest.raises(InvalidInput, match="words is"):
        gate[0].search(words)
    with pytest.raises(InvalidInput, match="limit is 0"):
        gate[0].search("w", limit=0)
