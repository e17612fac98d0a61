"""What screens say: p-values by their definition, rates by repetition, joins by the rule."""

import numpy as np
import pytest

from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evidence import Verdicts, rate
from amlsec.gate.judging.hearing import Heard, alone, beside, joined_p, knowing, less_harmful, mean_harm
from amlsec.layered.rule import parsed
from amlsec.register import Exposure, Register, Source
from gate_rows import rows


class Value:
    """A screen whose score is the first column, and that notes what it was shown."""

    def judge(self, offered: Batch) -> Verdicts:
        self.shown = offered
        score = offered.X[:, 0].copy()
        return Verdicts((score > 9).astype(np.int8), score, 9.0, [f"value {value:g}" for value in score])


def test_p_values_are_the_share_of_calibration_rows_of_the_label_that_score_as_high() -> None:
    rng = np.random.default_rng(0)
    calibration = Batch(rng.integers(0, 12, (60, 1)).astype(float), rng.integers(0, 2, 60))
    offered = Batch(rng.integers(0, 14, (30, 1)).astype(float), rng.integers(0, 2, 30))
    heard = beside(Value(), calibration, offered)
    for k, (value, label) in enumerate(zip(offered.X[:, 0], offered.y, strict=True)):
        null = calibration.X[calibration.y == label, 0]
        assert heard.p[k] == (1 + (null >= value).sum()) / (1 + len(null))
        assert heard.harm[k] == pytest.approx(((null < value).sum() + (null == value).sum() / 2) / len(null))
        assert heard.decision[k] == (value > 9)
        assert heard.reason[k] == f"value {value:g}"


def test_a_screen_cannot_tell_calibration_rows_from_offered_ones() -> None:
    screen, calibration, offered = Value(), rows(40, 1), rows(30, 2)
    beside(screen, calibration, offered)
    one = screen.shown
    beside(screen, offered, calibration)
    np.testing.assert_array_equal(one.X, screen.shown.X)
    np.testing.assert_array_equal(one.y, screen.shown.y)
    assert one.source is None
    assert one.time is None


@pytest.mark.parametrize("name", ["sphere", "slab", "knn-shapley", "label-consistency"])
def test_good_rows_have_small_p_values_as_seldom_as_is_said(name: str) -> None:
    found = []
    for seed in range(60):
        pool = rows(140, seed)
        screen = named(name).build().fit(pool.rows(slice(0, 80)))
        found.append(beside(screen, pool.rows(slice(80, 130)), pool.rows(slice(130, 131))).p[0] <= 0.2)
    assert rate(sum(found), len(found), 0.999).low <= 0.2


def test_a_screen_that_judges_sources_is_asked_about_the_offered_rows_alone() -> None:
    screen, offered = Value(), rows(9, 0)
    heard = alone(screen, offered)
    assert screen.shown is offered
    assert heard.p is None
    assert heard.harm is None


def test_the_register_is_the_one_of_today_and_the_screen_is_not_changed() -> None:
    screen = named("provenance").build({"register": Register()}).fit(rows(100, 0))
    today = Register((Source("feed", Exposure.STAFF, authenticated=True),))
    told = knowing(screen, today)
    assert told.register is today
    assert screen.register == Register()
    sphere = named("sphere").build()
    assert knowing(sphere, today) is sphere
    assert knowing(screen, None) is screen


def heard(p) -> Heard:
    n = 2 if p is None else len(p)
    return Heard(
        np.zeros(n, dtype=np.int8), [""] * n, None if p is None else np.array(p), None if p is None else np.array(p)
    )


def test_p_values_join_by_bonferroni_and_by_the_largest() -> None:
    said = {"a": heard([0.1, 0.5]), "b": heard([0.2, 0.01]), "c": heard([0.9, 0.9]), "mute": heard(None)}
    for rule, p in {
        "a": [0.1, 0.5],
        "a & b": [0.2, 0.02],
        "a | b": [0.2, 0.5],
        "a & mute": [0.1, 0.5],
        "a | mute": [1.0, 1.0],
        "mute": [1.0, 1.0],
        "(a | mute) & b": [0.2, 0.01],
        "a & b & c": [0.3, 0.03],
        "a & (b | c)": [0.2, 1.0],
    }.items():
        np.testing.assert_allclose(joined_p(parsed(rule), said, 2), p, err_msg=rule)


def test_harm_is_the_mean_over_those_that_convict() -> None:
    said = {"a": heard([0.1, 0.5]), "b": heard([0.3, 0.1]), "mute": heard(None)}
    np.testing.assert_allclose(mean_harm(said, 2), [0.2, 0.3])
    np.testing.assert_allclose(mean_harm({"mute": heard(None)}, 2), [0.5, 0.5])


def test_harm_is_a_mann_whitney_count() -> None:
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(0)
    null, values = rng.integers(0, 9, 40).astype(float), rng.integers(0, 9, 25).astype(float)
    zeros = np.zeros(40, dtype=np.int64)
    share = less_harmful(null, zeros, values, zeros[:25])
    assert share.sum() * 40 == pytest.approx(mannwhitneyu(values, null).statistic)
