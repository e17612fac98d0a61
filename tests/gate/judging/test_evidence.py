"""Evidence: exact refits, weights and neighbours by hand; JSON of bounded size whatever was sent."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from amlsec.data import Batch, texts
from amlsec.gate.judging.evidence import evidence, worst
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.neighbors import distances, nearest
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.shown import LONGEST, cut
from amlsec.gate.judging.standing import Common, Standing
from amlsec.register import Exposure, Register, Source
from amlsec.usual import usual
from gate_rows import TODAY, policy, rows
from mails_and_blobs import flipped, inbox


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.fit(policy(), inbox(300, 0))


def told(panel: Panel, offered: Batch, names=()):
    judged = panel.judge(offered)
    found = Findings.of([judged])
    said = sentence(found, Standing(Common(len(panel.trusted))), panel.policy, source="feed", key="key", day=TODAY)
    bad = worst(found, said)
    register = Register((Source("feed", Exposure.PARTNERS, about="the partners' feed"),))
    return judged, said, evidence(
        panel, offered.rows(bad.at), bad, found, said, source="feed", register=register, names=names
    )  # fmt: skip


def test_what_flips_is_what_a_refit_says(panel) -> None:
    offered = flipped(inbox(120, 4), 120)
    *_, evidence_ = told(panel, offered)
    found = evidence_["flips"]
    before = clone(panel.model).fit(panel.base.X, panel.base.y).predict(panel.calibration.X) == panel.calibration.y
    both = panel.base + offered
    after = clone(panel.model).fit(both.X, both.y).predict(panel.calibration.X) == panel.calibration.y
    assert found["turned_wrong"] == (before & ~after).sum() > 0
    assert found["turned_right"] == (~before & after).sum()
    assert found["rows"][0]["text"] == panel.calibration.X[before & ~after][0]


def test_the_words_responsible_are_those_whose_weight_moves(panel) -> None:
    offered = Batch(texts(["ham1 ham2 ham3 offer"] * 30), np.ones(30, dtype=np.int64))
    found = told(panel, offered)[2]["responsible"]
    assert {"ham1", "ham2", "ham3", "offer"} <= {one["feature"] for one in found}
    moved = {}
    for name, batch in (("without", panel.base), ("with", panel.base + offered)):
        words, model = clone(usual(batch)).fit(batch.X, batch.y)
        moved[name] = dict(zip(words.get_feature_names_out(), model.coef_[0], strict=True))
    for one in found:
        for name in ("without", "with"):
            assert one[name] == pytest.approx(moved[name].get(one["feature"], 0.0))
    sizes = [abs(one["with"] - one["without"]) for one in found]
    assert sizes == sorted(sizes, reverse=True)


def test_columns_have_their_names() -> None:
    base, offered = rows(100, 0), rows(30, 1)
    offered.X[:, 2] += 5.0 * (1 - offered.y)
    table = Panel.fit(policy("hold_back = 0.5"), base)
    assert told(table, offered, ["a", "b", "c", "d"])[2]["responsible"][0]["feature"] == "c"
    assert told(table, offered)[2]["responsible"][0]["feature"] == "column 2"


@pytest.mark.parametrize("trusted", [inbox(60, 0), rows(60, 0)], ids=["mails", "table"])
def test_the_nearest_are_the_nearest_by_brute_force(trusted) -> None:
    offered = trusted.rows(slice(50, 60))
    trusted = trusted.rows(slice(0, 50))
    found = nearest(distances(trusted), trusted, offered)
    if trusted.is_text:
        words = TfidfVectorizer().fit(trusted.X)
        one, all_ = words.transform(offered.X).toarray(), words.transform(trusted.X).toarray()
        far = np.array([[1 - a @ b for b in all_] for a in one])
    else:
        spread, centre = trusted.X.std(axis=0), trusted.X.mean(axis=0)
        far = np.array([[np.linalg.norm((a - b) / spread) for b in trusted.X] for a in offered.X])
        assert centre.shape == spread.shape
    for k in range(10):
        for label, name in enumerate(("benign", "malicious")):
            own = np.where(trusted.y == label, far[k], np.inf)
            assert found[k][name]["distance"] == pytest.approx(own.min())
            assert found[k][name]["label"] == label


def test_the_worst_rows_come_first_with_all_that_was_said_of_them(panel) -> None:
    offered = flipped(inbox(40, 5), 4)
    judged, said, found = told(panel, offered)
    rows_shown = [one["row"] for one in found["worst"]]
    order = sorted(range(40), key=lambda k: (-said.decision[k], judged.p[k], -judged.harm[k]))
    assert rows_shown == order[:5]
    first = found["worst"][0]
    assert first["text"] == offered.X[order[0]]
    assert first["p"] == judged.p[order[0]]
    assert first["screens"] == list(judged.told[order[0]])
    assert set(first["nearest"]) == {"benign", "malicious"}


def test_the_source_stands_there_with_its_record(panel) -> None:
    _, said, found = told(panel, inbox(40, 5))
    record = found["source"]
    register = Register((Source("feed", Exposure.PARTNERS, about="the partners' feed"),))
    assert record["likelihood"]["value"] == register.likelihood("feed").value
    assert record["about"] == "the partners' feed"
    assert record["weighs"]["exposure.partners"] == {"mean": -0.3, "sd": 0.3}
    assert record["judged"] == 40
    assert record["learned"] == said.learned
    assert record["sentinel"]["strength"] == said.standing.own.watch.strength


def test_it_is_json_of_bounded_size_whatever_was_sent(panel) -> None:
    rng = np.random.default_rng(0)
    long = ["".join(chr(c) for c in rng.integers(0x4E00, 0x9FFF, 20_000)) + "\x00<script>" for _ in range(60)]
    _, _, found = told(panel, Batch(texts(long), np.arange(60) % 2))
    assert len(json.dumps(found, allow_nan=False)) < 200_000
    wide = Batch(np.random.default_rng(0).normal(size=(80, 300)), np.arange(80) % 2)
    hostile = Batch(np.full((30, 300), 1e308) * np.where(np.arange(30) % 2, 1, -1)[:, None], np.arange(30) % 2)
    _, _, found = told(Panel.fit(policy("hold_back = 0.2"), wide), hostile)
    assert len(json.dumps(found, allow_nan=False)) < 200_000


def test_nothing_new_is_no_error(panel) -> None:
    _, _, found = told(panel, panel.trusted.rows(slice(0, 5)))
    assert found["flips"] is None
    assert found["responsible"] == []
    assert found["why"] == {"known": 5}
    assert len(found["worst"]) == 5


def test_texts_are_cut() -> None:
    assert cut("x" * LONGEST) == "x" * LONGEST
    assert len(cut("x" * 10_000)) < LONGEST + 40
