"""Exposure is a rank in bits: its law under ignorance, its ends, its interval, and what models of known memory give."""

import contextlib
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, mannwhitneyu

from amlsec.canaries.plant import Wanted, plant
from amlsec.canaries.recipe import Domain
from amlsec.canaries.register import Canary, CanaryRegister
from amlsec.errors import InvalidInput
from amlsec.evaluation.exposure import Exposure, chance_of_all, exposure, exposures, leaked
from amlsec.tables.load import Columns, load
from amlsec.threat import Access

RNG = np.random.default_rng


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(0, 19))
def test_an_exact_rank_is_the_papers_formula_with_ties_before(evidence, at):
    at %= len(evidence)
    rank = 1 + sum(other >= evidence[at] for i, other in enumerate(evidence) if i != at)
    found = exposure(float(evidence[at]), np.array(evidence, dtype=float), of=len(evidence))
    bits = math.log2(len(evidence)) - math.log2(rank)
    assert (found.bits, found.low, found.high) == pytest.approx((bits,) * 3)
    assert found.p == pytest.approx(2**-found.bits)


def test_of_a_model_that_knows_nothing_x_bits_have_a_chance_of_2_to_the_minus_x():
    """Its evidence is drawn by lot, so each of the 64 ranks is as likely: at whole bits the law is exact."""
    rng, n = RNG(0), 20_000
    bits = np.array([exposure(row[0], row, of=64).bits for row in rng.random((n, 64))])
    for x in range(1, 7):
        share = (bits >= x - 1e-9).mean()
        assert abs(share - 2.0**-x) <= 4 * np.sqrt(2.0**-x / n), x
    assert bits.mean() == pytest.approx(np.mean([math.log2(64 / rank) for rank in range(1, 65)]), abs=0.03)


@pytest.mark.parametrize("values", [2, 5, 10**9])
def test_a_sampled_exposure_is_no_less_rare_under_ignorance_and_ties_make_it_rarer(values):
    rng, n = RNG(1), 5_000
    p = np.array([exposure(row[0], row[1:], of=10**9).p for row in rng.integers(0, values, (n, 100)).astype(float)])
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / n)


def test_the_interval_holds_the_exact_exposure_in_95_of_100_samples():
    rng, held = RNG(2), []
    everything = rng.random(100_000)
    for own in np.quantile(everything, [0.3, 0.9, 0.97]):
        exact = exposure(own, everything, of=len(everything)).bits
        sampled = [exposure(own, rng.choice(everything, 300), of=len(everything)) for _ in range(700)]
        held.append(np.mean([found.low <= exact <= found.high for found in sampled]))
    assert min(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 700)


def test_the_interval_ends_where_all_are_ranked_behind():
    found = exposure(1.0, np.zeros(999), of=2**40)
    assert found.high == 40.0
    assert found.bits == pytest.approx(math.log2(1000))
    assert found.low == pytest.approx(-math.log2(1 - 0.025 ** (1 / 999)))


def test_a_number_of_alternatives_beyond_any_float_is_no_trouble():
    assert exposure(1.0, np.zeros(9), of=1000**400).high == pytest.approx(400 * math.log2(1000))


MAILS = pa.table({"text": ["win cash", "see you at noon"] * 9, "label": ["spam", "ham"] * 9})
TABLE = load(MAILS, Columns("label", text="text"))


class Remembers:
    """Knows some texts and their labels by heart; of all others it says the same."""

    def __init__(self, register):
        known = register.canaries.values()
        self.known = {c.text: 1.0 if c.label == "spam" else -1.0 for c in known if c.planted}
        self.asked = 0

    def scores(self, X):
        self.asked += len(X)
        return np.array([self.known.get(text, 0.0) for text in X])

    def labels(self, X):
        return (self.scores(X) > 0).astype(np.int64)


def register(count=12, length=4):
    return plant(MAILS, Columns("label"), wanted=Wanted(count=count, length=length), seed=3)[1]


def test_who_remembers_gives_all_bits_away_and_nothing_of_those_held_back():
    """Each is ranked among the 1,000 codes but for those of the 11 other canaries."""
    known = register(length=3)
    found = exposures(Remembers(known), known, TABLE, queries=1000)
    for name, canary in known.canaries.items():
        assert found[name].bits == pytest.approx(math.log2(1000 - 11) if canary.planted else 0.0)
    assert leaked({name: found[name] for name in found}) == [n for n, c in known.canaries.items() if c.planted]


def test_the_same_is_sampled_where_all_are_too_many():
    known = register(length=9)
    model = Remembers(known)
    found = exposures(model, known, TABLE, queries=200)
    planted = [found[name] for name, canary in known.canaries.items() if canary.planted]
    assert {each.p for each in planted} == {1 / 201}
    assert model.asked == 200 + 12


def test_verdicts_alone_rank_by_agreement():
    """It says benign of what it does not know: a malicious canary that it stops stands out, a benign one does not."""
    known = register(length=3)
    found = exposures(Remembers(known), known, TABLE, access=Access.LABELS)
    for name, canary in known.canaries.items():
        stands_out = canary.planted and canary.label == "spam"
        assert found[name].bits == pytest.approx(math.log2(1000 - 11) if stands_out else 0.0)


def test_columns_of_a_table_are_given_as_codes_and_recipes_are_ranked_apart():
    table = load(pa.table({"job": ["a", "b", "c", "b"], "n": [1, 2, 3, 4], "y": [0, 1, 0, 1]}), Columns("y"))
    domains = {
        "one": Domain(columns={"job": ["a", "b"], "n": [1, 2, 3, 4]}),
        "two": Domain(columns={"job": ["c", "b"], "n": [5, 6]}),
    }
    canaries = {
        "second": Canary(recipe="two", values={"job": "b", "n": 6}, label="1"),
        "first": Canary(recipe="one", values={"job": "b", "n": 4}, label="1"),
        "benign": Canary(recipe="one", values={"job": "a", "n": 1}, label="0"),
    }

    class Sum:
        def scores(self, X):
            return X.sum(axis=1)

    known = CanaryRegister(domains=domains, canaries=canaries)
    found = exposures(Sum(), known, table)
    assert list(found) == ["second", "first", "benign"]
    assert found["first"].bits == found["benign"].bits == pytest.approx(math.log2(8 - 2))  # but the other, and (b, 2)
    assert found["second"].bits == pytest.approx(math.log2(4 / 3))


def of_a_crowded_table(seed, queries):
    """Canaries, all held back, of a table that holds nearly all combinations; those it lacks are rare, as malice is."""
    rng = RNG(seed)
    X = rng.choice(8, (400, 2), p=1 / np.arange(1, 9) / sum(1 / np.arange(1, 9)))
    rare = X.sum(axis=1)
    data = pa.table({"a": X[:, 0], "b": X[:, 1], "y": (rare > np.quantile(rare, 0.9)).astype(int)})
    known = plant(data, Columns("y"), wanted=Wanted(count=2), seed=seed)[1]
    return exposures(Rarity(), known, load(data, Columns("y")), queries=queries)


class Rarity:
    def scores(self, X):
        return X.sum(axis=1)


@pytest.mark.parametrize("queries", [100, 1000])
def test_who_knows_the_data_but_no_canary_gives_none_away(queries):
    """Rows of the data are no alternatives: no canary is one, and a model tells them from rows like no other."""
    found = []
    for seed in range(80):
        with contextlib.suppress(InvalidInput):  # the table leaves no new row
            found += of_a_crowded_table(seed, queries).values()
    p = np.array([each.p for each in found])
    assert len(p) > 80
    for level in (0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / len(p))


def test_where_all_that_a_canary_could_have_been_stands_in_the_data_nothing_is_known():
    table = load(pa.table({"n": [1.0, 2.0, 3.0] * 9, "y": [0, 1, 0] * 9}), Columns("y"))
    domain = Domain(columns={"n": [1.0] * 400 + [2.0] * 400 + [3.0]})
    known = CanaryRegister(domains={"d": domain}, canaries={"c": Canary(recipe="d", values={"n": 3.0}, label="1")})
    assert exposures(Rarity(), known, table, queries=1)["c"] == Exposure(0.0, 0.0, math.log2(801), 1.0)


def test_no_question_is_no_measurement():
    with pytest.raises(InvalidInput, match="queries is 0"):
        exposures(Remembers(register()), register(), TABLE, queries=0)


def test_no_canary_no_question():
    assert exposures(None, CanaryRegister(), TABLE) == {}


def exposed(*p):
    return {f"c{i}": Exposure(-math.log2(each), 0.0, 9.0, each) for i, each in enumerate(p)}


def test_what_is_given_away_is_counted_with_care_for_how_many_are_looked_at():
    assert leaked(exposed(0.04)) == ["c0"]
    assert leaked(exposed(0.04, 0.9)) == []
    assert leaked(exposed(0.3, 0.01, 0.02)) == ["c1", "c2"]
    assert leaked({}) == []


def test_all_together_is_the_rank_sum_test_of_planted_against_held_back():
    rng = RNG(4)
    planted, held_back = rng.random(9) * 0.6, rng.random(8)
    exact = mannwhitneyu(planted, held_back, alternative="less", method="exact").pvalue
    assert chance_of_all(planted, held_back) == pytest.approx(exact, abs=0.01)


def test_without_any_held_back_it_is_the_sign_test():
    assert chance_of_all(np.array([0.1] * 7 + [0.9] * 2), np.array([])) == pytest.approx(binom.sf(6, 9, 0.5))
    assert chance_of_all(np.array([]), np.array([0.5])) == 1.0


def test_all_together_is_rare_under_ignorance_however_many_are_tied():
    rng, n = RNG(5), 150
    drawn = rng.integers(1, 4, (n, 12)) / 3
    p = np.array([chance_of_all(row[:6], row[6:], seed=i) for i, row in enumerate(drawn)])
    for level in (0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / n)
